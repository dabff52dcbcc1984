// A writer closure writes its content to an argument.
use downloadview::download_view;

#[download_view(basename = "people.csv")]
fn people() -> impl FnOnce() -> String {
    || "id,name\n".to_owned()
}

fn main() {
    let _: axum::routing::MethodRouter = axum::routing::get(people);
}
