//! How a download ended: told to `on_finish` and to `tracing`, once.

use std::{
    mem,
    time::{Duration, Instant},
};

use axum::BoxError;
use tracing::{
    Span,
    field::{Empty, debug},
};

use crate::outcome::{End, OnFinish, Outcome, TARGET};

/// Counts what is sent; dropped before it heard of an end, it says that the client left.
#[derive(Debug)]
pub(crate) struct Report {
    view: &'static str,
    started: Instant,
    /// Opened when it is needed; at the end, it says what is logged.
    span: Option<Span>,
    bytes: u64,
    on_finish: Vec<OnFinish>,
    ended: bool,
}

impl Report {
    pub(crate) fn new(view: &'static str, started: Instant) -> Self {
        Self {
            view,
            started,
            span: None,
            bytes: 0,
            on_finish: Vec::new(),
            ended: false,
        }
    }

    /// Returns a report for these listeners, or `None` if nothing but a failure would be reported.
    pub(crate) fn if_wanted(
        view: &'static str,
        started: Instant,
        on_finish: &[OnFinish],
    ) -> Option<Box<Self>> {
        (!on_finish.is_empty() || Self::is_logged()).then(|| {
            let mut report = Self::new(view, started);
            report.listen(on_finish);
            Box::new(report)
        })
    }

    /// The span in which the content is produced.
    pub(crate) fn span(&mut self) -> &Span {
        let view = self.view;
        self.span.get_or_insert_with(|| {
            tracing::debug_span!(
                target: TARGET,
                "download",
                view,
                bytes = Empty,
                elapsed = Empty,
                end = Empty
            )
        })
    }

    /// From now on, these are told, too.
    pub(crate) fn listen(&mut self, on_finish: &[OnFinish]) {
        self.on_finish.extend_from_slice(on_finish);
    }

    /// This report, of which nothing is left here.
    pub(crate) fn take(&mut self) -> Self {
        let ended = Self {
            view: self.view,
            started: self.started,
            span: None,
            bytes: 0,
            on_finish: Vec::new(),
            ended: true,
        };
        mem::replace(self, ended)
    }

    /// Whether anybody listens: else nothing need be counted.
    pub(crate) fn is_wanted(&self) -> bool {
        !self.on_finish.is_empty() || Self::is_logged()
    }

    /// Whether ends are logged that are no failures.
    pub(crate) fn is_logged() -> bool {
        tracing::enabled!(target: TARGET, tracing::Level::DEBUG)
    }

    pub(crate) fn add(&mut self, bytes: usize) {
        self.bytes += bytes as u64;
    }

    pub(crate) fn completed(&mut self) {
        self.end(End::Completed);
    }

    pub(crate) fn not_sent(&mut self) {
        self.end(End::NotSent);
    }

    pub(crate) fn client_stalled(&mut self) {
        self.end(End::ClientStalled);
    }

    pub(crate) fn failed(&mut self, error: BoxError) {
        self.end(End::Failed(error));
    }

    fn end(&mut self, end: End) {
        let is_quiet = !matches!(end, End::Failed(_)) && !self.is_wanted();
        if mem::replace(&mut self.ended, true) || is_quiet {
            return;
        }
        let (bytes, elapsed) = (self.bytes, self.started.elapsed());
        self.log(&end, elapsed);
        let ends = end.repeat(self.on_finish.len());
        for (on_finish, end) in self.on_finish.drain(..).zip(ends) {
            on_finish.call(Outcome {
                end,
                bytes,
                elapsed,
            });
        }
    }

    fn log(&mut self, end: &End, elapsed: Duration) {
        let (view, bytes) = (self.view, self.bytes);
        let span = self.span();
        span.record("bytes", bytes)
            .record("elapsed", debug(elapsed))
            .record("end", debug(end));
        span.in_scope(|| match end {
            End::Failed(error) => {
                let error = Chain(error);
                tracing::error!(target: TARGET, view, bytes, ?elapsed, %error, "download failed");
            }
            end => {
                tracing::debug!(target: TARGET, view, bytes, ?elapsed, ?end, "download ended");
            }
        });
    }
}

impl Drop for Report {
    fn drop(&mut self) {
        let is_panic = !self.ended && std::thread::panicking();
        self.end(if is_panic {
            End::Failed("the view panicked".into())
        } else {
            End::ClientLeft
        });
    }
}

/// An error and what caused it, in one line.
struct Chain<'a>(&'a BoxError);

impl std::fmt::Display for Chain<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}", self.0)?;
        let mut cause = self.0.source();
        while let Some(error) = cause {
            write!(f, ": {error}")?;
            cause = error.source();
        }
        Ok(())
    }
}
