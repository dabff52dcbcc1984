use downloadview::download_view;

#[download_view(basename = "people.csv")]
fn people() -> impl Iterator<Item = Vec<u8>> {
    vec![b"id,name\n".to_vec(), b"1,Ada\n".to_vec()].into_iter()
}

fn main() {
    let _: axum::routing::MethodRouter = axum::routing::get(people);
}
