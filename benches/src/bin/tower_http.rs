//! A peer with tower-http: a `ServeFile` for each file, and a layer that sets its name.

use std::{io, path::Path};

use axum::{
    Router,
    http::{HeaderValue, header::CONTENT_DISPOSITION},
};
use benches::{BIG_FILE, BIG_PATH, BLOB_FILE, BLOB_PATH, HELLO_FILE, HELLO_PATH, serve};
use tower_http::{services::ServeFile, set_header::SetResponseHeader};

fn main() -> io::Result<()> {
    let router = Router::new()
        .route_service("/w1", download(&HELLO_PATH, HELLO_FILE))
        .route_service("/w2", download(&BLOB_PATH, BLOB_FILE))
        .route_service("/w3", download(&BIG_PATH, BIG_FILE))
        .route_service("/w5", download(&BIG_PATH, BIG_FILE))
        .route_service("/w6", download(&HELLO_PATH, HELLO_FILE));
    serve(router)
}

fn download(path: &Path, name: &str) -> SetResponseHeader<ServeFile, HeaderValue> {
    let disposition = format!("attachment; filename=\"{name}\"");
    let disposition = HeaderValue::try_from(disposition).expect("ASCII");
    SetResponseHeader::overriding(ServeFile::new(path), CONTENT_DISPOSITION, disposition)
}
