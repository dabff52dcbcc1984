//! A peer with this library, used as its README recommends.

use std::{
    fs::File,
    io::{self, Read, Write},
    sync::{Arc, LazyLock},
};

use axum::{Router, routing::get};
use benches::{
    BIG_LEN, BIG_PATH, BLOB, ENDLESS, HELLO, ROWS, row, slow_rows, slow_rows_blocking, write_row,
};
use bytes::Bytes;
use downloadview::download_view;
use futures::{Stream, stream};

static BIG: LazyLock<Arc<File>> =
    LazyLock::new(|| Arc::new(File::open(&*BIG_PATH).expect("the data")));

fn main() -> io::Result<()> {
    let router = Router::new()
        .route("/w1", get(hello))
        .route("/w2", get(blob))
        .route("/w3", get(big))
        .route("/w3-reader", get(big_reader))
        .route("/w4", get(rows))
        .route("/w4-iterator", get(rows_iterator))
        .route("/w4-writer", get(rows_writer))
        .route("/w5", get(big))
        .route("/w6", get(tagged))
        .route("/w7", get(endless))
        .route("/w7-iterator", get(endless_iterator))
        .route("/w8", get(slow))
        .route("/w8-iterator", get(slow_iterator))
        .route("/w8-writer", get(slow_writer));
    benches::serve(router)
}

#[download_view(basename = "hello-world.txt", attachment)]
async fn hello() -> &'static str {
    HELLO
}

#[download_view(basename = "hello-world.txt", attachment, etag = "v1")]
async fn tagged() -> &'static str {
    HELLO
}

#[download_view(basename = "64m.bin", attachment)]
async fn blob() -> Bytes {
    BLOB.clone()
}

#[download_view(basename = "1g.bin", attachment)]
async fn big() -> Arc<File> {
    BIG.clone()
}

#[download_view(basename = "1g.bin", attachment, size = BIG_LEN)]
async fn big_reader() -> io::Result<impl Read> {
    // `Take` hides that the reader is a file.
    Ok(File::open(&*BIG_PATH)?.take(BIG_LEN))
}

#[download_view(basename = "rows.csv", attachment)]
async fn rows() -> impl Stream<Item = String> {
    stream::iter((0..ROWS).map(row))
}

#[download_view(basename = "rows.csv", attachment)]
async fn rows_iterator() -> impl Iterator<Item = String> {
    (0..ROWS).map(row)
}

#[download_view(basename = "rows.csv", attachment)]
async fn rows_writer() -> impl FnOnce(&mut dyn Write) -> io::Result<()> {
    |out: &mut dyn Write| -> io::Result<()> {
        (0..ROWS).try_for_each(|index| write_row(out, index))
    }
}

#[download_view(basename = "rows.csv", attachment)]
async fn endless() -> impl Stream<Item = String> {
    stream::iter((0..ENDLESS).map(row))
}

#[download_view(basename = "rows.csv", attachment)]
async fn endless_iterator() -> impl Iterator<Item = String> {
    (0..ENDLESS).map(row)
}

#[download_view(basename = "rows.csv", attachment)]
async fn slow() -> impl Stream<Item = String> {
    slow_rows()
}

#[download_view(basename = "rows.csv", attachment)]
async fn slow_iterator() -> impl Iterator<Item = String> {
    slow_rows_blocking()
}

#[download_view(basename = "rows.csv", attachment)]
async fn slow_writer() -> impl FnOnce(&mut dyn Write) -> io::Result<()> {
    |out: &mut dyn Write| -> io::Result<()> {
        slow_rows_blocking().try_for_each(|row| {
            out.write_all(row.as_bytes())?;
            out.flush()
        })
    }
}
