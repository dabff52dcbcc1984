//! What a developer got wrong, kept until there is a request to answer.

use std::{borrow::Cow, error, fmt};

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
