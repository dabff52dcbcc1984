//! Remembers the checksums of files, so that a resumed archive does not read them again.

use std::{
    collections::HashMap,
    mem,
    sync::{LazyLock, Mutex, MutexGuard, PoisonError},
};

#[cfg(unix)]
use std::{fs, time::SystemTime};

#[cfg(unix)]
use super::entry::nanoseconds;
#[cfg(unix)]
use crate::content::is_settled;

/// The number of files that are remembered.
const CAPACITY: usize = 1 << 16;

/// A version of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Key {
    device: u64,
    inode: u64,
    len: u64,
    /// The time of modification, as [`nanoseconds`].
    modified: u64,
}

impl Key {
    /// Returns the key of a file that had this status at a time after `now`, unless it could change without another time.
    #[cfg(unix)]
    pub(super) fn of(status: &fs::Metadata, now: SystemTime) -> Option<Self> {
        use std::os::unix::fs::MetadataExt;
        let modified = status.modified().ok()?;
        is_settled(modified, now).then(|| Self {
            device: status.dev(),
            inode: status.ino(),
            len: status.len(),
            modified: nanoseconds(modified),
        })
    }

    /// Other systems have no number that tells two files with the same length and time apart.
    #[cfg(not(unix))]
    pub(super) fn of(_: &std::fs::Metadata, _: std::time::SystemTime) -> Option<Self> {
        None
    }
}

/// Returns the CRC of a file, if it was read as a whole before.
pub(super) fn recall(key: &Key) -> Option<u32> {
    memo().recall(key)
}

/// Remembers the CRC of a file that was read as a whole.
pub(super) fn remember(key: Key, crc32: u32) {
    memo().remember(key, crc32);
}

/// Checksums in two generations. When the younger one is full, the older one is forgotten, so what is used often stays.
#[derive(Default)]
struct Memo {
    young: HashMap<Key, u32>,
    old: HashMap<Key, u32>,
}

impl Memo {
    fn recall(&mut self, key: &Key) -> Option<u32> {
        if let Some(crc32) = self.young.get(key) {
            return Some(*crc32);
        }
        let crc32 = self.old.remove(key)?;
        self.remember(*key, crc32);
        Some(crc32)
    }

    fn remember(&mut self, key: Key, crc32: u32) {
        if self.young.len() >= CAPACITY / 2 {
            self.old = mem::take(&mut self.young);
        }
        self.young.insert(key, crc32);
    }
}

fn memo() -> MutexGuard<'static, Memo> {
    static MEMO: LazyLock<Mutex<Memo>> = LazyLock::new(Mutex::default);
    MEMO.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(inode: u64) -> Key {
        Key {
            device: 1,
            inode,
            len: 1,
            modified: 1,
        }
    }

    #[test]
    fn memo_is_bounded_and_keeps_what_is_used() {
        let mut memo = Memo::default();
        memo.remember(key(0), 7);
        for inode in 1..200_000 {
            memo.remember(key(inode), 1);
            assert_eq!(memo.recall(&key(0)), Some(7));
            assert!(memo.young.len() + memo.old.len() <= CAPACITY);
        }
        assert_eq!(memo.recall(&key(1)), None);
        assert_eq!(memo.recall(&key(199_999)), Some(1));
    }
}
