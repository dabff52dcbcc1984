//! The body of an answer. It reads its source when the connection asks for data, and its length is exact. A failure is visible to the
//! client.
//!
//! docs/body.md explains it on one page.

pub(crate) mod blocking;
pub(crate) mod buffer;
mod chunk;
mod selection;
pub(crate) mod source;
mod transfer;
mod watchdog;

use std::{
    convert::Infallible,
    pin::Pin,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    task::{Context, Poll, ready},
    time::Duration,
};

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use tokio::time::Instant;

use crate::{error::Aborted, report::Report};
use watchdog::Watchdog;

pub(crate) use selection::Selection;
pub(crate) use source::Source;
pub(crate) use transfer::{Transfer, size};

/// The `http_body::Body` of a download.
pub(crate) struct DownloadBody {
    download: Arc<Mutex<Download>>,
    _watchdog: Option<Watchdog>,
}

/// A transfer that the body shares with its watchdog.
struct Download {
    transfer: Transfer,
    report: Report,
    /// The time since which the connection has not asked for anything, or `None` while it waits for the source.
    idle_since: Option<Instant>,
}

impl DownloadBody {
    pub(crate) fn new(transfer: Transfer, report: Report, send_timeout: Duration) -> Self {
        let has_source = transfer.has_source();
        let download = Arc::new(Mutex::new(Download {
            transfer,
            report,
            idle_since: Some(Instant::now()),
        }));
        Self {
            _watchdog: has_source
                .then(|| Watchdog::start(&download, send_timeout))
                .flatten(),
            download,
        }
    }

    fn lock(&self) -> MutexGuard<'_, Download> {
        self.download.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Body for DownloadBody {
    type Data = Bytes;
    type Error = Aborted;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Aborted>>> {
        self.lock().poll_frame(cx)
    }

    fn is_end_stream(&self) -> bool {
        self.lock().transfer.is_over()
    }

    fn size_hint(&self) -> SizeHint {
        let remaining = self.lock().transfer.remaining();
        remaining.map_or_else(SizeHint::default, SizeHint::with_exact)
    }
}

impl Download {
    /// Ends a download whose client takes nothing. If the connection asks again, its body fails.
    ///
    /// Returns the source and the report. Both run code of the user when they are dropped, so the caller unlocks the download first.
    fn give_up(&mut self) -> (Option<Selection>, Report) {
        (self.transfer.give_up(), self.report.take())
    }

    fn poll_frame(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Aborted>>> {
        let Self {
            transfer,
            report,
            idle_since,
        } = self;
        *idle_since = None;
        let slice = ready!(report.span().in_scope(|| transfer.poll_slice(cx)));
        *idle_since = Some(Instant::now());
        Poll::Ready(match slice {
            Some(Ok(slice)) => {
                report.add(slice.len());
                if transfer.is_over() {
                    report.completed();
                }
                Some(Ok(Frame::data(slice)))
            }
            Some(Err(error)) => Some(Err(Aborted(Some(report.failed(error))))),
            None => {
                report.completed();
                None
            }
        })
    }
}

/// A body without content and without a length. For a body of length 0, frameworks would send `Content-Length: 0`.
pub(crate) struct NoBody;

impl Body for NoBody {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        Poll::Ready(None)
    }

    fn is_end_stream(&self) -> bool {
        true
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::default()
    }
}
