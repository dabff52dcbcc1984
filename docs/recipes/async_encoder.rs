use std::io;
use async_compression::tokio::write::GzipEncoder;
use axum::{Router, extract::Path, routing::get};
use downloadview::{Content, download_view};
use tokio::io::AsyncWriteExt;

async fn square(number: u64) -> io::Result<u64> {
    number.checked_mul(number).ok_or_else(|| io::Error::other("the square is too large"))
}

#[download_view(basename = "squares-to-{last}.csv.gz", attachment)]
async fn squares(Path(last): Path<u64>) -> Content {
    Content::from_async_writer(move |out| async move {
        let mut gzip = GzipEncoder::new(out);
        for number in 1..=last {
            gzip.write_all(format!("{number},{}\n", square(number).await?).as_bytes()).await?;
        }
        Ok(gzip.shutdown().await?) // writes the end of the archive
    })
}

pub fn app() -> Router {
    Router::new().route("/squares/{last}", get(squares))
}
