//! Creates the files that peers send, and controls whether they are in the page cache.

use std::{
    fs::{self, File},
    io::{self, BufWriter, IoSliceMut, Write},
    path::Path,
};

use benches::{BIG_FILE, BIG_LEN, BLOB_FILE, BLOB_LEN, HELLO, HELLO_FILE};
use rustix::{
    fs::{Advice, fadvise},
    io::{Errno, ReadWriteFlags, preadv2},
};

/// Creates the missing files and reads all files into the page cache.
pub(crate) fn prepare(directory: &Path) -> io::Result<()> {
    fs::create_dir_all(directory)?;
    let hello = directory.join(HELLO_FILE);
    if !hello.exists() {
        fs::write(hello, HELLO)?;
    }
    for (name, length) in [(BLOB_FILE, BLOB_LEN), (BIG_FILE, BIG_LEN)] {
        let path = directory.join(name);
        if fs::metadata(&path).map_or(0, |found| found.len()) != length {
            eprintln!("creating {}", path.display());
            write_random(&path, length)?;
        }
        io::copy(&mut File::open(&path)?, &mut io::sink())?;
    }
    Ok(())
}

fn write_random(path: &Path, length: u64) -> io::Result<()> {
    let mut out = BufWriter::with_capacity(1 << 20, File::create(path)?);
    let mut random = Random::new(1);
    for _ in 0..length / 8 {
        out.write_all(&random.next().to_le_bytes())?;
    }
    out.flush()
}

/// Drops a file from the page cache, and fails if the file system keeps it there.
pub(crate) fn evict(path: &Path) -> io::Result<()> {
    let file = File::open(path)?;
    // Pages that have not been written to the disk would stay in the cache.
    file.sync_all()?;
    fadvise(&file, 0, None, Advice::DontNeed)?;
    if is_cached(&file)? {
        return Err(io::Error::other(format!(
            "{} cannot be dropped from the page cache: use --data with a directory on a disk",
            path.display()
        )));
    }
    Ok(())
}

/// Returns true if the last byte can be read without waiting for the disk.
fn is_cached(file: &File) -> io::Result<bool> {
    let last = file.metadata()?.len().saturating_sub(1);
    let mut byte = [0];
    let read = preadv2(
        file,
        &mut [IoSliceMut::new(&mut byte)],
        last,
        ReadWriteFlags::NOWAIT,
    );
    match read {
        // A file system without this flag has its files in memory.
        Ok(_) | Err(Errno::OPNOTSUPP) => Ok(true),
        Err(Errno::AGAIN) => Ok(false),
        Err(error) => Err(error.into()),
    }
}

/// A generator of reproducible pseudorandom numbers (xorshift).
#[derive(Debug)]
pub(crate) struct Random(u64);

impl Random {
    /// Creates a generator for a seed above 0.
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15))
    }

    pub(crate) fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }
}
