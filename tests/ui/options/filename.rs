// The name of the file is its `basename`, as in django-downloadview.
use downloadview::download_view;

#[download_view(filename = "people.csv")]
async fn people() -> &'static str {
    "id,name\n"
}

fn main() {
    let _: axum::routing::MethodRouter = axum::routing::get(people);
}
