//! How a download ended, and who is told.

use std::{
    error::Error,
    fmt,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{Arc, Mutex, PoisonError},
    thread,
    time::{Duration, Instant},
};

use axum::BoxError;

use crate::error::Panicked;

/// The target of all events and spans.
pub(crate) const TARGET: &str = "downloadview";

/// How a download ended, how much of it was sent, and how long it took.
///
/// ```
/// use downloadview::{Download, DownloadRequest, End};
///
/// # #[tokio::main(flavor = "current_thread")] async fn main() {
/// let (tell, told) = std::sync::mpsc::channel();
/// let rows = futures::stream::iter([Err::<String, _>("no such table")]);
/// let download = Download::from_stream(rows).on_finish(move |outcome| match outcome.end {
///     End::Completed => println!("{} bytes in {:?}", outcome.bytes, outcome.elapsed),
///     End::Failed(error) => tell.send(format!("failed after {} bytes: {error}", outcome.bytes)).unwrap(),
///     _ => {}
/// });
/// assert_eq!(download.respond(&DownloadRequest::default()).await.status(), 500);
/// assert_eq!(told.try_recv().unwrap(), "failed after 0 bytes: no such table");
/// # }
/// ```
#[derive(Debug)]
#[non_exhaustive]
pub struct Outcome {
    /// Why it ended.
    pub end: End,
    /// Bytes of the body that were handed to the connection.
    pub bytes: u64,
    /// Time from the request to the end; where no answer was made of the content, from when `on_finish` was set.
    pub elapsed: Duration,
}

/// Why a download ended.
///
/// ```
/// use downloadview::{Download, DownloadRequest, End};
///
/// # #[tokio::main(flavor = "current_thread")] async fn main() {
/// let (tell, told) = std::sync::mpsc::channel();
/// let download = Download::new("some content").on_finish(move |outcome| {
///     if let End::ClientLeft = outcome.end {
///         tell.send(format!("gone after {} bytes", outcome.bytes)).unwrap();
///     }
/// });
/// let response = download.respond(&DownloadRequest::default()).await;
/// drop(response); // as a server does it when the connection is gone
/// assert_eq!(told.try_recv().unwrap(), "gone after 0 bytes");
/// # }
/// ```
#[derive(Debug)]
#[non_exhaustive]
pub enum End {
    /// Every byte that was asked for was handed to the connection.
    Completed,
    /// The answer needed no body: 304, 412, 416, `HEAD`; or there was no answer to give.
    NotSent,
    /// The client went away before the end.
    ClientLeft,
    /// The client took nothing for as long as the `send_timeout`.
    ClientStalled,
    /// The source failed, or did not keep its promise of a size: the client saw a broken download. Or the view itself failed, or
    /// panicked: the client saw no download.
    Failed(BoxError),
}

impl End {
    /// The same end for each of `n` listeners.
    pub(crate) fn repeat(self, n: usize) -> Vec<Self> {
        match self {
            Self::Failed(error) if n > 1 => {
                let shared: Arc<dyn Error + Send + Sync> = error.into();
                (0..n)
                    .map(|_| Self::Failed(Box::new(Shared(Arc::clone(&shared)))))
                    .collect()
            }
            Self::Failed(error) => vec![Self::Failed(error)],
            Self::Completed => (0..n).map(|_| Self::Completed).collect(),
            Self::NotSent => (0..n).map(|_| Self::NotSent).collect(),
            Self::ClientLeft => (0..n).map(|_| Self::ClientLeft).collect(),
            Self::ClientStalled => (0..n).map(|_| Self::ClientStalled).collect(),
        }
    }
}

/// An error that several are told of.
#[derive(Debug)]
struct Shared(Arc<dyn Error + Send + Sync>);

impl fmt::Display for Shared {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl Error for Shared {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.0.source()
    }
}

type Callback = Box<dyn FnOnce(Outcome) + Send>;

/// The user's callback: called exactly once, at the latest when the last clone is dropped.
#[derive(Clone)]
pub(crate) struct OnFinish(Arc<Once>);

struct Once {
    callback: Mutex<Option<Callback>>,
    /// For the end of what never became a download.
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
}

impl Once {
    fn end(&self, end: End) {
        self.call(Outcome {
            end,
            bytes: 0,
            elapsed: self.since.elapsed(),
        });
    }

    fn call(&self, outcome: Outcome) {
        let callback = self
            .callback
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
        let Some(callback) = callback else { return };
        // It may run while a panic unwinds, where another one would end the process.
        if let Err(panic) = catch_unwind(AssertUnwindSafe(|| callback(outcome))) {
            let error = Panicked::new(&*panic);
            tracing::error!(target: TARGET, %error, "`on_finish` failed");
        }
    }
}

impl Drop for Once {
    fn drop(&mut self) {
        self.end(if thread::panicking() {
            End::Failed("the view panicked".into())
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
