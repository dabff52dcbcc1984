// A download ends after its view: what its closure needs is moved into it, as a copy.
use axum::extract::Path;
use downloadview::download_view;

#[download_view(on_finish = |_| println!("{name}"))]
async fn echo(Path(name): Path<String>) -> String {
    name
}

fn main() {
    let _: axum::routing::MethodRouter = axum::routing::get(echo);
}
