//! The static part of an expanded view, and the state of one request.

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
    http::fields,
    metadata::Metadata,
    outcome::TARGET,
    request::DownloadRequest,
    respond::{Open, options::Prepared},
};

/// The name of a view, and its options that are literals. Header values of the literals are built once.
pub struct StaticView {
    name: &'static str,
    literals: fn(Metadata) -> Metadata,
    prepared: OnceLock<Prepared>,
}

impl StaticView {
    pub const fn new(name: &'static str, literals: fn(Metadata) -> Metadata) -> Self {
        Self {
            name,
            literals,
            prepared: OnceLock::new(),
        }
    }

    /// Returns the options that are literals. The expansion adds the others.
    pub fn options(&'static self) -> Options {
        let build = || Prepared::new((self.literals)(Metadata::new()));
        Options::Shared(self.prepared.get_or_init(build))
    }

    /// Begins the answer. An `Err` is the response, if the options alone decide it.
    #[inline]
    pub fn begin(&self, request: DownloadRequest, options: Options) -> Result<Call, Box<Response>> {
        match Open::begin(self.name, request, options) {
            ControlFlow::Continue(open) => Ok(Call(open)),
            ControlFlow::Break(response) => Err(response),
        }
    }

    /// Runs the function and its conversion to content on the blocking pool. A panic is resumed here.
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

    /// Returns the response of an option that failed, having reported it to `on_finish`.
    pub fn stop(&self, options: &Options, response: Response) -> Response {
        for on_finish in &options.on_finish {
            on_finish.stop(self.name, &response);
        }
        response
    }

    /// Logs the response that an option returned as an error.
    pub(super) fn refused(&self, mut response: Response) -> Response {
        fields::pass_on(&mut response);
        let status = response.status().as_u16();
        tracing::debug!(target: TARGET, view = self.name, status, "option refused");
        response
    }

    /// Logs the error of an option. The client gets a 500 without its message.
    pub(super) fn failed(&self, error: BoxError) -> Response {
        let failure = Failure::new(error);
        let error = Chain(&failure);
        tracing::error!(target: TARGET, view = self.name, %error, "option failed");
        let mut response = StatusCode::INTERNAL_SERVER_ERROR.into_response();
        response.extensions_mut().insert(failure);
        response
    }
}

/// The state of a request while the function runs.
#[derive(Debug)]
pub struct Call(Open);

impl Call {
    /// Returns the response with the content, or the response that the function returned in its place.
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

impl fmt::Debug for StaticView {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("StaticView").field(&self.name).finish()
    }
}

/// Returns the response of a handler, whether it was decided early or not.
pub fn answer(given: Result<Response, Box<Response>>) -> Response {
    given.unwrap_or_else(|early| *early)
}
