//! From a decision to a response.

use axum::response::Response;

use crate::{content::Content, metadata::Metadata, request::DownloadRequest};

/// Answers `request` with `content`, under the settings of `options`.
pub(crate) async fn respond(
    view: &'static str,
    request: &DownloadRequest,
    options: Metadata,
    content: Content,
) -> Response {
    let _ = (view, request, options, content);
    todo!()
}
