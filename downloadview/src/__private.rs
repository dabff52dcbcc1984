//! What the expansions of `#[download_view]` call. Not public API: it changes without notice.

use axum::response::Response;

pub use axum;

use crate::{content::Content, metadata::Metadata, request::DownloadRequest, response};

/// One request to a view: begun before its function, finished after it.
#[derive(Debug)]
pub struct Call {
    view: &'static str,
    request: DownloadRequest,
    options: Options,
}

/// The attribute's options: built once where they are all literals, else for this request.
#[derive(Debug)]
pub enum Options {
    /// Built once.
    Shared(&'static Metadata),
    /// Built for this request.
    Owned(Metadata),
}

impl Call {
    /// `Err` is the answer where the options alone settle it (the function does not run).
    #[allow(clippy::result_large_err)]
    pub fn begin(
        view: &'static str,
        request: DownloadRequest,
        options: Options,
    ) -> Result<Self, Response> {
        Ok(Self {
            view,
            request,
            options,
        })
    }

    /// The answer with what the function returned.
    pub async fn finish(self, content: Content) -> Response {
        let options = match self.options {
            Options::Shared(options) => options.clone(),
            Options::Owned(options) => options,
        };
        response::respond(self.view, &self.request, options, content).await
    }
}
