use axum::{Router, extract::Path, routing::get};
use downloadview::download_view;
use utoipa::OpenApi;

#[utoipa::path(
    get,
    path = "/reports/{year}",
    params(("year" = u32, Path)),
    responses((status = 200, content_type = "text/csv", body = String)),
)]
#[download_view(basename = "report-{year}.csv", attachment)]
async fn report(Path(year): Path<u32>) -> String {
    format!("year\n{year}\n")
}

#[derive(OpenApi)]
#[openapi(paths(report))]
pub struct Api;

pub fn app() -> Router {
    Router::new().route("/reports/{year}", get(report))
}
