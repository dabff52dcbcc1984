// A closure outlives its view, and is given copies of the arguments that it names.
use axum::extract::Request;
use downloadview::download_view;

#[download_view(on_finish = |_| println!("{}", request.uri()))]
async fn echo(request: Request) -> String {
    request.uri().to_string()
}

fn main() {
    let _: axum::routing::MethodRouter = axum::routing::get(echo);
}
