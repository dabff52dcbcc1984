// A response of another library is converted to one of the crate `http`.
use downloadview::download_view;
mod reqwest {
    pub struct Response;
}
#[download_view(attachment)]
async fn people() -> reqwest::Response {
    reqwest::Response
}

fn main() {
    let _: axum::routing::MethodRouter = axum::routing::get(people);
}
