//! `Key`: where a value is in its row.

use std::borrow::Cow;

/// The key of a value in the struct, tuple or map that holds it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Key {
    /// The value is the row.
    Row,
    /// A field of a struct.
    Field(&'static str),
    /// An element of a tuple.
    Element(usize),
    /// A key of a map, which is the end of [`Table::path`](super::table::Table).
    OfMap,
}

impl Key {
    /// Returns the length of [`text`](Self::text).
    pub(super) fn len(self) -> usize {
        match self {
            Self::Field(name) => name.len(),
            Self::Element(index) => index.checked_ilog10().unwrap_or(0) as usize + 1,
            Self::Row | Self::OfMap => 0,
        }
    }

    pub(super) fn text(self) -> Cow<'static, str> {
        match self {
            Self::Field(name) => name.into(),
            Self::Element(index) => index.to_string().into(),
            Self::Row | Self::OfMap => "".into(),
        }
    }
}
