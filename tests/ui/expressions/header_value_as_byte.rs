// A `u8` may be a number or a character, so it is not the value of a header field.
use axum::extract::Path;
use downloadview::download_view;

#[download_view(header("X-Level", *level))]
async fn log(Path(level): Path<u8>) -> String {
    format!("{level}\n")
}

fn main() {
    let _: axum::routing::MethodRouter = axum::routing::get(log);
}
