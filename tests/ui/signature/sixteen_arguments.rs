// axum passes up to 16 arguments, and the request is one of them. A tuple holds several extractors.
use axum::http::{Method, Uri};
use downloadview::download_view;

#[download_view]
async fn echo(
    a: Uri, b: Uri, c: Uri, d: Uri, e: Uri, f: Uri, g: Uri, h: Uri,
    i: Uri, j: Uri, k: Uri, l: Uri, m: Uri, n: Uri, o: Uri, p: Method,
) -> String {
    format!("{a}{b}{c}{d}{e}{f}{g}{h}{i}{j}{k}{l}{m}{n}{o}{p}")
}

fn main() {
    let _: axum::routing::MethodRouter = axum::routing::get(echo);
}
