// The closure of `on_finish` outlives the view, so it gets clones of the arguments that it uses.
use axum::extract::Request;
use downloadview::download_view;

#[download_view(on_finish = |_| println!("{}", request.uri()))]
async fn echo(request: Request) -> String {
    request.uri().to_string()
}

fn main() {
    let _: axum::routing::MethodRouter = axum::routing::get(echo);
}
