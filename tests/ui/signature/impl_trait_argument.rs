// axum extracts a type, which `impl Trait` does not name.
use downloadview::download_view;

#[download_view]
async fn echo(name: impl ToString) -> String {
    name.to_string()
}

fn main() {
    let _: axum::routing::MethodRouter = axum::routing::get(echo);
}
