// A download moves between threads, and an `Rc` cannot.
use downloadview::download_view;
use std::rc::Rc;

#[download_view(basename = "people.csv")]
async fn people() -> Rc<str> {
    Rc::from("id,name\n")
}

fn main() {
    let _: axum::routing::MethodRouter = axum::routing::get(people);
}
