// A value is incomplete. The options after it are read all the same.
use downloadview::download_view;

#[download_view(basename = &, attachment)]
async fn people() -> &'static str {
    "id,name\n"
}
const NAME: &str = "people.csv";

fn main() {
    let _: axum::routing::MethodRouter = axum::routing::get(people);
}
