//! The view of an expansion: its name, its literals, and one call of it.

use std::{
    fmt,
    future::{Future, ready},
    ops::ControlFlow,
    panic,
    sync::OnceLock,
};

use axum::{
    BoxError,
    http::StatusCode,
    response::{IntoResponse, Response},
};
use futures::future::Either;

use super::{Content, Options};
use crate::{
    error::{Chain, Failure},
    metadata::Metadata,
    outcome::TARGET,
    request::DownloadRequest,
    respond::{Open, options::Prepared},
};

/// A view's name, and those of its options that are literals. What answers need of these is built once.
pub struct View {
    name: &'static str,
    literals: fn(Metadata) -> Metadata,
    prepared: OnceLock<Prepared>,
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
        let build = || Prepared::new((self.literals)(Metadata::new()));
        Options::Shared(self.prepared.get_or_init(build))
    }

    /// Begins the answer. An `Err` is the response, if the options alone settle it.
    #[inline]
    pub fn begin(&self, request: DownloadRequest, options: Options) -> Result<Call, Box<Response>> {
        match Open::begin(self.name, request, options) {
            ControlFlow::Continue(open) => Ok(Call(open)),
            ControlFlow::Break(response) => Err(response),
        }
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

    /// The answer that an option gave in place of the view: told to those who listen.
    pub fn stop(&self, options: &Options, response: Response) -> Response {
        for on_finish in &options.on_finish {
            on_finish.stop(self.name, &response);
        }
        response
    }

    /// Logs the answer of an option.
    pub(super) fn refused(&self, response: Response) -> Response {
        let status = response.status().as_u16();
        tracing::debug!(target: TARGET, view = self.name, status, "option refused");
        response
    }

    /// Logs the error of an option. The client gets a 500 without it.
    pub(super) fn failed(&self, error: BoxError) -> Response {
        let failure = Failure::new(error);
        let error = Chain(&failure);
        tracing::error!(target: TARGET, view = self.name, %error, "option failed");
        let mut response = StatusCode::INTERNAL_SERVER_ERROR.into_response();
        response.extensions_mut().insert(failure);
        response
    }
}

/// A request, while the function runs.
#[derive(Debug)]
pub struct Call(Open);

impl Call {
    /// The response with what the function returned: content, or an answer in its place.
    #[inline]
    pub fn finish(
        self,
        content: Result<Content, Box<Response>>,
    ) -> impl Future<Output = Response> + Send {
        match content {
            Ok(content) => self.0.finish(content),
            Err(response) => Either::Left(ready(self.0.pass(response))),
        }
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

/// The response, whichever step gave it.
pub fn answer(given: Result<Response, Box<Response>>) -> Response {
    given.unwrap_or_else(|early| *early)
}
