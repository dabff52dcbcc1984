//! Errors of the user's code: a value that cannot be sent, a panic.

use std::{any::Any, borrow::Cow, error, fmt};

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

/// The user's code panicked.
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
        write!(f, "it panicked: {}", self.0)
    }
}

impl error::Error for Panicked {}
