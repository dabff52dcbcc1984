//! Why a download failed: errors of sources, values that cannot be sent, panics.

use std::{any::Any, borrow::Cow, error, fmt, ops::Deref, sync::Arc};

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

/// A panic of the user's code.
#[derive(Debug)]
pub(crate) struct Panicked(String);

impl Panicked {
    pub(crate) fn new(payload: &(dyn Any + Send)) -> Self {
        let text = payload.downcast_ref::<&str>().copied();
        let text = text.or_else(|| payload.downcast_ref::<String>().map(String::as_str));
        Self(text.unwrap_or("no message").to_owned())
    }
}

impl fmt::Display for Panicked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "panicked: {}", self.0)
    }
}

impl error::Error for Panicked {}
