use std::io;
use axum::{Router, middleware::map_response, response::{Html, IntoResponse, Response}, routing::get};
use downloadview::{Failure, download_view};

#[download_view(basename = "report.txt", attachment)]
async fn report() -> io::Result<String> {
    Err(io::Error::other("the disk is full"))
}

async fn with_error_page(response: Response) -> Response {
    let Some(failure) = response.extensions().get::<Failure>() else {
        return response;
    };
    eprintln!("a download failed: {failure}");
    (response.status(), Html("<h1>Sorry, this file cannot be made right now.</h1>")).into_response()
}

pub fn app() -> Router {
    Router::new().route("/report", get(report)).layer(map_response(with_error_page))
}
