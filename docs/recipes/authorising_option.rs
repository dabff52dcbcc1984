use axum::{Router, extract::Path, http::StatusCode, routing::get};
use downloadview::download_view;

async fn checked_revision(report: u32) -> Result<String, StatusCode> {
    match report {
        0 => Err(StatusCode::FORBIDDEN),
        1..100 => Ok(format!("report-{report}-r1")),
        _ => Err(StatusCode::NOT_FOUND),
    }
}

#[download_view(basename = "report-{number}.txt", etag = checked_revision(*number).await)]
async fn report(Path(number): Path<u32>) -> String {
    format!("The report {number}\n")
}

pub fn app() -> Router {
    Router::new().route("/reports/{number}", get(report))
}
