//! The first three views of django-downloadview's documentation on virtual files.

use std::io::Cursor;

use async_stream::stream;
use axum::{Router, routing::get};
use downloadview::download_view;
use futures::Stream;

use crate::{
    data::Shop,
    page::{Entry, Link, Section},
};

pub(crate) const SECTION: Section = Section {
    title: "First steps",
    text: "Text, a reader and a generator: the first three views of django-downloadview's documentation.",
    source: include_str!("seed.rs"),
    entries: &[
        Entry::new("Text", &["hello"], &[Link("/hello", "hello-world.txt")]),
        Entry::new(
            "A reader in memory",
            &["reader"],
            &[Link("/reader", "hello-reader.txt")],
        ),
        Entry::new(
            "Generated chunks",
            &["chunks"],
            &[Link("/chunks", "hello-chunks.txt")],
        ),
    ],
};

pub(crate) fn routes() -> Router<Shop> {
    Router::new()
        .route("/hello", get(hello))
        .route("/reader", get(reader))
        .route("/chunks", get(chunks))
}

/// The function returns text, and the line above makes it a download.
#[download_view(basename = "hello-world.txt", attachment)]
async fn hello() -> &'static str {
    "Hello world!\n"
}

/// A `Cursor` is sent from its start, whatever its position is. Its size is known, so a client can resume the download.
#[download_view(basename = "hello-reader.txt", attachment)]
async fn reader() -> Cursor<Vec<u8>> {
    Cursor::new(b"Hello world!\n".to_vec())
}

/// Items that are ready are sent together, as soon as the generator waits.
#[download_view(basename = "hello-chunks.txt", attachment)]
async fn chunks() -> impl Stream<Item = &'static str> {
    stream! {
        yield "Hello ";
        yield "world!";
        yield "\n";
    }
}
