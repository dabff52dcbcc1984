//! What happens when a generator is slow, or fails.

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
    title: "Rough weather",
    text: "A download that broke looks broken to the client, and is in the server's log.",
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
                Link("/failing/100000", "after 100,000 rows: a broken download"),
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

/// The rows that are ready leave at once, however long the next one takes. `curl -N` shows them arrive.
#[download_view(basename = "slow.csv", attachment)]
async fn slow() -> impl Stream<Item = String> {
    stream! {
        for row in 1..=10 {
            yield format!("{row},ready\n");
            sleep(Duration::from_millis(400)).await;
        }
    }
}

/// An error in the middle cuts the connection: no client takes the part for the whole. An error at the start is an answer.
#[download_view(basename = "failing-after-{rows}.csv", attachment)]
async fn failing(Path(rows): Path<u32>) -> impl Stream<Item = io::Result<String>> {
    stream! {
        for row in 1..=rows {
            yield Ok(format!("{row},all is well\n"));
        }
        yield Err(io::Error::other("the printer is on fire"));
    }
}
