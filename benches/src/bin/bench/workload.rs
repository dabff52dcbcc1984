//! The workloads.

use std::{fmt, str::FromStr};

/// A workload. README.md describes each of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Workload {
    W1,
    W2,
    W3,
    /// W3 with the file not in the page cache.
    W3Cold,
    W4,
    W5,
    W6,
    W7,
    W8,
}

use Workload::{W1, W2, W3, W3Cold, W4, W5, W6, W7, W8};

/// The range of W5 when each request must be the same.
pub(crate) const RANGE: (u64, u64) = (1000, 66535);

impl Workload {
    pub(crate) const ALL: [Self; 9] = [W1, W2, W3, W3Cold, W4, W5, W6, W7, W8];

    /// Returns a short description for the heading of a column.
    pub(crate) fn title(self) -> &'static str {
        match self {
            W1 => "13 bytes",
            W2 => "64 MiB of memory",
            W3 => "1 GiB",
            W3Cold => "1 GiB from disk",
            W4 => "a million rows",
            W5 => "64 KiB ranges",
            W6 => "304",
            W7 => "100 slow readers",
            W8 => "first row",
        }
    }

    /// Returns the workload that downloads the same bytes from the same path.
    pub(crate) fn content(self) -> Self {
        match self {
            W3Cold => W3,
            other => other,
        }
    }
}

impl fmt::Display for Workload {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            W3Cold => f.write_str("W3-cold"),
            other => fmt::Debug::fmt(other, f),
        }
    }
}

impl FromStr for Workload {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, String> {
        let mut all = Self::ALL.into_iter();
        all.find(|workload| workload.to_string() == name)
            .ok_or_else(|| {
                format!("`{name}` is not a workload: expected one of W1 to W8 or W3-cold")
            })
    }
}
