//! Sends an archive while it is made. Each entry is compressed and sent at once.
//!
//! Run it: `cargo run --example zip_on_the_fly`
//! Get it: `curl -OJ http://127.0.0.1:8000/tables/12 && unzip -l tables-to-12.zip`

#[path = "../src/until_error.rs"]
mod until_error;

use std::io::Write;

use axum::{BoxError, Router, extract::Path, routing::get};
use downloadview::download_view;
use until_error::UntilError;
use zip::{ZipWriter, write::SimpleFileOptions};

#[download_view(basename = "tables-to-{last}.zip", attachment)]
async fn tables(Path(last): Path<u32>) -> impl FnOnce(&mut dyn Write) -> Result<(), BoxError> {
    move |file: &mut dyn Write| {
        // `new_stream` is for writers that cannot seek.
        let mut zip = ZipWriter::new_stream(UntilError::new(file));
        for number in 1..=last {
            zip.start_file(
                format!("table-of-{number}.txt"),
                SimpleFileOptions::default(),
            )?;
            for factor in 1..=10 {
                writeln!(zip, "{factor} × {number} = {}", factor * number)?;
            }
        }
        zip.finish()?;
        Ok(())
    }
}

#[tokio::main]
async fn main() -> std::io::Result<()> {
    let app = Router::new().route("/tables/{last}", get(tables));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:8000").await?;
    axum::serve(listener, app).await
}
