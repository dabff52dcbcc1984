//! Failures of downloads: errors of sources, values that cannot be sent, panics.

use std::{
    any::Any,
    borrow::Cow,
    error, fmt, mem,
    ops::Deref,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::Arc,
};

use axum::BoxError;

/// The reason for the failure of a download.
///
/// If a download fails before its first bytes, the failure is in the extensions of the response with status 500, for error pages, logs
/// and tests. The client does not see it. A failure dereferences to its error, which clones share.
///
/// ```
/// use downloadview::{Download, DownloadRequest, Failure};
///
/// # #[tokio::main(flavor = "current_thread")] async fn main() {
/// let rows = futures::stream::iter([Err::<String, _>(std::io::Error::other("no such table"))]);
/// let response = Download::from_stream(rows).respond(&DownloadRequest::default()).await;
/// let failure = response.extensions().get::<Failure>().unwrap();
/// assert_eq!(failure.to_string(), "no such table");
/// assert!(failure.downcast_ref::<std::io::Error>().is_some());
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct Failure(Arc<dyn error::Error + Send + Sync>);

impl Failure {
    pub(crate) fn new(error: BoxError) -> Self {
        Self(error.into())
    }
}

impl Deref for Failure {
    type Target = dyn error::Error + Send + Sync;

    fn deref(&self) -> &Self::Target {
        &*self.0
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl error::Error for Failure {
    fn source(&self) -> Option<&(dyn error::Error + 'static)> {
        self.0.source()
    }
}

/// Displays an error and its causes in one line.
pub(crate) struct Chain<'a>(pub(crate) &'a (dyn error::Error + 'static));

impl fmt::Display for Chain<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)?;
        let mut cause = self.0.source();
        while let Some(error) = cause {
            write!(f, ": {error}")?;
            cause = error.source();
        }
        Ok(())
    }
}

/// The error of a value that cannot be sent. It is logged and answered with 500, and is never a panic.
#[derive(Clone, Debug)]
pub(crate) struct Error {
    option: &'static str,
    value: Cow<'static, str>,
    reason: &'static str,
}

impl Error {
    /// `option` is the name of the setter, and `reason` completes the message.
    pub(crate) fn new(
        option: &'static str,
        value: impl Into<Cow<'static, str>>,
        reason: &'static str,
    ) -> Self {
        Self {
            option,
            value: value.into(),
            reason,
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "`{}` cannot be {:?}: {}",
            self.option, self.value, self.reason
        )
    }
}

impl error::Error for Error {}

/// A failure that this crate detects. Errors of the source are passed on unchanged.
#[derive(Debug)]
pub(crate) enum Fault {
    /// The content ended before the promised size (RFC 9110 §8.6).
    Short { size: u64, got: u64 },
    /// The content continues after the promised size.
    Long { size: u64 },
    /// The code of the user panicked.
    Panicked(String),
    /// The source produced nothing for the whole `stall_timeout`.
    Stalled,
    /// The runtime dropped the job of a source.
    ShutDown,
}

impl Fault {
    /// Returns the message of a panic. Dropping the payload may panic again.
    pub(crate) fn panicked(payload: Box<dyn Any + Send>) -> Self {
        let text = payload.downcast_ref::<&str>().copied();
        let text = text.or_else(|| payload.downcast_ref::<String>().map(String::as_str));
        let fault = Self::Panicked(text.unwrap_or("no message").to_owned());
        if let Err(again) = catch_unwind(AssertUnwindSafe(|| drop(payload))) {
            mem::forget(again);
        }
        fault
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Short { size, got } => {
                write!(f, "content ended after {got} of {size} expected bytes")
            }
            Self::Long { size } => write!(f, "content is longer than the {size} expected bytes"),
            Self::Panicked(text) => write!(f, "panicked: {text}"),
            Self::Stalled => f.write_str("source produced no data within its stall timeout"),
            Self::ShutDown => f.write_str("the runtime is shutting down"),
        }
    }
}

impl error::Error for Fault {}

/// The error that the connection receives. It stays on the server, and the client sees a body that ends too early.
#[derive(Debug)]
pub(crate) struct Aborted(pub(crate) Option<Failure>);

impl fmt::Display for Aborted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("download failed")
    }
}

impl error::Error for Aborted {
    fn source(&self) -> Option<&(dyn error::Error + 'static)> {
        self.0.as_ref().map(|failure| failure as _)
    }
}
