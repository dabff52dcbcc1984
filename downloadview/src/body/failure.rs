//! `Failure`: the reasons that the library itself has to abort a download.

use std::{
    any::Any,
    error::Error,
    fmt, mem,
    panic::{AssertUnwindSafe, catch_unwind},
};

/// A failure that the library finds by itself. Errors of the source are passed on as they are.
#[derive(Debug)]
pub(crate) enum Failure {
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
    /// The only failure that the connection sees. The reason is in the log.
    Aborted,
}

impl Failure {
    /// Reads the message of a panic, and drops its payload, which may panic once more.
    pub(crate) fn panicked(payload: Box<dyn Any + Send>) -> Self {
        let text = payload.downcast_ref::<&str>().copied();
        let text = text.or_else(|| payload.downcast_ref::<String>().map(String::as_str));
        let failure = Self::Panicked(text.unwrap_or("no message").to_owned());
        if let Err(again) = catch_unwind(AssertUnwindSafe(|| drop(payload))) {
            mem::forget(again);
        }
        failure
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Short { size, got } => {
                write!(f, "content ended after {got} of {size} expected bytes")
            }
            Self::Long { size } => write!(f, "content is longer than the expected {size} bytes"),
            Self::Panicked(text) => write!(f, "panicked: {text}"),
            Self::Stalled => f.write_str("the source produced no data within its stall timeout"),
            Self::ShutDown => f.write_str("the runtime is shutting down"),
            Self::Aborted => f.write_str("the download failed"),
        }
    }
}

impl Error for Failure {}
