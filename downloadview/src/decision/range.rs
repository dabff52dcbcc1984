//! Range requests (RFC 9110 §14).

/// Bytes `start..end` of a representation; never empty.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct ByteRange {
    pub(crate) start: u64,
    /// One past the last byte.
    pub(crate) end: u64,
}
