//! Sends the rows of a rusqlite query as a table. An iterator that owns its connection reads some rows at a time.
//!
//! Run it: `cargo run --example rows_rusqlite`
//! Get it: `curl -OJ http://127.0.0.1:8000/squares`

use std::{collections::VecDeque, iter};

use axum::{Router, routing::get};
use downloadview::download_view;
use rusqlite::Connection;
use serde::Serialize;

/// Selects the next rows after the last one. The rows are read page by page, because a running statement would borrow the connection.
const PAGE: &str = "WITH numbers (number) AS (
    SELECT 1 UNION ALL SELECT number + 1 FROM numbers WHERE number < 1000)
    SELECT number, number * number FROM numbers WHERE number > ?1 ORDER BY number LIMIT 100";

#[derive(Serialize)]
struct Square {
    number: u32,
    square: u32,
}

fn page(database: &Connection, last: u32) -> rusqlite::Result<VecDeque<Square>> {
    let mut query = database.prepare_cached(PAGE)?;
    let squares = query.query_map([last], |row| {
        Ok(Square {
            number: row.get(0)?,
            square: row.get(1)?,
        })
    })?;
    squares.collect()
}

#[download_view(basename = "squares.csv", attachment, blocking)]
pub(crate) fn squares() -> rusqlite::Result<impl Iterator<Item = rusqlite::Result<Square>>> {
    let database = Connection::open_in_memory()?;
    let (mut rows, mut last) = (VecDeque::new(), 0);
    Ok(iter::from_fn(move || {
        if rows.is_empty() {
            match page(&database, last) {
                Ok(next) => rows = next,
                Err(error) => return Some(Err(error)),
            }
        }
        let row: Square = rows.pop_front()?;
        last = row.number;
        Some(Ok(row))
    }))
}

#[tokio::main]
async fn main() -> std::io::Result<()> {
    let app = Router::new().route("/squares", get(squares));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:8000").await?;
    axum::serve(listener, app).await
}
