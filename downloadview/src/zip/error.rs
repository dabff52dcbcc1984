//! Why an archive failed, and at which entry.

use std::{error, fmt, io};

use axum::BoxError;

use crate::content::Refused;

/// Error of an entry. It shows its cause, too, for it has nothing else to say than the path.
#[derive(Debug)]
pub(crate) struct EntryError {
    path: Box<str>,
    cause: BoxError,
}

impl EntryError {
    pub(super) fn boxed(path: &str, cause: impl Into<BoxError>) -> BoxError {
        Box::new(Self {
            path: path.into(),
            cause: cause.into(),
        })
    }

    /// Returns true if the content of the entry does not exist.
    pub(crate) fn is_missing(&self) -> bool {
        let io = self.cause.downcast_ref::<io::Error>();
        let response = self.cause.downcast_ref::<Refused>();
        io.is_some_and(|error| error.kind() == io::ErrorKind::NotFound)
            || response.is_some_and(Refused::is_missing)
    }
}

impl fmt::Display for EntryError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "archive entry {:?}: {}", self.path, self.cause)
    }
}

impl error::Error for EntryError {
    fn source(&self) -> Option<&(dyn error::Error + 'static)> {
        self.cause.source()
    }
}

/// A failure that is found while an entry is planned or read.
#[derive(Debug)]
pub(super) enum EntryFault {
    /// The path is a device, a pipe or a socket.
    NotAFile,
    /// The file has another length or time than before.
    Changed,
    /// The content has another CRC than was declared.
    WrongChecksum { declared: u32, found: u32 },
    /// The content was produced already, and cannot be once more.
    Used,
    /// The archive would be longer than any number.
    TooLong,
}

impl fmt::Display for EntryFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotAFile => f.write_str("not a regular file"),
            Self::Changed => f.write_str("the file changed after the archive was planned"),
            Self::WrongChecksum { declared, found } => write!(
                f,
                "the crc32 of the content is {found:#010x}, not {declared:#010x} as declared"
            ),
            Self::Used => f.write_str("the content can be produced only once"),
            Self::TooLong => f.write_str("the archive would be longer than 2^64 bytes"),
        }
    }
}

impl error::Error for EntryFault {}
