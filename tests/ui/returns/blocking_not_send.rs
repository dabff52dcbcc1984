// What a function under `blocking` returns comes back from another thread.
use downloadview::download_view;
use std::rc::Rc;

#[download_view(blocking)]
fn people() -> Rc<str> {
    Rc::from("id,name\n")
}

fn main() {
    let _: axum::routing::MethodRouter = axum::routing::get(people);
}
