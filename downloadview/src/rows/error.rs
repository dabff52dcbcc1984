//! `RowError`: the error of a row.

use std::{borrow::Cow, error, fmt};

use serde::ser;

/// The error of a row that cannot be written.
#[derive(Debug)]
pub(super) struct RowError(Box<Reason>);

#[derive(Debug)]
struct Reason {
    /// The number of the row, from 1.
    row: u64,
    /// The keys that lead to the cell, joined by dots, or nothing if the cell is unknown.
    column: String,
    text: Cow<'static, str>,
}

impl RowError {
    #[cold]
    pub(super) fn new(text: impl Into<Cow<'static, str>>) -> Self {
        Self(Box::new(Reason {
            row: 0,
            column: String::new(),
            text: text.into(),
        }))
    }

    #[cold]
    pub(super) fn in_column(mut self, column: &str) -> Self {
        column.clone_into(&mut self.0.column);
        self
    }

    #[cold]
    pub(super) fn in_row(mut self, row: u64) -> Self {
        self.0.row = row;
        self
    }
}

impl fmt::Display for RowError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Reason { row, column, text } = &*self.0;
        if column.is_empty() {
            write!(f, "row {row}: {text}")
        } else {
            write!(f, "row {row}, column `{column}`: {text}")
        }
    }
}

impl error::Error for RowError {}

impl ser::Error for RowError {
    fn custom<T: fmt::Display>(message: T) -> Self {
        Self::new(message.to_string())
    }
}
