//! Sends the rows of a sqlx query as a table. The stream borrows the pool, and both live in the future that writes the rows.
//!
//! Run it: `cargo run --example rows_sqlx`
//! Get it: `curl -OJ http://127.0.0.1:8000/cities/9000000/csv`, or with `jsonl`, `json` or `tsv` at the end

use axum::{
    BoxError, Router,
    extract::{Path, State},
    routing::get,
};
use downloadview::{Format, Rows, download_view};
use futures::TryStreamExt;
use serde::Serialize;
use sqlx::{FromRow, SqlitePool, sqlite::SqlitePoolOptions};

const CITIES: &str = "SELECT * FROM cities WHERE people >= ? ORDER BY people DESC";
pub(crate) const FILL: &str = "CREATE TABLE cities (name TEXT, country TEXT, people INTEGER);
    INSERT INTO cities VALUES ('東京', 'Japan', 14192184), ('São Paulo', 'Brazil', 11895578),
    ('القاهرة', 'Egypt', 10203693), ('Washington, D.C.', 'United States', 702250)";

#[derive(FromRow, Serialize)]
struct City {
    name: String,
    country: String,
    people: i64,
}

#[download_view(basename = "cities-of-{at_least}.{format}", attachment)]
pub(crate) async fn cities(
    Path((at_least, format)): Path<(u32, Format)>,
    State(database): State<SqlitePool>,
) -> Rows {
    Rows::with(async move |mut out| {
        let query = sqlx::query_as::<_, City>(CITIES).bind(at_least);
        let mut cities = query.fetch(&database);
        while let Some(city) = cities.try_next().await? {
            out.row(&city).await?;
        }
        Ok(())
    })
    .format(format)
    .columns(["City", "Country", "People"])
}

#[tokio::main]
async fn main() -> Result<(), BoxError> {
    // Each connection to memory would have another database.
    let pool = SqlitePoolOptions::new().max_connections(1);
    let database = pool.connect("sqlite::memory:").await?;
    sqlx::raw_sql(FILL).execute(&database).await?;
    let app = Router::new()
        .route("/cities/{at_least}/{format}", get(cities))
        .with_state(database);
    let listener = tokio::net::TcpListener::bind("127.0.0.1:8000").await?;
    Ok(axum::serve(listener, app).await?)
}
