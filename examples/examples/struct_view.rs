//! A struct is a view: it is extracted from the request, and a method makes its content, when that is wanted.
//!
//! Run it: `cargo run --example struct_view`
//! Get it: `curl -OJ http://127.0.0.1:8000/invoices/7`, or only its head, which makes no content: `curl -I http://127.0.0.1:8000/invoices/7`

use axum::{
    Router,
    extract::{FromRequestParts, Path, State},
    http::StatusCode,
    routing::get,
};
use downloadview::{DownloadView, serve};
use futures::{Stream, StreamExt, stream};

#[derive(Clone)]
struct Db;

impl Db {
    fn revision(&self, number: u32) -> String {
        format!("invoice-{number}-r1")
    }

    async fn rows(&self, number: u32) -> Option<u32> {
        (number < 1000).then_some(number)
    }
}

#[derive(FromRequestParts, DownloadView)]
#[from_request(state(Db))]
#[download_view(
    basename = "invoice-{number:04}.csv",
    attachment,
    etag = self.db.revision(self.number),
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
        let rows = self.db.rows(self.number).await;
        let rows = 0..=rows.ok_or(StatusCode::NOT_FOUND)?;
        Ok(stream::iter(rows).map(|row| format!("{row},bread,4.20\n")))
    }
}

#[tokio::main]
async fn main() -> std::io::Result<()> {
    let app = Router::new()
        .route("/invoices/{number}", get(serve::<Invoice>))
        .with_state(Db);
    let listener = tokio::net::TcpListener::bind("127.0.0.1:8000").await?;
    axum::serve(listener, app).await
}
