//! The unit in which a source passes on its bytes.

use bytes::Bytes;

use super::buffer::Chunks;

/// The next bytes of a source. Only the last chunk may be empty.
#[derive(Debug)]
pub(crate) struct Chunk {
    pub(crate) bytes: Bytes,
    pub(crate) is_last: bool,
}

impl Chunk {
    pub(crate) const END: Self = Self {
        bytes: Bytes::new(),
        is_last: true,
    };

    /// Takes the next piece of `chunks`, or all at once if they are the last and short.
    pub(super) fn take(chunks: &mut Chunks, is_at_end: bool) -> Option<Self> {
        let bytes = if is_at_end {
            chunks.take_last()
        } else {
            chunks.take()
        };
        Some(Self {
            bytes: bytes?,
            is_last: is_at_end && chunks.is_empty(),
        })
    }
}

/// The error of a source that is asked for its size and cannot seek.
pub(crate) const CANNOT_SEEK: &str = "the source cannot seek";
