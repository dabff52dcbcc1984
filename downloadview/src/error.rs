//! Why a download failed: errors of sources, values that cannot be sent, panics.

use std::{
    any::Any,
    borrow::Cow,
    error, fmt, mem,
    ops::Deref,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::Arc,
};

use axum::BoxError;

/// Why a download failed.
///
/// It is in the extensions of the 500 that a failed download is answered with, for error pages, logs and tests. The client does
/// not see it. Clones share one error, which the failure dereferences to.
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

/// An error and its causes, in one line.
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

/// A value that cannot be sent: logged and answered with 500, never a panic.
#[derive(Clone, Debug)]
pub(crate) struct Error {
    option: &'static str,
    value: Cow<'static, str>,
    reason: &'static str,
}

impl Error {
    /// `option` is the setter's name, `reason` what its value should have been.
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

/// A failure that the library finds by itself. Errors of the source are passed on as they are.
#[derive(Debug)]
pub(crate) enum Fault {
    /// The content ended before the size that was promised (RFC 9110 §8.6).
    Short { size: u64, got: u64 },
    /// The content goes on after the size that was promised.
    Long { size: u64 },
    /// The user's code panicked.
    Panicked(String),
    /// The source produced nothing for as long as its `stall_timeout`.
    Stalled,
    /// The runtime dropped the job of a source.
    ShutDown,
}

impl Fault {
    /// Reads the message of a panic, and drops its payload, which may panic once more.
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

/// The error that the connection is given. It stays on the server: the client sees a body that ends too early.
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
