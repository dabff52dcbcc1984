//! Names that break a handwritten header.

use axum::{Router, extract::Query, routing::get};
use downloadview::download_view;
use serde::Deserialize;

use crate::{
    data::Shop,
    page::{Entry, Field, Link, Section},
};

pub(crate) const SECTION: Section = Section {
    title: "Names of all kinds",
    text: "Each name arrives as it was written, and cannot smuggle anything else into the header.",
    source: include_str!("odd.rs"),
    entries: &[
        Entry::new(
            "Chinese and an emoji",
            &["chinese"],
            &[Link("/chinese", "订单报告 📦.txt")],
        ),
        Entry::new(
            "A name that you choose",
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

/// The name is sent in two forms: one for current browsers, and a plain one for old clients.
#[download_view(basename = "订单报告 📦.txt", attachment)]
async fn chinese() -> String {
    "您的订单正在路上。\n".to_owned()
}

#[derive(Deserialize)]
struct Named {
    name: String,
}

/// A visitor may type quotes, slashes and line breaks. They are made harmless and are never an error.
#[download_view(basename = name, attachment)]
async fn named(Query(Named { name }): Query<Named>) -> String {
    format!("You called me {name}\n")
}
