//! A peer with axum-range: `Ranged` for memory and files.

use std::io::{self, Cursor};

use axum::{
    Router,
    http::{
        HeaderName,
        header::{CONTENT_DISPOSITION, CONTENT_TYPE},
    },
    response::IntoResponse,
    routing::get,
};
use axum_extra::{TypedHeader, headers::Range};
use axum_range::{KnownSize, Ranged};
use benches::{BIG_PATH, BLOB, BLOB_LEN, HELLO, serve};
use tokio::fs::File;

type OptionalRange = Option<TypedHeader<Range>>;

fn main() -> io::Result<()> {
    let router = Router::new()
        .route("/w1", get(hello))
        .route("/w2", get(blob))
        .route("/w3", get(big))
        .route("/w5", get(big));
    serve(router)
}

async fn hello(range: OptionalRange) -> impl IntoResponse {
    let body = KnownSize::sized(Cursor::new(HELLO), HELLO.len() as u64);
    let head = head(
        "text/plain; charset=utf-8",
        "attachment; filename=\"hello-world.txt\"",
    );
    (head, Ranged::new(range.map(|range| range.0), body))
}

async fn blob(range: OptionalRange) -> impl IntoResponse {
    let body = KnownSize::sized(Cursor::new(BLOB.clone()), BLOB_LEN);
    let head = head(
        "application/octet-stream",
        "attachment; filename=\"64m.bin\"",
    );
    (head, Ranged::new(range.map(|range| range.0), body))
}

async fn big(range: OptionalRange) -> Result<impl IntoResponse, String> {
    let file = File::open(&*BIG_PATH)
        .await
        .map_err(|error| error.to_string())?;
    let body = KnownSize::file(file)
        .await
        .map_err(|error| error.to_string())?;
    let head = head(
        "application/octet-stream",
        "attachment; filename=\"1g.bin\"",
    );
    Ok((head, Ranged::new(range.map(|range| range.0), body)))
}

fn head(content_type: &'static str, disposition: &'static str) -> [(HeaderName, &'static str); 2] {
    [
        (CONTENT_TYPE, content_type),
        (CONTENT_DISPOSITION, disposition),
    ]
}
