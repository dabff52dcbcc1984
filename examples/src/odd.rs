//! Names that break a header written by hand.

use axum::{Router, extract::Query, routing::get};
use downloadview::download_view;
use serde::Deserialize;

use crate::{
    data::Shop,
    page::{Entry, Field, Link, Section},
};

pub(crate) const SECTION: Section = Section {
    title: "Names of all kinds",
    text: "The name arrives as it was written, wherever it comes from, and nothing else gets into the header with it.",
    source: include_str!("odd.rs"),
    entries: &[
        Entry::new(
            "Chinese and an emoji",
            &["chinese"],
            &[Link("/chinese", "订单报告 📦.txt")],
        ),
        Entry::new(
            "A name of your own",
            &["named"],
            &[Link(
                "/named?name=na%C3%AFve+%22quoted%22.txt",
                "naïve \"quoted\".txt",
            )],
        )
        .form(&[Field("name", "../../Zoë's \"50 %\"; 🐚.txt")]),
    ],
};

pub(crate) fn routes() -> Router<Shop> {
    Router::new()
        .route("/chinese", get(chinese))
        .route("/named", get(named))
}

/// Both forms of the name are sent: the one that new browsers read, and a plain one for the others.
#[download_view(basename = "订单报告 📦.txt", attachment)]
async fn chinese() -> String {
    "您的订单正在路上。\n".to_owned()
}

#[derive(Deserialize)]
struct Named {
    name: String,
}

/// Quotes, slashes, line breaks: what a visitor types is made harmless, never an error.
#[download_view(basename = name, attachment)]
async fn named(Query(Named { name }): Query<Named>) -> String {
    format!("You called me {name}\n")
}
