//! Why a download broke off.

use std::{error::Error, fmt};

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
                write!(
                    f,
                    "the content ended after {got} of the {size} bytes of its size"
                )
            }
            Self::Long { size } => write!(f, "the content is longer than its size of {size} bytes"),
        }
    }
}

impl Error for WrongLength {}

/// The source gave nothing for as long as its `stall_timeout`.
#[derive(Debug)]
pub(crate) struct Stalled;

impl fmt::Display for Stalled {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the source gave nothing for the whole of its stall timeout")
    }
}

impl Error for Stalled {}

/// What the connection is told; the reason is in the log.
#[derive(Debug)]
pub(crate) struct Aborted;

impl fmt::Display for Aborted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the download failed")
    }
}

impl Error for Aborted {}
