use axum::{Router, body::Body, extract::{Path, State}, routing::get};
use axum::{http::{self, HeaderMap, Method, StatusCode, header}, response::Response};
use downloadview::download_view;
use reqwest::Client;

#[download_view(basename = name, attachment)]
async fn mirror(
    Path(name): Path<String>,
    State((client, origin)): State<(Client, String)>,
    method: Method,
    headers: HeaderMap,
) -> Result<Response, StatusCode> {
    let name = Some(name).filter(|name| !name.contains(['/', '?', '#'])).ok_or(StatusCode::NOT_FOUND)?;
    let mut request = client.request(method, format!("{origin}/{name}")); // a HEAD stays a HEAD
    for field in [header::RANGE, header::IF_RANGE, header::IF_NONE_MATCH] {
        if let Some(value) = headers.get(&field) {
            request = request.header(field, value);
        }
    }
    let response = request.send().await.map_err(|_| StatusCode::BAD_GATEWAY)?;
    Ok(http::Response::from(response).map(Body::new))
}

pub fn app(client: Client, origin: String) -> Router {
    Router::new().route("/{name}", get(mirror)).with_state((client, origin))
}
