use axum::{Router, extract::{Path, State}, routing::get};
use downloadview::{Content, download_view};
use futures::TryStreamExt;
use sqlx::{Row, SqlitePool};
use tokio::io::AsyncWriteExt;

#[download_view(basename = "orders-{year}.csv", attachment)]
async fn orders(Path(year): Path<u32>, State(db): State<SqlitePool>) -> Content {
    Content::from_async_writer(move |mut out| async move {
        out.write_all(b"id,cents\n").await?;
        let query = sqlx::query("SELECT id, cents FROM orders WHERE year = ?").bind(year);
        let mut rows = query.fetch(&db); // borrows the pool
        while let Some(row) = rows.try_next().await? {
            let (id, cents): (i64, i64) = (row.try_get("id")?, row.try_get("cents")?);
            out.write_all(format!("{id},{cents}\n").as_bytes()).await?;
        }
        Ok(())
    })
}

pub fn app(db: SqlitePool) -> Router {
    Router::new().route("/orders/{year}", get(orders)).with_state(db)
}
