//! Frames: small items gathered into pooled buffers, large ones passed on as they are.

use std::{
    collections::VecDeque,
    mem,
    sync::{Mutex, MutexGuard, PoisonError},
};

use bytes::Bytes;

/// The size of a buffer, and so the largest frame that is gathered.
pub(crate) const FRAME: usize = 64 << 10;
/// What is read at once for a client that is fast: a frame that hyper sends in one write.
pub(crate) const READ: usize = 512 << 10;
/// From this size on an item is a frame of its own: a copy would cost more than a frame.
pub(crate) const LARGE: usize = 16 << 10;
/// Less room than this is not worth another item, which would likely take another buffer.
pub(crate) const SCRAP: usize = 2 << 10;

/// Idle buffers of one size, kept for the next downloads.
#[derive(Debug)]
struct Pool {
    size: usize,
    most: usize,
    idle: Mutex<Vec<Box<[u8]>>>,
}

/// 1 MiB.
static FRAMES: Pool = Pool::new(FRAME, 16);
/// 2 MiB.
static READS: Pool = Pool::new(READ, 4);

impl Pool {
    const fn new(size: usize, most: usize) -> Self {
        Self {
            size,
            most,
            idle: Mutex::new(Vec::new()),
        }
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Box<[u8]>>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn take(&self) -> Box<[u8]> {
        let idle = self.lock().pop();
        idle.unwrap_or_else(|| vec![0; self.size].into_boxed_slice())
    }

    fn give_back(&self, memory: Box<[u8]>) {
        let mut idle = self.lock();
        if idle.len() < self.most {
            idle.push(memory);
        }
    }
}

/// Initialised memory, [`FRAME`] or [`READ`] bytes, which goes back to its pool when the last user is done.
#[derive(Debug)]
pub(crate) struct Buffer {
    memory: Box<[u8]>,
    /// How many of them are to be used.
    most: usize,
    filled: usize,
    pool: &'static Pool,
}

impl Buffer {
    /// With room for `most` bytes, and [`FRAME`] at most.
    pub(crate) fn new(most: usize) -> Self {
        Self::of(&FRAMES, most)
    }

    /// With room for [`READ`] bytes.
    pub(crate) fn large() -> Self {
        Self::of(&READS, READ)
    }

    fn of(pool: &'static Pool, most: usize) -> Self {
        Self {
            memory: pool.take(),
            most: most.min(pool.size),
            filled: 0,
            pool,
        }
    }

    /// The part that is still free.
    pub(crate) fn room(&mut self) -> &mut [u8] {
        &mut self.memory[self.filled..self.most]
    }

    /// Counts `n` bytes of [`room`](Self::room) as filled.
    pub(crate) fn advance(&mut self, n: usize) {
        assert!(
            n <= self.most - self.filled,
            "more bytes read than there was room for"
        );
        self.filled += n;
    }

    /// Adds a copy of `bytes` if they leave some room.
    #[inline]
    pub(crate) fn try_extend(&mut self, bytes: &[u8]) -> bool {
        let end = self.filled + bytes.len();
        if end >= self.most {
            return false;
        }
        self.memory[self.filled..end].copy_from_slice(bytes);
        self.filled = end;
        true
    }

    pub(crate) fn filled(&self) -> &[u8] {
        &self.memory[..self.filled]
    }

    fn is_full(&self) -> bool {
        self.most - self.filled < SCRAP
    }

    /// Copied to memory of its own size where less than half is used, so that what waits for a slow client does not hold
    /// much more than it is.
    pub(crate) fn into_bytes(self) -> Bytes {
        if self.filled < self.memory.len() / 2 {
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
        self.pool.give_back(mem::take(&mut self.memory));
    }
}

/// Frames in the order they go out. Opaque: items put themselves in through `IntoChunk`.
#[derive(Debug)]
pub struct Frames {
    /// How large a frame of small items is.
    most: usize,
    /// How many whole frames are enough.
    depth: usize,
    whole: VecDeque<Bytes>,
    /// How many bytes these are.
    waiting: usize,
    tail: Option<Buffer>,
}

impl Default for Frames {
    fn default() -> Self {
        Self {
            most: FRAME,
            depth: 1,
            whole: VecDeque::new(),
            waiting: 0,
            tail: None,
        }
    }
}

impl Frames {
    /// How large frames are from now on, where they are gathered or read.
    pub(crate) fn limit(&mut self, most: usize) {
        self.most = most;
    }

    /// How many whole frames are enough from now on.
    pub(crate) fn deepen(&mut self, depth: usize) {
        self.depth = depth;
    }

    pub(crate) fn depth(&self) -> usize {
        self.depth
    }

    /// A buffer for the next read.
    pub(crate) fn buffer(&self) -> Buffer {
        Buffer::new(self.most)
    }

    /// Adds a copy of `bytes`.
    #[inline]
    pub(crate) fn extend(&mut self, bytes: &[u8]) {
        if !self
            .tail
            .as_mut()
            .is_some_and(|tail| tail.try_extend(bytes))
        {
            self.extend_across(bytes);
        }
    }

    fn extend_across(&mut self, mut bytes: &[u8]) {
        while !bytes.is_empty() {
            let tail = self.tail.get_or_insert_with(|| Buffer::new(self.most));
            let room = tail.room();
            let n = bytes.len().min(room.len());
            room[..n].copy_from_slice(&bytes[..n]);
            tail.advance(n);
            bytes = &bytes[n..];
            if tail.room().is_empty() {
                self.seal();
            }
        }
    }

    /// Adds an item: copied when it is small, as it is when it is large.
    #[inline]
    pub(crate) fn push(&mut self, item: impl AsRef<[u8]> + Into<Bytes>) {
        if item.as_ref().len() < LARGE {
            return self.extend(item.as_ref());
        }
        self.seal();
        self.push_whole(item.into());
    }

    /// Adds what was read into `buffer`.
    pub(crate) fn push_buffer(&mut self, buffer: Buffer) {
        if buffer.filled().len() < LARGE {
            return self.extend(buffer.filled());
        }
        self.seal();
        self.push_whole(buffer.into_bytes());
    }

    /// Whether a whole frame waits.
    pub(crate) fn has_whole(&self) -> bool {
        !self.whole.is_empty() || self.tail.as_ref().is_some_and(Buffer::is_full)
    }

    /// Whether enough waits: of items that are larger than a frame, fewer are.
    pub(crate) fn is_full(&self) -> bool {
        self.whole.len() >= self.depth
            || self.waiting >= self.depth * FRAME
            || (self.depth == 1 && self.has_whole())
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.whole.is_empty() && self.tail.is_none()
    }

    /// The next frame; a part of one when there is no whole one.
    pub(crate) fn pop(&mut self) -> Option<Bytes> {
        let frame = self.whole.pop_front();
        self.waiting -= frame.as_ref().map_or(0, Bytes::len);
        frame.or_else(|| self.tail.take().map(Buffer::into_bytes))
    }

    /// Makes what was gathered so far a frame.
    pub(crate) fn seal(&mut self) {
        if let Some(tail) = self.tail.take() {
            self.push_whole(tail.into_bytes());
        }
    }

    fn push_whole(&mut self, frame: Bytes) {
        self.waiting += frame.len();
        self.whole.push_back(frame);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn drain(mut frames: Frames) -> (Vec<u8>, Vec<usize>) {
        let mut all = Vec::new();
        let mut sizes = Vec::new();
        while let Some(frame) = frames.pop() {
            all.extend_from_slice(&frame);
            sizes.push(frame.len());
        }
        (all, sizes)
    }

    #[test]
    fn small_items_become_one_frame() {
        let mut frames = Frames::default();
        frames.push("Hello ");
        frames.push("world!");
        frames.push("");
        assert_eq!(drain(frames), (b"Hello world!".to_vec(), vec![12]));
    }

    #[test]
    fn of_large_items_few_are_enough() {
        let mut frames = Frames::default();
        frames.deepen(6);
        frames.push(Bytes::from(vec![7; 5 * FRAME]));
        assert!(!frames.is_full());
        frames.push(Bytes::from(vec![7; FRAME]));
        assert!(frames.is_full());
        frames.pop();
        assert!(!frames.is_full());
    }

    #[test]
    fn a_large_item_is_passed_on_without_a_copy_and_in_order() {
        let large = Bytes::from(vec![7; LARGE]);
        let mut frames = Frames::default();
        frames.push("head");
        frames.push(large.clone());
        frames.push("tail");
        assert_eq!(frames.pop().unwrap(), "head");
        assert_eq!(frames.pop().unwrap().as_ptr(), large.as_ptr());
        assert_eq!(frames.pop().unwrap(), "tail");
        assert!(frames.is_empty());
    }

    #[test]
    fn an_item_that_does_not_fit_is_split_between_two_frames() {
        let mut frames = Frames::default();
        let mut expected = Vec::new();
        for i in 0..10u8 {
            frames.extend(&vec![i; 10_000]);
            expected.extend_from_slice(&vec![i; 10_000]);
        }
        assert_eq!(drain(frames), (expected, vec![FRAME, 100_000 - FRAME]));
    }
}
