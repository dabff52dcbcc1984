//! Generators that are slow or fail.

use std::{io, time::Duration};

use async_stream::stream;
use axum::{Router, extract::Path, routing::get};
use downloadview::download_view;
use futures::Stream;
use tokio::time::sleep;

use crate::{
    data::Shop,
    page::{Entry, Link, Section},
};

pub(crate) const SECTION: Section = Section {
    title: "Slow and failing sources",
    text: "The client sees that a download has failed, and the log of the server says why.",
    source: include_str!("trouble.rs"),
    entries: &[
        Entry::new(
            "A slow generator",
            &["slow"],
            &[Link("/slow", "slow.csv, 10 rows in 4 seconds")],
        ),
        Entry::new(
            "A generator that fails",
            &["failing"],
            &[
                Link("/failing/100000", "after 100,000 rows: an aborted download"),
                Link("/failing/0", "at once: a clean 500"),
            ],
        ),
    ],
};

pub(crate) fn routes() -> Router<Shop> {
    Router::new()
        .route("/slow", get(slow))
        .route("/failing/{rows}", get(failing))
}

/// Rows that are ready are sent at once, however long the next one takes. `curl -N` shows how they arrive.
#[download_view(basename = "slow.csv", attachment)]
async fn slow() -> impl Stream<Item = String> {
    stream! {
        for row in 1..=10 {
            yield format!("{row},ready\n");
            sleep(Duration::from_millis(400)).await;
        }
    }
}

/// An error in the middle aborts the download, so that no client mistakes a part for the whole file. An error at the start is a 500.
#[download_view(basename = "failing-after-{rows}.csv", attachment)]
async fn failing(Path(rows): Path<u32>) -> impl Stream<Item = io::Result<String>> {
    stream! {
        for row in 1..=rows {
            yield Ok(format!("{row},all is well\n"));
        }
        yield Err(io::Error::other("the printer is on fire"));
    }
}
