// axum has to know the type of an argument. `impl Trait` does not name it.
use downloadview::download_view;

#[download_view]
async fn echo(name: impl ToString) -> String {
    name.to_string()
}

fn main() {
    let _: axum::routing::MethodRouter = axum::routing::get(echo);
}
