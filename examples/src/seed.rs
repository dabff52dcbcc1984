//! The three views that django-downloadview's documentation of virtual files begins with.

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
    text: "Text, a reader and a generator: the three views that django-downloadview begins with.",
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

/// A function that returns text, and one line above it.
#[download_view(basename = "hello-world.txt", attachment)]
async fn hello() -> &'static str {
    "Hello world!\n"
}

/// What a `Cursor` holds is sent from its beginning, wherever the cursor stands; its size is known, a part can be asked for.
#[download_view(basename = "hello-reader.txt", attachment)]
async fn reader() -> Cursor<Vec<u8>> {
    Cursor::new(b"Hello world!\n".to_vec())
}

/// Items are gathered while they are ready, and sent as soon as the generator waits.
#[download_view(basename = "hello-chunks.txt", attachment)]
async fn chunks() -> impl Stream<Item = &'static str> {
    stream! {
        yield "Hello ";
        yield "world!";
        yield "\n";
    }
}
