//! Files that are rendered in memory: a picture, a report, a receipt.

use axum::{
    Router,
    extract::{Path, State},
    routing::get,
};
use downloadview::{Download, download_view};

use crate::{
    data::Shop,
    error::AppError,
    page::{Entry, Link, Section},
    plot, report,
};

pub(crate) const SECTION: Section = Section {
    title: "Pictures and reports",
    text: "Files in memory, rendered from the same data.",
    source: include_str!("rendered.rs"),
    entries: &[
        Entry::new(
            "PNG plot",
            &["revenue"],
            &[Link("/revenue/2025", "revenue-2025.png")],
        )
        .picture("/revenue/2025"),
        Entry::new(
            "PDF report",
            &["sales"],
            &[
                Link("/sales/2025", "sales-2025.pdf"),
                Link("/sales/1999", "1999: no sales, 404"),
            ],
        ),
        Entry::new(
            "A file named after a customer",
            &["receipt"],
            &[
                Link("/receipts/4", "the receipt of order 4"),
                Link("/receipts/77", "the receipt of order 77"),
            ],
        ),
    ],
};

pub(crate) fn routes() -> Router<Shop> {
    Router::new()
        .route("/revenue/{year}", get(revenue))
        .route("/sales/{year}", get(sales))
        .route("/receipts/{number}", get(receipt))
}

/// The picture is drawn for each request, on the blocking pool. The browser shows it, and saves it under its name.
#[download_view(basename = "revenue-{year}.png", inline, blocking)]
fn revenue(State(shop): State<Shop>, Path(year): Path<u16>) -> Result<Vec<u8>, AppError> {
    let sales = shop.sales(year)?;
    Ok(plot::png(&format!("Revenue of {year}"), &sales)?)
}

/// `None` is a 404. The entity tag is known before the report is made, so the report is not even typeset for a client that
/// has it already.
#[download_view(
    basename = "sales-{year}.pdf",
    attachment,
    etag = format!("sales-{year}-1"),
    cache_control = "private, max-age=60",
    blocking
)]
fn sales(State(shop): State<Shop>, Path(year): Path<u16>) -> Result<Option<Vec<u8>>, AppError> {
    let sales = shop.sales(year)?;
    Ok((!sales.is_empty()).then(|| report::pdf(year, &sales)))
}

/// The name is known only with the content, so the view returns a `Download` that sets it. A returned `Download` takes precedence over the attribute.
#[download_view(attachment, blocking)]
fn receipt(
    State(shop): State<Shop>,
    Path(number): Path<u32>,
) -> Result<Option<Download>, AppError> {
    Ok(shop.order(number)?.map(|order| {
        let text = format!(
            "{}\n\n{} × {}\n{} €\n",
            order.customer, order.quantity, order.product, order.amount
        );
        Download::new(text).basename(format!("{} {number}.txt", order.customer))
    }))
}
