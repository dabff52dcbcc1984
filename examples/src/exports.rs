//! Exports of a database: rows become a file while they are read.

use std::{fs::File, io::Write};

use axum::{
    BoxError, Json, Router,
    extract::{Path, Query, State},
    response::IntoResponse,
    routing::get,
};
use downloadview::{Format, Rows, download_view};
use serde::Deserialize;
use tokio::task::spawn_blocking;
use zip::{ZipWriter, write::SimpleFileOptions};

use crate::{
    data::Shop,
    error::AppError,
    page::{Entry, Field, Link, Section},
    queries::{Cards, ORDERS, Order, Orders},
};

pub(crate) const SECTION: Section = Section {
    title: "Exports of a database",
    text: "A made-up shop's orders of four years, in SQLite. No file below is on disk, but the database itself.",
    source: include_str!("exports.rs"),
    entries: &[
        Entry::new(
            "Table of a query, in each format",
            &["orders"],
            &[
                Link("/orders/csv?year=2024&rows=1000", "orders-2024.csv"),
                Link("/orders/jsonl?year=2024&rows=1000", "orders-2024.jsonl"),
                Link("/orders/json?year=2024&rows=1000", "orders-2024.json"),
                Link("/orders/csv?year=2025&rows=100000", "orders-2025.csv"),
            ],
        )
        .form(&[Field("year", "2023"), Field("rows", "50")]),
        Entry::new(
            "ZIP made on the fly",
            &["months", "write_orders"],
            &[Link("/months?year=2025", "orders-2025-by-month.zip")],
        ),
        Entry::new(
            "Iterator of contacts",
            &["contacts"],
            &[Link("/contacts", "customers.vcf")],
        ),
        Entry::new(
            "File on disk",
            &["database"],
            &[Link("/database", "shop.sqlite")],
        ),
        Entry::new(
            "Answer of an existing handler",
            &["totals_file", "totals"],
            &[
                Link("/totals.json", "totals.json"),
                Link("/totals", "the handler itself"),
            ],
        ),
    ],
};

pub(crate) fn routes() -> Router<Shop> {
    Router::new()
        .route("/orders/{format}", get(orders))
        .route("/months", get(months))
        .route("/contacts", get(contacts))
        .route("/database", get(database))
        .route("/totals", get(totals))
        .route("/totals.json", get(totals_file))
}

#[derive(Deserialize)]
struct Export {
    year: u16,
    rows: Option<u32>,
}

/// Structs become rows as they are read. The extension of the name says if they are CSV, JSON Lines or JSON.
#[download_view(basename = "orders-{year}.{format}", attachment, blocking)]
fn orders(
    State(shop): State<Shop>,
    Path(format): Path<Format>,
    Query(Export { year, rows }): Query<Export>,
) -> Result<Rows, AppError> {
    let orders = Orders::of(shop.connect()?, year, rows);
    Ok(Rows::try_new(orders).format(format))
}

fn write_orders(
    file: &mut dyn Write,
    shop: &Shop,
    period: &str,
    rows: Option<u32>,
) -> Result<(), BoxError> {
    let mut csv = csv::Writer::from_writer(file);
    let shop = shop.connect()?;
    let mut orders = shop.prepare(ORDERS)?;
    for order in orders.query_map((period, rows.unwrap_or(u32::MAX)), Order::from_row)? {
        csv.serialize(order?)?;
    }
    Ok(csv.flush()?)
}

/// Twelve exports in one archive, each compressed and sent while its rows are read; the archive exists nowhere.
#[download_view(basename = "orders-{year}-by-month.zip", attachment)]
async fn months(
    State(shop): State<Shop>,
    Query(Export { year, rows }): Query<Export>,
) -> impl FnOnce(&mut dyn Write) -> Result<(), BoxError> {
    move |file: &mut dyn Write| {
        let mut zip = ZipWriter::new_stream(file);
        for month in 1..=12 {
            let period = format!("{year:04}-{month:02}");
            zip.start_file(format!("orders-{period}.csv"), SimpleFileOptions::default())?;
            write_orders(&mut zip, &shop, &period, rows)?;
        }
        zip.finish()?;
        Ok(())
    }
}

/// A plain iterator over pages of rows; it runs where it may block, and only as fast as the client reads.
#[download_view(
    basename = "customers.vcf",
    attachment,
    content_type = "text/vcard",
    blocking
)]
fn contacts(
    State(shop): State<Shop>,
) -> Result<impl Iterator<Item = rusqlite::Result<String>>, AppError> {
    Ok(Cards::of(shop.connect()?))
}

/// A `File` brings its size, its date and its entity tag: parts of it can be asked for, and a copy that is fresh is not sent again.
#[download_view(
    basename = "shop.sqlite",
    attachment,
    content_type = "application/vnd.sqlite3",
    blocking
)]
fn database(State(shop): State<Shop>) -> Result<File, AppError> {
    Ok(shop.file()?)
}

/// A handler that you have already becomes a download: its header fields stay, its name is added.
#[download_view(basename = "totals.json", attachment)]
async fn totals_file(shop: State<Shop>) -> impl IntoResponse {
    totals(shop).await
}

async fn totals(State(shop): State<Shop>) -> Result<impl IntoResponse, AppError> {
    let totals = spawn_blocking(move || shop.totals()).await?;
    Ok(Json(totals?))
}
