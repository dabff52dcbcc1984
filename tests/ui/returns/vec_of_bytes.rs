// A `Vec` of chunks is a collection. An iterator over it can be sent.
use downloadview::download_view;

#[download_view(basename = "people.csv")]
fn people() -> Vec<Vec<u8>> {
    vec![b"id,name\n".to_vec(), b"1,Ada\n".to_vec()]
}

fn main() {
    let _: axum::routing::MethodRouter = axum::routing::get(people);
}
