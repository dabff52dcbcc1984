use axum::{Router, extract::{FromRequestParts, Path}, http::{StatusCode, request::Parts}, routing::get};
use downloadview::download_view;

struct Member {
    name: String,
}

impl<S: Sync> FromRequestParts<S> for Member {
    type Rejection = StatusCode;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, StatusCode> {
        match parts.headers.get("authorization").map(|token| token.as_bytes()) {
            Some(b"Bearer of-ada") => Ok(Self { name: "Ada".to_owned() }),
            Some(_) => Err(StatusCode::FORBIDDEN),
            None => Err(StatusCode::UNAUTHORIZED),
        }
    }
}

#[download_view(basename = "plans.txt", etag = format!("plans-{year}"), cache_control = "private, no-cache")]
async fn plans(member: Member, Path(year): Path<u32>) -> String {
    format!("The plans of {} for {year}\n", member.name)
}

pub fn app() -> Router {
    Router::new().route("/plans/{year}", get(plans))
}
