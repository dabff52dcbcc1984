//! Many concurrent clients with different behaviour and files of every kind. All received bytes are correct, and no
//! resources are left at the end.
//!
//! The number of rounds is limited for CI. `SOAK_ROUNDS=1000 cargo test -p tests --release --test soak` runs for about six
//! minutes. A failure prints its seed, and `SOAK_SEED` repeats the same requests. This is a separate test program because
//! it counts the threads and file descriptors of the process.

use std::{
    fmt::Write,
    mem::ManuallyDrop,
    process::Command,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use axum::{Router, extract::Path, routing::get};
use downloadview::DownloadRequest;
use futures::future::join_all;
use tests::{
    http1, http2,
    kinds::{Subject, subjects},
    limited,
    message::{Answer, Request},
    multipart::{self, content_range},
    process::resources,
    random::{PrintSeedOnPanic, Random, number},
    server::Server,
};
use tokio::{
    runtime::{Builder, Handle, Runtime},
    task::yield_now,
};

const CLIENTS: u64 = 24;
/// The number of phases. The first one fills caches, so that memory should not grow in the others.
const PHASES: u64 = 3;
/// The sizes of a file smaller than a frame, one of several frames, and one that exceeds all buffers.
const SIZES: [usize; 3] = [3_000, 200_000, 3_000_000];
/// The tolerated growth of memory. It would be exceeded if each download leaked a frame.
const MAX_GROWTH: usize = 8 << 20;
/// The time limit for the end of all threads.
const TIME_LIMIT: Duration = Duration::from_secs(30);

/// Files of all kinds in all sizes, and the numbers of downloads that began and ended.
struct Files {
    subjects: Vec<Arc<Subject>>,
    begun: AtomicUsize,
    ended: AtomicUsize,
}

impl Files {
    fn new() -> Arc<Self> {
        let subjects = SIZES.into_iter().flat_map(|size| subjects(size, 1));
        Arc::new(Self {
            subjects: subjects.collect(),
            begun: AtomicUsize::new(0),
            ended: AtomicUsize::new(0),
        })
    }

    /// Serves `/{index}/plain` and `/{index}/resumable`.
    fn router(files: Arc<Self>) -> Router {
        let view = move |Path((index, flavour)): Path<(usize, String)>,
                         request: DownloadRequest| async move {
            let subject = &files.subjects[index];
            let download = match flavour.as_str() {
                "plain" => subject.plain(),
                _ => subject.resumable(),
            };
            files.begun.fetch_add(1, Ordering::SeqCst);
            let ends = Arc::clone(&files);
            let download = download.on_finish(move |_| {
                ends.ended.fetch_add(1, Ordering::SeqCst);
            });
            download.respond(&request).await
        };
        Router::new().route("/{index}/{flavour}", get(view))
    }

    /// Waits until every download has ended and every source is dropped.
    async fn wait_until_idle(&self) {
        while self.ended.load(Ordering::SeqCst) < self.begun.load(Ordering::SeqCst) {
            yield_now().await;
        }
        for subject in &self.subjects {
            subject.wait_until_idle().await;
        }
    }
}

/// A client that picks its actions at random.
struct Client {
    files: Arc<Files>,
    server: Arc<Server>,
    random: Random,
}

impl Client {
    async fn run(mut self, rounds: u64) {
        for _ in 0..rounds {
            limited(self.round()).await;
        }
    }

    async fn round(&mut self) {
        let index = self.random.below(self.files.subjects.len());
        match self.random.below(7) {
            0 => self.download_two_files(index).await,
            1 => self.ranges(index).await,
            2 => self.cut_connection(index).await,
            3 => self.resume_after_cuts(index).await,
            4 => self.read_slowly(index).await,
            5 => self.download_concurrently().await,
            _ => self.reset_stream(index).await,
        }
    }

    fn file(&self, index: usize) -> &Subject {
        &self.files.subjects[index]
    }

    fn plain_or_resumable(&mut self, index: usize) -> Request {
        let flavour = ["plain", "resumable"][self.random.below(2)];
        Request::get(format!("/{index}/{flavour}"))
    }

    async fn open(&self) -> http1::Connection {
        http1::Connection::open(&self.server).await
    }

    /// Downloads two files over one connection.
    async fn download_two_files(&mut self, first: usize) {
        let mut connection = self.open().await;
        for index in [first, self.random.below(self.files.subjects.len())] {
            let request = self.plain_or_resumable(index);
            let answer = connection.exchange(&request).await;
            self.assert_complete(index, &answer);
        }
    }

    async fn ranges(&mut self, index: usize) {
        let (request, expected) = self.random_ranges(index);
        let answer = if self.random.below(2) == 0 {
            self.open().await.exchange(&request).await
        } else {
            http2::Connection::open(&self.server)
                .await
                .exchange(&request)
                .await
        };
        match expected {
            Some(ranges) => self.assert_parts(index, &answer, &ranges),
            None => self.assert_complete(index, &answer),
        }
    }

    /// Returns a request for separate ascending ranges or a suffix, sometimes with a condition. Also returns the expected
    /// ranges, or `None` for the whole file.
    fn random_ranges(&mut self, index: usize) -> (Request, Option<Vec<(usize, usize)>>) {
        let size = self.file(index).bytes.len();
        let mut cuts: Vec<_> = (0..6).map(|_| self.random.below(size)).collect();
        cuts.sort_unstable();
        cuts.dedup();
        let pairs = cuts.chunks_exact(2).map(|pair| (pair[0], pair[1] - 1));
        let mut ranges: Vec<_> = pairs.take(1 + self.random.below(3)).collect();
        let mut text = String::from("bytes=");
        if self.random.below(4) == 0 {
            let suffix = 1 + self.random.below(size);
            ranges = vec![(size - suffix, size - 1)];
            let _ = write!(text, "-{suffix}");
        } else {
            for (first, last) in &ranges {
                let _ = write!(text, "{first}-{last},");
            }
        }
        let request = Request::get(format!("/{index}/resumable")).range(&text);
        match self.random.below(3) {
            0 => (request, Some(ranges)),
            1 => (
                request.field("If-Range", self.file(index).etag()),
                Some(ranges),
            ),
            _ => (request.field("If-Range", "\"another\""), None),
        }
    }

    /// Cuts the connection. The bytes received before must be the beginning of the file.
    async fn cut_connection(&mut self, index: usize) {
        let request = self.plain_or_resumable(index);
        let bytes = self.random.below(2 * self.file(index).bytes.len());
        let mut connection = self.open().await.cut_after(bytes);
        match connection.try_exchange(&request).await {
            Ok(answer) => self.assert_complete(index, &answer),
            Err(http1::Broken::Cut(part)) => {
                let part = part.unwrap_or_default();
                assert!(
                    self.file(index).bytes.starts_with(&part),
                    "the bytes of {index} differ"
                );
            }
            Err(broken) => panic!("{broken:?}"),
        }
    }

    /// Cuts the connection several times and resumes the download each time.
    async fn resume_after_cuts(&mut self, index: usize) {
        let size = self.file(index).bytes.len();
        let mut file = Vec::new();
        while file.len() < size {
            let request = Request::get(format!("/{index}/resumable"))
                .range(&format!("bytes={}-", file.len()))
                .field("If-Range", self.file(index).etag());
            // Each request receives at least a third of the file.
            let bytes = 1000 + size / 3 + self.random.below(size);
            let mut connection = self.open().await.cut_after(bytes);
            match connection.try_exchange(&request).await {
                Ok(answer) => {
                    self.assert_parts(index, &answer, &[(file.len(), size - 1)]);
                    file.extend(answer.body);
                }
                Err(http1::Broken::Cut(part)) => file.extend(part.expect("a head")),
                Err(broken) => panic!("{broken:?}"),
            }
        }
        assert!(
            file == self.file(index).bytes,
            "the bytes of {index} differ"
        );
    }

    /// Reads slowly and sometimes leaves early.
    async fn read_slowly(&mut self, index: usize) {
        let request = self.plain_or_resumable(index);
        let size = self.file(index).bytes.len();
        let piece = 1 + size / (20 + self.random.below(80));
        let cut_after = [usize::MAX, self.random.below(size)][self.random.below(2)];
        let mut connection = self.open().await.slowly(piece).cut_after(cut_after);
        match connection.try_exchange(&request).await {
            Ok(answer) => self.assert_complete(index, &answer),
            Err(http1::Broken::Cut(part)) => {
                assert!(cut_after < usize::MAX, "{index} was cut by the server");
                let part = part.unwrap_or_default();
                assert!(
                    self.file(index).bytes.starts_with(&part),
                    "the bytes of {index} differ"
                );
            }
            Err(broken) => panic!("{broken:?}"),
        }
    }

    /// Downloads several files over concurrent streams of one connection.
    async fn download_concurrently(&mut self) {
        let indices: Vec<_> = (0..4)
            .map(|_| self.random.below(self.files.subjects.len()))
            .collect();
        let requests: Vec<_> = indices
            .iter()
            .map(|index| self.plain_or_resumable(*index))
            .collect();
        let mut connection = http2::Connection::open(&self.server).await;
        let answers = connection.exchange_all(&requests).await;
        for (index, answer) in indices.into_iter().zip(answers) {
            self.assert_complete(index, &answer);
        }
    }

    /// Resets a stream and downloads another file over the same connection.
    async fn reset_stream(&mut self, index: usize) {
        let request = self.plain_or_resumable(index);
        let mut connection = http2::Connection::open(&self.server).await;
        connection.leave_midway(&request).await;
        let answer = connection.exchange(&request).await;
        self.assert_complete(index, &answer);
    }

    fn assert_complete(&self, index: usize, answer: &Answer) {
        assert_eq!(answer.status, 200, "{index}");
        assert!(
            answer.body == self.file(index).bytes,
            "the bytes of {index} differ"
        );
    }

    fn assert_parts(&self, index: usize, answer: &Answer, ranges: &[(usize, usize)]) {
        assert_eq!(answer.status, 206, "{index}");
        let parts = if let Some(range) = answer.field("content-range") {
            let (first, last, _) = content_range(range).expect("a Content-Range");
            vec![(first, last, answer.body.clone())]
        } else {
            let parts = multipart::parts(answer)
                .expect("a multipart body")
                .into_iter();
            parts
                .map(|part| (part.first, part.last, part.bytes))
                .collect()
        };
        assert_eq!(parts.len(), ranges.len(), "{index}");
        for ((first, last, bytes), expected) in parts.into_iter().zip(ranges) {
            assert_eq!((first, last), (expected.0 as u64, expected.1 as u64));
            let file = &self.file(index).bytes;
            assert!(
                bytes == file[expected.0..=expected.1],
                "the bytes of {index} differ"
            );
        }
    }
}

/// Runs all clients concurrently until each has finished its rounds and all tasks have ended.
async fn soak(files: &Arc<Files>, seed: u64, rounds: u64) {
    let server = Arc::new(Server::start(Files::router(Arc::clone(files))).await);
    let clients = (0..CLIENTS).map(|client| {
        let client = Client {
            files: Arc::clone(files),
            server: Arc::clone(&server),
            random: Random::new(seed.wrapping_mul(CLIENTS) + client),
        };
        tokio::spawn(client.run(rounds))
    });
    for client in join_all(clients).await {
        client.expect("a client without a failure");
    }
    drop(server);
    limited(files.wait_until_idle()).await;
    limited(async {
        while Handle::current().metrics().num_alive_tasks() > 0 {
            yield_now().await;
        }
    })
    .await;
}

#[test]
fn many_concurrent_clients_get_correct_bytes_and_leave_nothing_behind() {
    if std::env::var_os(ALLOCATOR_SETTINGS[0].0).is_none() {
        return run_with_allocator_settings();
    }
    let seed = number("SOAK_SEED", 1);
    let _seed_guard = PrintSeedOnPanic("SOAK_SEED", seed);
    let rounds = number("SOAK_ROUNDS", 3);
    let files = Files::new();
    // The first runtime of a process may open descriptors that all runtimes share, such as a pipe for signals.
    drop(runtime());
    let before = resources();
    // Dropping the runtime would wait for a hanging task and hide the failure of the test.
    let runtime = ManuallyDrop::new(runtime());
    let mut sizes = Vec::new();
    for phase in 0..PHASES {
        let seed = seed.wrapping_mul(PHASES).wrapping_add(phase);
        runtime.block_on(soak(&files, seed, rounds));
        sizes.push(resident());
    }
    let growth = sizes[sizes.len() - 1].saturating_sub(sizes[0]);
    assert!(growth < MAX_GROWTH, "memory grows: {sizes:?}");
    ManuallyDrop::into_inner(runtime).shutdown_timeout(TIME_LIMIT);
    assert_eq!(resources(), before, "threads and descriptors");
}

fn runtime() -> Runtime {
    let mut builder = Builder::new_multi_thread();
    let runtime = builder.worker_threads(2).enable_all().build();
    runtime.expect("a runtime")
}

/// Settings that make the allocator return freed memory to the system. Its caches would look like growth.
const ALLOCATOR_SETTINGS: [(&str, &str); 3] = [
    ("MALLOC_ARENA_MAX", "1"),
    ("MALLOC_MMAP_THRESHOLD_", "32768"),
    ("MALLOC_TRIM_THRESHOLD_", "65536"),
];

/// Runs this test in a new process, because the allocator reads its settings at the start of a process.
fn run_with_allocator_settings() {
    let program = std::env::current_exe().expect("the path of this program");
    let output = Command::new(program)
        .envs(ALLOCATOR_SETTINGS)
        .output()
        .expect("this program should start");
    let text = [output.stdout, output.stderr].concat();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&text)
    );
}

/// Returns the resident memory of this process in bytes.
fn resident() -> usize {
    let status = std::fs::read_to_string("/proc/self/status").expect("Linux");
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let kilobytes = line.and_then(|line| line.trim().strip_suffix(" kB"));
    kilobytes
        .expect("a size")
        .trim()
        .parse::<usize>()
        .expect("a number")
        << 10
}
