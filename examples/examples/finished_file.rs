//! Serves structs that hold a finished file: the content and its description.
//!
//! Run it: `cargo run --example finished_file`
//! Get it: `curl -OJ http://127.0.0.1:8000/reports/2026`, or a file that is the same for everybody: `curl -i http://127.0.0.1:8000/terms`

use std::time::SystemTime;

use axum::{Router, extract::Path, http::StatusCode, routing::get};
use downloadview::{DownloadView, download_view};

#[derive(Clone, DownloadView)]
#[download_view(cache_control = "private, no-cache")]
struct Rendered {
    #[download_view(basename)]
    name: String,
    #[download_view(attachment)]
    save: bool,
    #[download_view(last_modified)]
    at: SystemTime,
    #[download_view(etag)]
    revision: Option<String>,
    #[download_view(content)]
    text: String,
}

/// A renderer returns finished files, so no handler has to know their names.
fn render(year: u32) -> Rendered {
    Rendered {
        name: format!("report-{year}.txt"),
        save: true,
        at: SystemTime::now(),
        revision: Some(format!("report-{year}-r1")),
        text: format!("The report of {year}.\n"),
    }
}

#[download_view]
async fn report(Path(year): Path<u32>) -> Result<Rendered, StatusCode> {
    let is_known = (2000..=2026).contains(&year);
    is_known.then(|| render(year)).ok_or(StatusCode::NOT_FOUND)
}

#[tokio::main]
async fn main() -> std::io::Result<()> {
    let terms = Rendered {
        name: "terms.txt".to_owned(),
        save: false,
        at: SystemTime::now(),
        revision: None,
        text: "Be nice.\n".to_owned(),
    };
    let app = Router::new()
        .route("/reports/{year}", get(report))
        .route("/terms", get(terms.into_handler()));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:8000").await?;
    axum::serve(listener, app).await
}
