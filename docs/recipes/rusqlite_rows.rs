use std::{io::Write, path::PathBuf};
use axum::{BoxError, Router, extract::{Path, State}, routing::get};
use downloadview::download_view;
use rusqlite::Connection;

#[download_view(basename = "orders-{year}.csv", attachment)]
async fn orders(
    Path(year): Path<u32>,
    State(database): State<PathBuf>,
) -> impl FnOnce(&mut dyn Write) -> Result<(), BoxError> {
    move |out: &mut dyn Write| {
        let db = Connection::open(database)?;
        let mut query = db.prepare("SELECT id, cents FROM orders WHERE year = ?1")?;
        let mut rows = query.query([year])?;
        writeln!(out, "id,cents")?;
        while let Some(row) = rows.next()? {
            writeln!(out, "{},{}", row.get::<_, i64>(0)?, row.get::<_, i64>(1)?)?;
        }
        Ok(())
    }
}

pub fn app(database: PathBuf) -> Router {
    Router::new().route("/orders/{year}", get(orders)).with_state(database)
}
