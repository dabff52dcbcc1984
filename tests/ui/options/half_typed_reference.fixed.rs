use downloadview::download_view;

#[download_view(basename = &NAME, attachment)]
async fn people() -> &'static str {
    "id,name\n"
}
const NAME: &str = "people.csv";

fn main() {
    let _: axum::routing::MethodRouter = axum::routing::get(people);
}
