use std::io::{self, Write};
use axum::{Router, extract::Path, routing::get};
use downloadview::download_view;
use tempfile::NamedTempFile;

#[download_view(basename = "report-{year}.txt", attachment, blocking)]
fn report(Path(year): Path<u32>) -> io::Result<NamedTempFile> {
    let mut file = NamedTempFile::new()?;
    writeln!(file, "The report of {year}")?;
    Ok(file)
}

pub fn app() -> Router {
    Router::new().route("/reports/{year}", get(report))
}
