// A file that is there already is returned; its name is `basename`.
use downloadview::download_view;

#[download_view(path = "exports/people.csv")]
async fn people() -> &'static str {
    "id,name\n"
}

fn main() {
    let _: axum::routing::MethodRouter = axum::routing::get(people);
}
