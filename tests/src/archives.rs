//! What the tests of archives share: a folder with files, content that counts how often it is opened, and a reader.

use std::{
    fs::{self, File},
    future::{Ready, ready},
    io::{self, Cursor, Read},
    ops::Range,
    path::{Path, PathBuf},
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, SystemTime},
};

use axum::{Router, routing::any};
use downloadview::{Download, DownloadRequest, Entry, Zip};
use futures::{Stream, stream};
use zip::ZipArchive;

/// A folder that is removed at the end.
#[derive(Debug)]
pub struct Folder(PathBuf);

impl Folder {
    /// Creates an empty folder.
    ///
    /// # Panics
    /// If the system refuses.
    pub fn new() -> Self {
        static COUNT: AtomicUsize = AtomicUsize::new(0);
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let name = format!("downloadview-zip-{}-{number}", std::process::id());
        let path = std::env::temp_dir().join(name);
        fs::create_dir_all(&path).expect("a folder");
        Self(path)
    }

    /// Returns the path of the folder.
    pub fn path(&self) -> &Path {
        &self.0
    }

    /// Writes a file that was modified so many seconds ago, and returns its path.
    ///
    /// # Panics
    /// If the system refuses.
    pub fn write(&self, name: &str, content: impl AsRef<[u8]>, seconds_ago: u64) -> PathBuf {
        let path = self.0.join(name);
        fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
        fs::write(&path, content).expect("a file");
        touch(&path, seconds_ago);
        path
    }
}

impl Default for Folder {
    fn default() -> Self {
        Self::new()
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        drop(fs::remove_dir_all(&self.0));
    }
}

/// Sets the time of modification of a file.
///
/// # Panics
/// If the system refuses.
pub fn touch(path: &Path, seconds_ago: u64) {
    let file = File::options().write(true).open(path).expect("a file");
    let time = SystemTime::now() - Duration::from_secs(seconds_ago);
    file.set_modified(time).expect("a time");
}

/// Bytes that differ from one position to the next.
pub fn bytes(range: Range<u64>) -> Vec<u8> {
    let byte = |number: u64| u8::try_from(number % 251).unwrap_or(0);
    range
        .map(|position| byte(position) ^ byte(position / 251))
        .collect()
}

/// Counts what is opened.
#[derive(Clone, Debug, Default)]
pub struct Store(Arc<Mutex<Vec<(u64, u64)>>>);

impl Store {
    /// Returns the ranges that were opened since the last call.
    ///
    /// # Panics
    /// If a test has failed already.
    pub fn opened(&self) -> Vec<(u64, u64)> {
        std::mem::take(&mut self.0.lock().expect("no panic"))
    }

    fn open(&self, range: Range<u64>) -> Vec<u8> {
        let mut opened = self.0.lock().expect("no panic");
        opened.push((range.start, range.end));
        bytes(range)
    }

    /// Returns an entry that is opened as a whole.
    pub fn entry(&self, size: u64) -> Entry {
        let store = self.clone();
        Entry::open(size, move || -> Ready<io::Result<_>> {
            ready(Ok(store.open(0..size)))
        })
    }

    /// Returns an entry that is opened from any offset.
    pub fn range_entry(&self, size: u64) -> Entry {
        let store = self.clone();
        Entry::open_range(size, move |range| {
            ready(Ok::<_, io::Error>(store.stream(range)))
        })
    }

    fn stream(&self, range: Range<u64>) -> impl Stream<Item = io::Result<Vec<u8>>> + Send + use<> {
        let bytes = self.open(range);
        let pieces: Vec<_> = bytes.chunks(1000).map(|piece| Ok(piece.to_vec())).collect();
        stream::iter(pieces)
    }
}

/// Serves the archive that `make` makes for each request.
pub fn router(make: impl Fn() -> Zip + Clone + Send + Sync + 'static) -> Router {
    let view = move |request: DownloadRequest| {
        let download = Download::new(make()).basename("all.zip").attachment();
        async move { download.respond(&request).await }
    };
    Router::new().route("/", any(view))
}

/// Reads an archive with another implementation: the names and the contents.
///
/// # Panics
/// If it is not an archive, or if a CRC is wrong.
pub fn read(archive: &[u8]) -> Vec<(String, Vec<u8>)> {
    let mut archive = ZipArchive::new(Cursor::new(archive)).expect("an archive");
    let entries = 0..archive.len();
    entries
        .map(|entry| {
            let mut file = archive.by_index(entry).expect("an entry");
            let mut content = Vec::new();
            file.read_to_end(&mut content).expect("a whole entry");
            (file.name().to_owned(), content)
        })
        .collect()
}
