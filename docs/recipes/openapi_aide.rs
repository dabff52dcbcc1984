use aide::{NoApi, axum::{ApiRouter, routing::get_with}, openapi::OpenApi};
use axum::{Router, extract::Path, response::Response};
use downloadview::{DownloadRequest, download_view};

#[download_view(basename = "report-{year}.csv", attachment)]
async fn report(Path(year): Path<u32>) -> String {
    format!("year\n{year}\n")
}

async fn documented(NoApi(request): NoApi<DownloadRequest>, year: Path<u32>) -> NoApi<Response> {
    NoApi(report(request, year).await)
}

pub fn app(api: &mut OpenApi) -> Router {
    ApiRouter::new()
        .api_route("/reports/{year}", get_with(documented, |operation| {
            operation.summary("The report of a year, as CSV").response_with::<200, String, _>(|file| file)
        }))
        .finish_api(api)
}
