//! `DownloadView`: a file as a type of its own, and the handlers that serve it.

use std::future::Future;

use axum::response::Response;

use crate::{content::Content, metadata::Metadata, request::DownloadRequest};

/// A file that knows its metadata before its content.
pub trait DownloadView: Sized + Send + 'static {
    /// What the file is; an `Err` is the answer.
    fn metadata(&self) -> impl Future<Output = Result<Metadata, Response>> + Send;
    /// What is in it; asked only when the request wants it.
    fn content(self) -> impl Future<Output = Result<Content, Response>> + Send;
    /// A handler from a configured value.
    fn as_view(self) -> AsView<Self>
    where
        Self: Clone + Sync,
    {
        AsView(self)
    }
}

/// The handler that [`DownloadView::as_view`] makes.
#[derive(Clone, Debug)]
pub struct AsView<V>(V);

/// The handler of a view that is extracted from the request.
pub async fn serve<V: DownloadView>(request: DownloadRequest, view: V) -> Response {
    let _ = (request, view);
    todo!()
}
