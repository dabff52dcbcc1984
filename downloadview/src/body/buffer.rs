//! The memory of a body: pooled buffers that begin at a page, and the chunks in them.

use std::{
    collections::VecDeque,
    mem,
    sync::{Mutex, MutexGuard, PoisonError},
};

use bytes::Bytes;

/// The size of a buffer, and the number of bytes that a source gathers before they are sent.
pub(crate) const CHUNK: usize = 64 << 10;

/// The number of bytes that a job on the blocking pool produces.
const JOB: usize = 2 * CHUNK;

/// The maximum number of bytes that the connection receives at a time. An item of at least this size is passed on without a copy.
///
/// hyper queues up to 16 pieces before it waits for the client, so this limits the memory of a slow client.
pub(crate) const SLICE: usize = 12 << 10;

/// The number of idle buffers that the pool keeps.
const IDLE: usize = 16;

/// A chunk with less room than this counts as full, because the next item would most likely need another buffer.
const SCRAP: usize = CHUNK / 32;

const PAGE: usize = 4096;

/// Memory for the next buffers.
static POOL: Mutex<Vec<Box<[u8]>>> = Mutex::new(Vec::new());

fn pool() -> MutexGuard<'static, Vec<Box<[u8]>>> {
    POOL.lock().unwrap_or_else(PoisonError::into_inner)
}

/// [`CHUNK`] bytes of pooled memory that begin at a page. They return to the pool when the last user is done.
///
/// The allocator places large blocks 16 bytes past a page. Some processors copy from the page cache to such an address
/// five times slower than to the start of a page (docs/performance.md).
#[derive(Debug)]
pub(crate) struct Buffer {
    memory: Box<[u8]>,
    /// The position in `memory` where a page begins.
    start: usize,
    filled: usize,
}

impl Buffer {
    /// Takes an empty buffer from the pool.
    pub(crate) fn new() -> Self {
        let idle = pool().pop();
        let memory = idle.unwrap_or_else(|| vec![0; CHUNK + PAGE].into_boxed_slice());
        Self {
            start: memory.as_ptr().align_offset(PAGE),
            memory,
            filled: 0,
        }
    }

    /// Returns the part that is still free.
    pub(crate) fn room(&mut self) -> &mut [u8] {
        &mut self.memory[self.start + self.filled..self.start + CHUNK]
    }

    /// Counts the first `n` bytes of [`room`](Self::room) as filled.
    ///
    /// # Panics
    ///
    /// Panics if there is less room, as after a reader that returns more than was requested.
    pub(crate) fn advance(&mut self, n: usize) {
        assert!(
            n <= CHUNK - self.filled,
            "more bytes read than there was room for"
        );
        self.filled += n;
    }

    /// Adds a copy of `bytes` and returns true if they leave some room. Otherwise, returns false.
    #[inline]
    pub(crate) fn try_extend(&mut self, bytes: &[u8]) -> bool {
        let room = self.room();
        if bytes.len() >= room.len() {
            return false;
        }
        room[..bytes.len()].copy_from_slice(bytes);
        self.filled += bytes.len();
        true
    }

    pub(crate) fn filled(&self) -> &[u8] {
        &self.memory[self.start..self.start + self.filled]
    }

    /// Copies the bytes to memory of the right size if less than half of the buffer is used. Bytes that wait for a slow client then hold
    /// little more memory than they need.
    pub(crate) fn into_bytes(self) -> Bytes {
        if self.filled < CHUNK / 2 {
            Bytes::copy_from_slice(self.filled())
        } else {
            Bytes::from_owner(self)
        }
    }
}

impl AsRef<[u8]> for Buffer {
    fn as_ref(&self) -> &[u8] {
        self.filled()
    }
}

impl Drop for Buffer {
    fn drop(&mut self) {
        let mut pool = pool();
        if pool.len() < IDLE {
            pool.push(mem::take(&mut self.memory));
        }
    }
}

/// The output of a source that the connection has not taken yet, in order.
///
/// Small items are gathered in a buffer; large ones are kept as they are.
#[derive(Debug, Default)]
pub(crate) struct Chunks {
    whole: VecDeque<Bytes>,
    gathered: Option<Buffer>,
    /// Buffers for the next pieces.
    spare: Vec<Buffer>,
    len: usize,
}

impl Chunks {
    /// Adds a copy of `bytes`.
    #[inline]
    pub(crate) fn extend(&mut self, bytes: &[u8]) {
        let gathered = self.gathered.as_mut();
        if gathered.is_some_and(|buffer| buffer.try_extend(bytes)) {
            self.len += bytes.len();
        } else {
            self.extend_across(bytes);
        }
    }

    fn extend_across(&mut self, mut bytes: &[u8]) {
        while !bytes.is_empty() {
            let spare = || self.spare.pop().unwrap_or_else(Buffer::new);
            let buffer = self.gathered.get_or_insert_with(spare);
            let room = buffer.room();
            let n = bytes.len().min(room.len());
            room[..n].copy_from_slice(&bytes[..n]);
            buffer.advance(n);
            self.len += n;
            bytes = &bytes[n..];
            if buffer.room().is_empty() {
                self.seal();
            }
        }
    }

    /// Adds an item. A small one is copied and returned, a large one is kept.
    #[inline]
    pub(crate) fn push<T: AsRef<[u8]> + Into<Bytes>>(&mut self, item: T) -> Option<T> {
        if item.as_ref().len() < SLICE {
            self.extend(item.as_ref());
            Some(item)
        } else {
            self.push_whole(item.into());
            None
        }
    }

    /// Adds the bytes that were read into `buffer`.
    pub(crate) fn push_buffer(&mut self, buffer: Buffer) {
        if buffer.filled < SLICE {
            self.extend(buffer.filled());
        } else {
            self.push_whole(buffer.into_bytes());
        }
    }

    fn push_whole(&mut self, bytes: Bytes) {
        self.seal();
        self.len += bytes.len();
        self.whole.push_back(bytes);
    }

    /// Completes the piece that is being gathered.
    fn seal(&mut self) {
        let gathered = self.gathered.take();
        self.whole.extend(gathered.map(Buffer::into_bytes));
    }

    /// Takes the buffers that a job needs from the pool.
    ///
    /// The consumer does this before it starts the job. The blocking pool may have hundreds of threads, and memory allocated by all of
    /// them would be spread over as many arenas.
    pub(super) fn provide_buffers(&mut self) {
        while self.spare.len() < JOB / CHUNK {
            self.spare.push(Buffer::new());
        }
    }

    /// Returns to the pool the buffers that a job did not need.
    pub(super) fn return_buffers(&mut self) {
        self.spare.clear();
    }

    /// Returns true once there is enough for a chunk.
    pub(crate) fn is_full(&self) -> bool {
        self.len > CHUNK - SCRAP
    }

    /// Returns true once there is enough for a job.
    pub(super) fn is_job_done(&self) -> bool {
        self.len > JOB - SCRAP
    }

    pub(crate) fn len(&self) -> usize {
        self.len
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Moves everything to `other`, which must be empty.
    pub(super) fn move_to(&mut self, other: &mut Self) {
        mem::swap(&mut self.whole, &mut other.whole);
        mem::swap(&mut self.gathered, &mut other.gathered);
        mem::swap(&mut self.len, &mut other.len);
    }

    /// Removes the first complete piece, or else the bytes gathered so far.
    pub(crate) fn take(&mut self) -> Option<Bytes> {
        let whole = self.whole.pop_front();
        let piece = whole.or_else(|| self.gathered.take().map(Buffer::into_bytes))?;
        self.len -= piece.len();
        Some(piece)
    }

    /// Removes everything as one piece if it is no more than a chunk, else the first piece.
    ///
    /// This is for the end of a source. Content that fits one chunk is in memory then.
    pub(crate) fn take_last(&mut self) -> Option<Bytes> {
        let first = self.take()?;
        if self.is_empty() || first.len() + self.len > CHUNK {
            return Some(first);
        }
        let mut all = Vec::from(first);
        while let Some(piece) = self.take() {
            all.extend_from_slice(&piece);
        }
        Some(all.into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn drain(mut chunks: Chunks) -> (Vec<u8>, Vec<usize>) {
        let mut all = Vec::new();
        let mut sizes = Vec::new();
        while let Some(piece) = chunks.take() {
            all.extend_from_slice(&piece);
            sizes.push(piece.len());
        }
        assert!(chunks.is_empty());
        (all, sizes)
    }

    #[test]
    fn buffers_begin_at_a_page() {
        for mut buffer in [Buffer::new(), Buffer::new(), Buffer::new()] {
            assert_eq!(buffer.room().as_ptr().align_offset(PAGE), 0);
            assert_eq!(buffer.room().len(), CHUNK);
        }
    }

    #[test]
    fn small_items_are_gathered() {
        let mut chunks = Chunks::default();
        chunks.push("Hello ");
        chunks.push("world!");
        chunks.push("");
        assert_eq!(drain(chunks), (b"Hello world!".to_vec(), vec![12]));
    }

    #[test]
    fn large_item_is_passed_on_without_a_copy_and_in_order() {
        let large = Bytes::from(vec![7; SLICE]);
        let mut chunks = Chunks::default();
        chunks.push("head");
        chunks.push(large.clone());
        chunks.push("tail");
        assert_eq!(chunks.take().unwrap(), "head");
        assert_eq!(chunks.take().unwrap().as_ptr(), large.as_ptr());
        assert_eq!(chunks.take().unwrap(), "tail");
        assert!(chunks.is_empty());
    }

    #[test]
    fn item_that_does_not_fit_is_split() {
        let mut chunks = Chunks::default();
        let mut expected = Vec::new();
        for i in 0..10u8 {
            chunks.extend(&[i; 10_000]);
            expected.extend_from_slice(&[i; 10_000]);
        }
        assert_eq!(drain(chunks), (expected, vec![CHUNK, 100_000 - CHUNK]));
    }

    #[test]
    fn short_pieces_at_the_end_are_joined() {
        let mut chunks = Chunks::default();
        chunks.push(vec![1; SLICE]);
        chunks.push(vec![2; SLICE]);
        chunks.push("3");
        assert_eq!(chunks.take_last().unwrap().len(), 2 * SLICE + 1);
        assert!(chunks.is_empty());
        chunks.push(vec![1; CHUNK]);
        chunks.push("2");
        assert_eq!(chunks.take_last().unwrap().len(), CHUNK);
    }

    #[test]
    fn chunk_is_full_when_little_room_is_left() {
        let mut chunks = Chunks::default();
        chunks.extend(&vec![1; CHUNK - SCRAP]);
        assert!(!chunks.is_full());
        chunks.extend(&[1]);
        assert!(chunks.is_full());
    }
}
