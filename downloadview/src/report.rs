//! Reports the end of a download to `on_finish` and to `tracing`, once.

use std::{mem, ops::Range, time::Instant};

use axum::{BoxError, http::StatusCode};
use tracing::{
    Span,
    field::{Empty, debug},
};

use crate::{
    error::{Chain, Failure},
    outcome::{End, OnFinish, Outcome, TARGET, VIEW_PANICKED},
};

/// Counts the bytes that are sent and reports the end. If it is dropped before the end, it reports that the client left.
#[derive(Debug)]
pub(crate) struct Report {
    view: &'static str,
    started: Instant,
    /// The spans, which are opened when they are needed.
    spans: Option<Spans>,
    answer: Answered,
    bytes: u64,
    on_finish: Vec<OnFinish>,
    ended: bool,
}

/// The span in which content is produced, and the span around it. The end is logged in the outer one, because its event has all fields.
#[derive(Debug)]
struct Spans {
    around: Span,
    download: Span,
}

/// The properties of the answer.
#[derive(Debug, Default)]
pub(crate) struct Answered {
    pub(crate) status: Option<StatusCode>,
    pub(crate) ranges: Vec<Range<u64>>,
    pub(crate) size: Option<u64>,
    /// True if a failure looks like the end of the body to the client (HTTP/1.0).
    pub(crate) hides_failures: bool,
    /// True if the failure behind the answer has been logged already.
    is_logged: bool,
}

impl Report {
    pub(crate) fn new(view: &'static str, started: Instant) -> Self {
        Self {
            view,
            started,
            spans: None,
            answer: Answered::default(),
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

    /// Returns the span in which the content is produced.
    pub(crate) fn span(&mut self) -> &Span {
        let view = self.view;
        let spans = self.spans.get_or_insert_with(|| Spans {
            around: Span::current(),
            download: tracing::debug_span!(
                target: TARGET,
                "download",
                view,
                status = Empty,
                bytes = Empty,
                elapsed = Empty,
                end = Empty
            ),
        });
        &spans.download
    }

    /// Adds listeners.
    pub(crate) fn listen(&mut self, on_finish: &[OnFinish]) {
        self.on_finish.extend_from_slice(on_finish);
    }

    /// Returns the properties of the answer, for changes.
    pub(crate) fn answer(&mut self) -> &mut Answered {
        &mut self.answer
    }

    /// Returns this report and leaves one that has ended.
    pub(crate) fn take(&mut self) -> Self {
        let mut ended = Self::new(self.view, self.started);
        ended.ended = true;
        mem::replace(self, ended)
    }

    /// Returns true if there is a listener. Otherwise, nothing has to be counted.
    pub(crate) fn is_wanted(&self) -> bool {
        !self.on_finish.is_empty() || Self::is_logged()
    }

    /// Returns true if downloads that do not fail are logged.
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

    pub(crate) fn refused(&mut self) {
        self.end(End::Refused);
    }

    pub(crate) fn client_stalled(&mut self) {
        self.end(End::ClientStalled);
    }

    pub(crate) fn failed(&mut self, error: BoxError) -> Failure {
        let failure = Failure::new(error);
        self.end(End::Failed(failure.clone()));
        failure
    }

    /// Reports a failure that was logged where it occurred.
    pub(crate) fn passed(&mut self, failure: Failure) {
        self.answer.is_logged = true;
        self.end(End::Failed(failure));
    }

    fn end(&mut self, end: End) {
        let is_logged_error = matches!(end, End::Failed(_)) && !self.answer.is_logged;
        let is_quiet = !is_logged_error && !self.is_wanted();
        if mem::replace(&mut self.ended, true) || is_quiet {
            return;
        }
        let outcome = Outcome {
            end,
            view: self.view,
            status: self.answer.status,
            ranges: mem::take(&mut self.answer.ranges),
            size: self.answer.size,
            bytes: self.bytes,
            elapsed: self.started.elapsed(),
        };
        self.log(&outcome);
        for on_finish in self.on_finish.drain(..) {
            on_finish.call(outcome.clone());
        }
    }

    fn log(&self, outcome: &Outcome) {
        let event = || log(outcome, &self.answer);
        let Some(Spans { around, download }) = &self.spans else {
            return event();
        };
        if let Some(status) = outcome.status {
            download.record("status", status.as_u16());
        }
        download
            .record("bytes", outcome.bytes)
            .record("elapsed", debug(outcome.elapsed))
            .record("end", debug(&outcome.end));
        around.in_scope(event);
    }
}

fn log(outcome: &Outcome, answer: &Answered) {
    let Outcome {
        end,
        view,
        bytes,
        elapsed,
        ..
    } = outcome;
    let status = outcome.status.map(|status| status.as_u16());
    match end {
        End::Failed(failure) if answer.hides_failures => {
            let error = Chain(failure);
            tracing::error!(
                target: TARGET, view, status, bytes, ?elapsed, %error,
                "download failed, but looks complete to the client, because an HTTP/1.0 body of unknown length just ends"
            );
        }
        End::Failed(failure) if !answer.is_logged => {
            let error = Chain(failure);
            tracing::error!(target: TARGET, view, status, bytes, ?elapsed, %error, "download failed");
        }
        end => {
            tracing::debug!(target: TARGET, view, status, bytes, ?elapsed, ?end, "download ended");
        }
    }
}

impl Drop for Report {
    fn drop(&mut self) {
        let is_panic = !self.ended && std::thread::panicking();
        self.end(if is_panic {
            End::Failed(Failure::new(VIEW_PANICKED.into()))
        } else {
            End::ClientLeft
        });
    }
}
