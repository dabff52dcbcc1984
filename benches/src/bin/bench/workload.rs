//! The eight workloads.

use std::{fmt, str::FromStr};

/// What is asked of a peer. README.md says what each one is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Workload {
    W1,
    W2,
    W3,
    W4,
    W5,
    W6,
    W7,
    W8,
}

use Workload::{W1, W2, W3, W4, W5, W6, W7, W8};

/// The range that is asked for where each request must be the same.
pub(crate) const RANGE: (u64, u64) = (1000, 66535);

impl Workload {
    pub(crate) const ALL: [Self; 8] = [W1, W2, W3, W4, W5, W6, W7, W8];

    /// What is downloaded, short enough for the head of a column.
    pub(crate) fn title(self) -> &'static str {
        match self {
            W1 => "13 bytes",
            W2 => "64 MiB of memory",
            W3 => "1 GiB",
            W4 => "a million rows",
            W5 => "64 KiB ranges",
            W6 => "304",
            W7 => "100 slow readers",
            W8 => "first row",
        }
    }
}

impl fmt::Display for Workload {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self, f)
    }
}

impl FromStr for Workload {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, String> {
        let mut all = Self::ALL.into_iter();
        all.find(|workload| workload.to_string() == name)
            .ok_or_else(|| format!("`{name}` is no workload: W1 to W8 are"))
    }
}
