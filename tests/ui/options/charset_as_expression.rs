// A charset is a literal, so that it can be checked at compile time.
use downloadview::download_view;

const CHARSET: &str = "iso-8859-1";

#[download_view(content_type = "text/csv", charset = CHARSET)]
async fn people() -> Vec<u8> {
    b"id,name\n".to_vec()
}

fn main() {
    let _: axum::routing::MethodRouter = axum::routing::get(people);
}
