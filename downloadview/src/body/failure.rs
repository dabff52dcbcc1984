//! Why a download was aborted.

use std::{error::Error, fmt};

use crate::error::Failure;
pub(crate) use crate::error::Panicked;

/// The content did not have the size that was promised (RFC 9110 §8.6).
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum WrongLength {
    /// It ended too early.
    Short { size: u64, got: u64 },
    /// It went on after its end.
    Long { size: u64 },
}

impl fmt::Display for WrongLength {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Short { size, got } => {
                write!(f, "content ended after {got} of {size} expected bytes")
            }
            Self::Long { size } => write!(f, "content is longer than the {size} expected bytes"),
        }
    }
}

impl Error for WrongLength {}

/// The source produced no data within its `stall_timeout`.
#[derive(Debug)]
pub(crate) struct Stalled;

impl fmt::Display for Stalled {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("source produced no data within its stall timeout")
    }
}

impl Error for Stalled {}

/// The error that the connection is given. It stays on the server: the client sees a body that ends too early.
#[derive(Debug)]
pub(crate) struct Aborted(pub(super) Option<Failure>);

impl fmt::Display for Aborted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("download failed")
    }
}

impl Error for Aborted {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.0.as_ref().map(|failure| failure as _)
    }
}
