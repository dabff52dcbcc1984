use axum::{Router, extract::Path, http::StatusCode, routing::get};
use downloadview::{Content, download_view};
use tokio::process::Command;

#[download_view(basename = "{folder}.tar.gz", attachment)]
async fn archive(Path(folder): Path<String>) -> Result<Content, StatusCode> {
    if !["src", "recipes"].contains(&folder.as_str()) {
        return Err(StatusCode::NOT_FOUND);
    }
    let mut command = Command::new("tar");
    command.args(["--create", "--gzip", "--", &folder]);
    Ok(Content::from_command(command))
}

pub fn app() -> Router {
    Router::new().route("/archives/{folder}", get(archive))
}
