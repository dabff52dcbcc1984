//! Answers without a file: `None` is a 404, and an error is its own response or a 500 without details.
//!
//! Run it: `cargo run --example errors`
//! Get it: `curl -i http://127.0.0.1:8000/poems/1` (and 2 and 9), `curl -i http://127.0.0.1:8000/broken`

use std::{fs::File, io};

use axum::{
    Router,
    extract::Path,
    http::StatusCode,
    response::{IntoResponse, Response},
    routing::get,
};
use downloadview::download_view;

enum PoemError {
    Unfinished,
}

impl IntoResponse for PoemError {
    fn into_response(self) -> Response {
        (StatusCode::CONFLICT, "the poet is still at it\n").into_response()
    }
}

#[download_view(basename = "poem-{number}.txt", attachment)]
async fn poem(Path(number): Path<u32>) -> Result<Option<String>, PoemError> {
    match number {
        1 => Ok(Some("Roses are red\n".to_owned())),
        2 => Err(PoemError::Unfinished),
        _ => Ok(None),
    }
}

/// Any other error is logged, and the client does not see its text.
#[download_view(attachment)]
async fn broken() -> io::Result<File> {
    File::open("/there/is/no/such/file")
}

#[tokio::main]
async fn main() -> io::Result<()> {
    tracing_subscriber::fmt().init();
    let app = Router::new()
        .route("/poems/{number}", get(poem))
        .route("/broken", get(broken));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:8000").await?;
    axum::serve(listener, app).await
}
