//! What is known of a view when it is compiled.

use std::{fmt, panic, sync::OnceLock};

use axum::{
    BoxError,
    http::StatusCode,
    response::{IntoResponse, Response},
};

use super::{Call, Content, Options};
use crate::{body::TARGET, metadata::Metadata, request::DownloadRequest};

/// A view's name, and those of its options that are literals: their header values are built once.
pub struct View {
    name: &'static str,
    literals: fn(Metadata) -> Metadata,
    prepared: OnceLock<Metadata>,
}

impl View {
    pub const fn new(name: &'static str, literals: fn(Metadata) -> Metadata) -> Self {
        Self {
            name,
            literals,
            prepared: OnceLock::new(),
        }
    }

    /// The options that are literals, to which the others are added.
    pub fn options(&'static self) -> Options {
        let build = || (self.literals)(Metadata::new()).prepare();
        Options::Shared(self.prepared.get_or_init(build))
    }

    /// `Err` is the answer where the options alone settle it.
    pub fn begin(&self, request: DownloadRequest, options: Options) -> Result<Call, Response> {
        Call::begin(self.name, request, options)
    }

    /// Runs the function, to its content, on the blocking pool. Its panic goes on here, as if it had been called in place.
    pub async fn blocking(
        &self,
        function: impl FnOnce() -> Result<Content, Box<Response>> + Send + 'static,
    ) -> Result<Content, Box<Response>> {
        let task = tokio::task::spawn_blocking(function);
        match task.await {
            Ok(given) => given,
            Err(error) => Ok(not_run(error)),
        }
    }

    /// Logs the error of an option; the client learns nothing of it.
    pub(super) fn failed(&self, error: &BoxError) -> Response {
        tracing::error!(
            target: TARGET,
            view = self.name,
            error = &**error as &dyn std::error::Error,
            "an option failed"
        );
        StatusCode::INTERNAL_SERVER_ERROR.into_response()
    }
}

fn not_run(error: tokio::task::JoinError) -> Content {
    match error.try_into_panic() {
        Ok(panic) => panic::resume_unwind(panic),
        Err(shut_down) => Content::failed(shut_down.into()),
    }
}

impl fmt::Debug for View {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("View").field(&self.name).finish()
    }
}

/// The answer, whichever step gave it.
pub fn answer(given: Result<Response, Response>) -> Response {
    given.unwrap_or_else(|early| early)
}
