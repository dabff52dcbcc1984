//! A peer with axum-streams: rows from a stream, as CSV and as JSON Lines.

use std::io;

use axum::{
    Router,
    http::{HeaderMap, HeaderValue, header::CONTENT_DISPOSITION},
    response::{IntoResponse, Response},
    routing::get,
};
use axum_streams::{CsvStreamFormat, StreamBodyAs};
use benches::{ROWS, order};
use futures::stream;

fn main() -> io::Result<()> {
    let router = Router::new()
        .route("/w9", get(csv))
        .route("/w9-json", get(json));
    benches::serve(router)
}

async fn csv() -> Response {
    let rows = stream::iter((0..ROWS).map(|index| Ok::<_, axum::Error>(order(index))));
    let format = CsvStreamFormat::new(true, b',');
    named("orders.csv", StreamBodyAs::new(format, rows))
}

async fn json() -> Response {
    let rows = stream::iter((0..ROWS).map(order));
    named("orders.jsonl", StreamBodyAs::json_nl(rows))
}

fn named(name: &str, body: impl IntoResponse) -> Response {
    let mut fields = HeaderMap::new();
    let value = format!("attachment; filename=\"{name}\"");
    fields.insert(
        CONTENT_DISPOSITION,
        HeaderValue::try_from(value).expect("ASCII"),
    );
    (fields, body).into_response()
}
