//! Iterators of chunks.

use axum::BoxError;

use super::chunk::sealed::Sealed as Chunk;
use crate::body::blocking::{BlockingSource, Output};

/// An iterator of items, which may be infinite.
pub(super) struct Items<I>(pub(super) I);

impl<I: Iterator<Item: Chunk> + Send + 'static> BlockingSource for Items<I> {
    fn fill(&mut self, output: &mut Output<'_>) -> Result<bool, BoxError> {
        while !output.is_done() {
            let Some(item) = self.0.next() else {
                return Ok(false);
            };
            let piece = item.into_piece()?;
            // A copied item is dropped after the chunks are unlocked, because its destructor may block.
            drop(output.put(|chunks| chunks.push(piece)));
        }
        Ok(true)
    }
}
