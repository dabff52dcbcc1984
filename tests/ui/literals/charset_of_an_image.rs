// A charset describes text, and an image is not text.
use downloadview::download_view;

#[download_view(content_type = "image/png", charset = "utf-8")]
async fn plot() -> Vec<u8> {
    vec![0x89, b'P', b'N', b'G']
}

fn main() {
    let _: axum::routing::MethodRouter = axum::routing::get(plot);
}
