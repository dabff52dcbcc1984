use axum::{Router, extract::{Path, State}, routing::get};
use downloadview::{Rows, download_view};
use futures::TryStreamExt;
use sqlx::SqlitePool;

#[derive(sqlx::FromRow, serde::Serialize)]
struct Order { id: i64, cents: i64 }

#[download_view(basename = "orders-{year}.csv", attachment)]
async fn orders(Path(year): Path<u32>, State(db): State<SqlitePool>) -> Rows {
    Rows::with(async move |mut out| {
        let query = sqlx::query_as::<_, Order>("SELECT id, cents FROM orders WHERE year = ?").bind(year);
        let mut orders = query.fetch(&db); // borrows the pool
        while let Some(order) = orders.try_next().await? {
            out.row(&order).await?;
        }
        Ok(())
    })
}

pub fn app(db: SqlitePool) -> Router {
    Router::new().route("/orders/{year}", get(orders)).with_state(db)
}
