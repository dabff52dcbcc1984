//! Exports from a database. Rows are sent while they are read.

use std::{fs::File, io::Write};

use axum::{
    BoxError, Json, Router,
    extract::{Path, Query, State},
    response::IntoResponse,
    routing::get,
};
use downloadview::{Entry as ZipEntry, Format, Rows, Zip, download_view};
use serde::Deserialize;
use tempfile::NamedTempFile;
use tokio::task::spawn_blocking;
use zip::{ZipWriter, write::SimpleFileOptions};

use crate::{
    data::Shop,
    error::AppError,
    page::{Entry, Field, Link, Section},
    queries::{Cards, ORDERS, Order, Orders},
    until_error::UntilError,
};

pub(crate) const SECTION: Section = Section {
    title: "Exports from a database",
    text: "The orders of a fictional shop over four years, in SQLite. Exports are made from it on demand.",
    source: include_str!("exports.rs"),
    entries: &[
        Entry::new(
            "The rows of a query, in each format",
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
            "All exports of a year",
            &["year", "exports_of"],
            &[Link("/year?year=2025", "orders-2025.zip")],
        ),
        Entry::new(
            "Contacts from an iterator",
            &["contacts"],
            &[Link("/contacts", "customers.vcf")],
        ),
        Entry::new(
            "File on disk",
            &["database"],
            &[Link("/database", "shop.sqlite")],
        ),
        Entry::new(
            "Response of an existing handler",
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
        .route("/year", get(year))
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

/// Structs become rows while they are read. The extension of the name selects CSV, JSON Lines or JSON.
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

/// The archive holds twelve exports. Each is compressed and sent while its rows are read, and the archive is never stored.
#[download_view(basename = "orders-{year}-by-month.zip", attachment)]
async fn months(
    State(shop): State<Shop>,
    Query(Export { year, rows }): Query<Export>,
) -> impl FnOnce(&mut dyn Write) -> Result<(), BoxError> {
    move |file: &mut dyn Write| {
        let mut zip = ZipWriter::new_stream(UntilError::new(file));
        for month in 1..=12 {
            let period = format!("{year:04}-{month:02}");
            zip.start_file(format!("orders-{period}.csv"), SimpleFileOptions::default())?;
            write_orders(&mut zip, &shop, &period, rows)?;
        }
        zip.finish()?;
        Ok(())
    }
}

/// Twelve files become one archive of a known size, so the browser shows the progress. An interrupted download can be resumed:
/// stop `curl -o 2025.zip --limit-rate 500k` with the address of the link, and get the rest with `-C -` added to the same command.
#[download_view(basename = "orders-{year}.zip", attachment)]
async fn year(
    State(shop): State<Shop>,
    Query(Export { year, rows: _ }): Query<Export>,
) -> Result<Zip, AppError> {
    let files = spawn_blocking(move || exports_of(&shop, year)).await??;
    Ok(files.into_iter().collect())
}

/// Writes each export once, and gives it the date of the database.
fn exports_of(shop: &Shop, year: u16) -> Result<Vec<(String, ZipEntry)>, BoxError> {
    let date = shop.file()?.metadata()?.modified()?;
    let folder = shop.folder("exports")?;
    let export = |month| {
        let period = format!("{year:04}-{month:02}");
        let name = format!("orders-{period}.csv");
        let path = folder.join(&name);
        if !path.exists() {
            let mut file = NamedTempFile::new_in(&folder)?;
            write_orders(&mut file, shop, &period, None)?;
            file.as_file().set_modified(date)?;
            file.persist(&path)?;
        }
        Ok((format!("orders {year:04}/{name}"), ZipEntry::file(path)))
    };
    (1..=12).map(export).collect()
}

/// A plain iterator reads pages of rows. It runs on the blocking pool, and only as fast as the client reads.
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

/// A `File` has a size, a date and an entity tag. So clients can resume the download, and a current copy is not sent again.
#[download_view(
    basename = "shop.sqlite",
    attachment,
    content_type = "application/vnd.sqlite3",
    blocking
)]
fn database(State(shop): State<Shop>) -> Result<File, AppError> {
    Ok(shop.file()?)
}

/// An existing handler becomes a download. Its header fields stay, and a name is added.
#[download_view(basename = "totals.json", attachment)]
async fn totals_file(shop: State<Shop>) -> impl IntoResponse {
    totals(shop).await
}

async fn totals(State(shop): State<Shop>) -> Result<impl IntoResponse, AppError> {
    let totals = spawn_blocking(move || shop.totals()).await?;
    Ok(Json(totals?))
}
