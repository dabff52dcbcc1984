//! Serves a struct that is extracted from the request. A method makes its content if the answer needs it.
//!
//! Run it: `cargo run --example struct_view`
//! Get it: `curl -OJ http://127.0.0.1:8000/invoices/7`, and once more without making it: `curl -i -H 'If-None-Match: "invoice-7-r1"' http://127.0.0.1:8000/invoices/7`

use std::time::Duration;

use axum::{
    Router,
    extract::{FromRequestParts, Path, State},
    http::StatusCode,
    routing::get,
};
use downloadview::{DownloadView, serve};
use futures::{Stream, StreamExt, stream};

#[derive(Clone)]
struct Db {
    revision: u32,
}

#[derive(FromRequestParts, DownloadView)]
#[from_request(state(Db))]
#[download_view(
    basename = "invoice-{number:04}.csv",
    attachment,
    etag = format!("invoice-{}-r{}", self.number, self.db.revision),
    content = rows
)]
struct Invoice {
    #[from_request(via(Path))]
    number: u32,
    #[from_request(via(State))]
    db: Db,
}

impl Invoice {
    async fn rows(self) -> Result<impl Stream<Item = String>, StatusCode> {
        println!("making invoice {}", self.number);
        tokio::time::sleep(Duration::from_millis(200)).await; // the query
        if self.number >= 1000 {
            return Err(StatusCode::NOT_FOUND);
        }
        let rows = stream::iter(0..=self.number);
        Ok(rows.map(|row| format!("{row},bread,4.20\n")))
    }
}

#[tokio::main]
async fn main() -> std::io::Result<()> {
    let app = Router::new()
        .route("/invoices/{number}", get(serve::<Invoice>))
        .with_state(Db { revision: 1 });
    let listener = tokio::net::TcpListener::bind("127.0.0.1:8000").await?;
    axum::serve(listener, app).await
}
