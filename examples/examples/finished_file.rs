//! A struct is a finished file: its fields hold the content and what there is to say of it.
//!
//! Run it: `cargo run --example finished_file`
//! Get it: `curl -OJ http://127.0.0.1:8000/reports/2026`, or the one that is always the same: `curl -i http://127.0.0.1:8000/terms`

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

/// Whatever renders files can return them; no handler has to know what they are called.
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
