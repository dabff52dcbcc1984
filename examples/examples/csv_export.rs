//! Exports a query as CSV: a closure writes the rows one by one, and the `csv` crate encodes them.
//!
//! Run it: `cargo run --example csv_export`
//! Get it: `curl -OJ 'http://127.0.0.1:8000/cities?at_least=9000000'`

use std::io::Write;

use axum::{BoxError, Router, extract::Query, routing::get};
use downloadview::download_view;
use rusqlite::Connection;

const CITIES: &str = "WITH cities (name, country, people) AS (VALUES
    ('東京', 'Japan', 14192184), ('São Paulo', 'Brazil', 11895578), ('القاهرة', 'Egypt', 10203693),
    ('London', 'United Kingdom', 8945309), ('Washington, D.C.', 'United States', 702250))
    SELECT * FROM cities WHERE people >= ?1";

#[derive(serde::Deserialize)]
struct Filter {
    at_least: u32,
}

#[download_view(basename = "cities-of-{at_least}.csv", attachment)]
async fn cities(
    Query(Filter { at_least }): Query<Filter>,
) -> impl FnOnce(&mut dyn Write) -> Result<(), BoxError> {
    move |file: &mut dyn Write| {
        let mut csv = csv::Writer::from_writer(file);
        csv.write_record(["name", "country", "people"])?;
        let database = Connection::open_in_memory()?;
        let mut query = database.prepare(CITIES)?;
        let mut rows = query.query([at_least])?;
        while let Some(row) = rows.next()? {
            csv.serialize((
                row.get::<_, String>(0)?,
                row.get::<_, String>(1)?,
                row.get::<_, u32>(2)?,
            ))?;
        }
        Ok(csv.flush()?)
    }
}

#[tokio::main]
async fn main() -> std::io::Result<()> {
    let app = Router::new().route("/cities", get(cities));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:8000").await?;
    axum::serve(listener, app).await
}
