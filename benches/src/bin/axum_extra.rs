//! A peer with axum-extra: `Attachment` for memory, and `FileStream` for files and rows.

use std::{convert::Infallible, io, ops::Bound};

use axum::{
    Router,
    response::{IntoResponse, Response},
    routing::get,
};
use axum_extra::{
    TypedHeader,
    headers::Range,
    response::{Attachment, FileStream},
};
use benches::{BIG_LEN, BIG_PATH, BLOB, BLOB_FILE, ENDLESS, HELLO, ROWS, row, serve, slow_rows};
use futures::{Stream, StreamExt, stream};
use tokio::fs::File;
use tokio_util::io::ReaderStream;

fn main() -> io::Result<()> {
    let router = Router::new()
        .route("/w1", get(hello))
        .route("/w2", get(blob))
        .route("/w3", get(big))
        .route("/w4", get(async || rows(stream::iter((0..ROWS).map(row)))))
        .route("/w5", get(part))
        .route(
            "/w7",
            get(async || rows(stream::iter((0..ENDLESS).map(row)))),
        )
        .route("/w8", get(async || rows(slow_rows())));
    serve(router)
}

async fn hello() -> impl IntoResponse {
    Attachment::new(HELLO)
        .filename("hello-world.txt")
        .content_type("text/plain; charset=utf-8")
}

async fn blob() -> impl IntoResponse {
    Attachment::new(BLOB.clone())
        .filename(BLOB_FILE)
        .content_type("application/octet-stream")
}

async fn big() -> Result<impl IntoResponse, String> {
    let stream = FileStream::from_path(&*BIG_PATH).await;
    stream.map_err(|error| error.to_string())
}

async fn part(TypedHeader(range): TypedHeader<Range>) -> Result<Response, String> {
    let range = range.satisfiable_ranges(BIG_LEN).next();
    let Some((Bound::Included(first), Bound::Included(last))) = range else {
        return Err("the driver requests a single range".to_owned());
    };
    FileStream::<ReaderStream<File>>::try_range_response(&*BIG_PATH, first, last)
        .await
        .map_err(|error| error.to_string())
}

fn rows(rows: impl Stream<Item = String> + Send + 'static) -> impl IntoResponse {
    FileStream::new(rows.map(Ok::<_, Infallible>)).file_name("rows.csv")
}
