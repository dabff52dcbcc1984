//! The end of a download, and the callbacks that are called with it.

use std::{
    fmt,
    ops::Range,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{Arc, Mutex, PoisonError},
    thread,
    time::{Duration, Instant},
};

use axum::{http::StatusCode, response::Response};

use crate::error::{Failure, Fault};

/// The failure of a view that panicked before it had an answer.
pub(crate) const VIEW_PANICKED: &str = "the view panicked";

/// The target of all events and spans.
pub(crate) const TARGET: &str = "downloadview";

/// Describes a download that has ended: what was answered, how much of it was sent, how long it took.
///
/// ```
/// use downloadview::{Download, DownloadRequest, End};
///
/// # #[tokio::main(flavor = "current_thread")] async fn main() {
/// let (sender, receiver) = std::sync::mpsc::channel();
/// let rows = futures::stream::iter([Err::<String, _>("no such table")]);
/// let download = Download::from_stream(rows).on_finish(move |outcome| match outcome.end {
///     End::Completed => println!("{} bytes in {:?}", outcome.bytes, outcome.elapsed),
///     End::Failed(error) => sender.send(format!("failed after {} bytes: {error}", outcome.bytes)).unwrap(),
///     _ => {}
/// });
/// assert_eq!(download.respond(&DownloadRequest::default()).await.status(), 500);
/// assert_eq!(receiver.try_recv().unwrap(), "failed after 0 bytes: no such table");
/// # }
/// ```
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Outcome {
    /// Why it ended.
    pub end: End,
    /// The name of the view. It is empty if `on_finish` was set and no view has answered.
    pub view: &'static str,
    /// The status of the response, or `None` if there was no response because the client left or the view panicked.
    pub status: Option<StatusCode>,
    /// The byte ranges that were requested and answered with 206, in the order in which they are sent. It is empty for the whole file.
    pub ranges: Vec<Range<u64>>,
    /// The size of the whole file, if it is known.
    pub size: Option<u64>,
    /// The number of bytes of the body that were passed to the connection. They may never reach the client: when a connection is cut,
    /// bytes in the buffers of the server and the system are lost, but they are counted. The framing of several ranges counts as well.
    pub bytes: u64,
    /// The time from the request to the end. If no view has answered, it starts when `on_finish` was set.
    pub elapsed: Duration,
}

impl Outcome {
    /// Returns the outcome of a request that no view has answered.
    fn unanswered(end: End, view: &'static str, elapsed: Duration) -> Self {
        Self {
            end,
            view,
            status: None,
            ranges: Vec::new(),
            size: None,
            bytes: 0,
            elapsed,
        }
    }
}

/// Why a download ended.
///
/// ```
/// use downloadview::{Download, DownloadRequest, End};
///
/// # #[tokio::main(flavor = "current_thread")] async fn main() {
/// let (sender, receiver) = std::sync::mpsc::channel();
/// let download = Download::new("some content").on_finish(move |outcome| {
///     if let End::ClientLeft = outcome.end {
///         sender.send(format!("gone after {} bytes", outcome.bytes)).unwrap();
///     }
/// });
/// let response = download.respond(&DownloadRequest::default()).await;
/// drop(response); // as a server does it when the connection is gone
/// assert_eq!(receiver.try_recv().unwrap(), "gone after 0 bytes");
/// # }
/// ```
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum End {
    /// All requested bytes were passed to the connection.
    Completed,
    /// The answer needed no body (304, 412, 416, `HEAD`), or `on_finish` was set and there was no answer.
    NotSent,
    /// The view answered with something other than the file: a 404, a 409, a redirect, an error of an upstream. See the status.
    Refused,
    /// The client left before the end.
    ClientLeft,
    /// The client took no data for the whole `send_timeout`.
    ClientStalled,
    /// The source failed or did not have the promised size, and the client saw an aborted download. Or the view or an option failed or
    /// panicked, and the client saw no download.
    Failed(Failure),
}

type Callback = Box<dyn FnOnce(Outcome) + Send>;

/// The callback of the user. It is called exactly once, at the latest when the last clone is dropped.
#[derive(Clone)]
pub(crate) struct OnFinish(Arc<Once>);

struct Once {
    callback: Mutex<Option<Callback>>,
    /// The start of the elapsed time, if no view answers.
    since: Instant,
}

impl OnFinish {
    pub(crate) fn new(callback: impl FnOnce(Outcome) + Send + 'static) -> Self {
        Self(Arc::new(Once {
            callback: Mutex::new(Some(Box::new(callback))),
            since: Instant::now(),
        }))
    }

    pub(crate) fn call(&self, outcome: Outcome) {
        self.0.call(outcome);
    }

    /// Reports the response of an option that failed or answered instead of the view.
    pub(crate) fn stop(&self, view: &'static str, response: &Response) {
        let failure = response.extensions().get::<Failure>().cloned();
        let end = failure.map_or(End::Refused, End::Failed);
        self.call(Outcome {
            status: Some(response.status()),
            ..Outcome::unanswered(end, view, self.0.since.elapsed())
        });
    }
}

impl Once {
    fn end(&self, end: End) {
        self.call(Outcome::unanswered(end, "", self.since.elapsed()));
    }

    fn call(&self, outcome: Outcome) {
        let callback = self
            .callback
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
        let Some(callback) = callback else { return };
        // It may run while a panic unwinds. Another panic would then abort the process.
        if let Err(panic) = catch_unwind(AssertUnwindSafe(|| callback(outcome))) {
            let error = Fault::panicked(panic);
            tracing::error!(target: TARGET, %error, "`on_finish` failed");
        }
    }
}

impl Drop for Once {
    fn drop(&mut self) {
        self.end(if thread::panicking() {
            End::Failed(Failure::new(VIEW_PANICKED.into()))
        } else {
            End::NotSent
        });
    }
}

impl fmt::Debug for OnFinish {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("OnFinish")
    }
}
