//! Many clients at once, of every temper, and every kind of file: each byte that comes is the file's, and in the end nothing
//! is left.
//!
//! The length is bounded for CI; `SOAK_ROUNDS=1000 cargo test -p tests --release --test soak` goes on for some six minutes.
//! A failure names its seed, and `SOAK_SEED` asks the same again. A process of its own, for it counts threads and
//! descriptors.

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
    process::held,
    random::{Random, Told, number},
    server::Server,
};
use tokio::{
    runtime::{Builder, Handle, Runtime},
    task::yield_now,
};

const CLIENTS: u64 = 24;
/// Of which the first one fills what is kept for the next.
const PHASES: u64 = 3;
/// Less than a frame, some frames, more than the buffers between source and client take.
const SIZES: [usize; 3] = [3_000, 200_000, 3_000_000];
/// Less than a frame left behind by each download would make.
const SLACK: usize = 8 << 20;
/// For threads that do not end.
const PATIENCE: Duration = Duration::from_secs(30);

/// All kinds in all sizes, and how many downloads began and ended.
struct Shelf {
    subjects: Vec<Arc<Subject>>,
    begun: AtomicUsize,
    ended: AtomicUsize,
}

impl Shelf {
    fn new() -> Arc<Self> {
        let subjects = SIZES.into_iter().flat_map(|size| subjects(size, 1));
        Arc::new(Self {
            subjects: subjects.collect(),
            begun: AtomicUsize::new(0),
            ended: AtomicUsize::new(0),
        })
    }

    /// `/{index}/plain` and `/{index}/resumable`.
    fn router(shelf: Arc<Self>) -> Router {
        let view = move |Path((index, flavour)): Path<(usize, String)>,
                         request: DownloadRequest| async move {
            let subject = &shelf.subjects[index];
            let download = match flavour.as_str() {
                "plain" => subject.plain(),
                _ => subject.resumable(),
            };
            shelf.begun.fetch_add(1, Ordering::SeqCst);
            let ends = Arc::clone(&shelf);
            let download = download.on_finish(move |_| {
                ends.ended.fetch_add(1, Ordering::SeqCst);
            });
            download.respond(&request).await
        };
        Router::new().route("/{index}/{flavour}", get(view))
    }

    /// Waits until every download has ended and every source is gone.
    async fn at_rest(&self) {
        while self.ended.load(Ordering::SeqCst) < self.begun.load(Ordering::SeqCst) {
            yield_now().await;
        }
        for subject in &self.subjects {
            subject.at_rest().await;
        }
    }
}

/// A client, which keeps its connections for as long as it can.
struct Client {
    shelf: Arc<Shelf>,
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
        let index = self.random.below(self.shelf.subjects.len());
        match self.random.below(7) {
            0 => self.whole(index).await,
            1 => self.ranges(index).await,
            2 => self.cut(index).await,
            3 => self.resumed(index).await,
            4 => self.slow(index).await,
            5 => self.side_by_side().await,
            _ => self.reset(index).await,
        }
    }

    fn file(&self, index: usize) -> &Subject {
        &self.shelf.subjects[index]
    }

    fn plain_or_resumable(&mut self, index: usize) -> Request {
        let flavour = ["plain", "resumable"][self.random.below(2)];
        Request::get(format!("/{index}/{flavour}"))
    }

    async fn open(&self) -> http1::Connection {
        http1::Connection::open(&self.server).await
    }

    /// Several files, one after the other, on one connection.
    async fn whole(&mut self, first: usize) {
        let mut connection = self.open().await;
        for index in [first, self.random.below(self.shelf.subjects.len())] {
            let request = self.plain_or_resumable(index);
            let answer = connection.exchange(&request).await;
            self.is_whole(index, &answer);
        }
    }

    async fn ranges(&mut self, index: usize) {
        let (request, expected) = self.ask_ranges(index);
        let answer = if self.random.below(2) == 0 {
            self.open().await.exchange(&request).await
        } else {
            http2::Connection::open(&self.server)
                .await
                .exchange(&request)
                .await
        };
        match expected {
            Some(ranges) => self.is_parts(index, &answer, &ranges),
            None => self.is_whole(index, &answer),
        }
    }

    /// Ascending ranges that do not touch each other, or a suffix, perhaps under a condition; and what must come: these, or
    /// all.
    fn ask_ranges(&mut self, index: usize) -> (Request, Option<Vec<(usize, usize)>>) {
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

    /// What has come before the cut is a beginning of the file.
    async fn cut(&mut self, index: usize) {
        let request = self.plain_or_resumable(index);
        let bytes = self.random.below(2 * self.file(index).bytes.len());
        let mut connection = self.open().await.cut_after(bytes);
        match connection.try_exchange(&request).await {
            Ok(answer) => self.is_whole(index, &answer),
            Err(http1::Broken::Cut(part)) => {
                let part = part.unwrap_or_default();
                assert!(
                    self.file(index).bytes.starts_with(&part),
                    "other bytes of {index}"
                );
            }
            Err(broken) => panic!("{broken:?}"),
        }
    }

    /// Cut again and again, and gone on with where it was cut.
    async fn resumed(&mut self, index: usize) {
        let size = self.file(index).bytes.len();
        let mut file = Vec::new();
        while file.len() < size {
            let request = Request::get(format!("/{index}/resumable"))
                .range(&format!("bytes={}-", file.len()))
                .field("If-Range", self.file(index).etag());
            // At least a third, with the head.
            let bytes = 1000 + size / 3 + self.random.below(size);
            let mut connection = self.open().await.cut_after(bytes);
            match connection.try_exchange(&request).await {
                Ok(answer) => {
                    self.is_parts(index, &answer, &[(file.len(), size - 1)]);
                    file.extend(answer.body);
                }
                Err(http1::Broken::Cut(part)) => file.extend(part.expect("a head")),
                Err(broken) => panic!("{broken:?}"),
            }
        }
        assert!(file == self.file(index).bytes, "{index} is not the same");
    }

    /// A reader of little pieces, which may lose its patience.
    async fn slow(&mut self, index: usize) {
        let request = self.plain_or_resumable(index);
        let size = self.file(index).bytes.len();
        let piece = 1 + size / (20 + self.random.below(80));
        let cut_after = [usize::MAX, self.random.below(size)][self.random.below(2)];
        let mut connection = self.open().await.slowly(piece).cut_after(cut_after);
        match connection.try_exchange(&request).await {
            Ok(answer) => self.is_whole(index, &answer),
            Err(http1::Broken::Cut(part)) => {
                assert!(cut_after < usize::MAX, "{index} was cut by the server");
                let part = part.unwrap_or_default();
                assert!(
                    self.file(index).bytes.starts_with(&part),
                    "other bytes of {index}"
                );
            }
            Err(broken) => panic!("{broken:?}"),
        }
    }

    /// Several streams of one connection.
    async fn side_by_side(&mut self) {
        let indices: Vec<_> = (0..4)
            .map(|_| self.random.below(self.shelf.subjects.len()))
            .collect();
        let requests: Vec<_> = indices
            .iter()
            .map(|index| self.plain_or_resumable(*index))
            .collect();
        let mut connection = http2::Connection::open(&self.server).await;
        let answers = connection.exchange_all(&requests).await;
        for (index, answer) in indices.into_iter().zip(answers) {
            self.is_whole(index, &answer);
        }
    }

    /// A stream that is reset, and its connection goes on.
    async fn reset(&mut self, index: usize) {
        let request = self.plain_or_resumable(index);
        let mut connection = http2::Connection::open(&self.server).await;
        connection.leave_amid(&request).await;
        let answer = connection.exchange(&request).await;
        self.is_whole(index, &answer);
    }

    fn is_whole(&self, index: usize, answer: &Answer) {
        assert_eq!(answer.status, 200, "{index}");
        assert!(
            answer.body == self.file(index).bytes,
            "other bytes of {index}"
        );
    }

    fn is_parts(&self, index: usize, answer: &Answer, ranges: &[(usize, usize)]) {
        assert_eq!(answer.status, 206, "{index}");
        let parts = if let Some(range) = answer.field("content-range") {
            let (first, last, _) = content_range(range).expect("a Content-Range");
            vec![(first, last, answer.body.clone())]
        } else {
            let parts = multipart::parts(answer).expect("several parts").into_iter();
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
                "other bytes of {index}"
            );
        }
    }
}

/// All clients at once, until each has had its rounds and nothing goes on.
async fn soak(shelf: &Arc<Shelf>, seed: u64, rounds: u64) {
    let server = Arc::new(Server::start(Shelf::router(Arc::clone(shelf))).await);
    let clients = (0..CLIENTS).map(|client| {
        let client = Client {
            shelf: Arc::clone(shelf),
            server: Arc::clone(&server),
            random: Random::new(seed.wrapping_mul(CLIENTS) + client),
        };
        tokio::spawn(client.run(rounds))
    });
    for client in join_all(clients).await {
        client.expect("a client without complaints");
    }
    drop(server);
    limited(shelf.at_rest()).await;
    limited(async {
        while Handle::current().metrics().num_alive_tasks() > 0 {
            yield_now().await;
        }
    })
    .await;
}

#[test]
fn many_clients_at_once_get_their_bytes_and_leave_nothing_behind() {
    if std::env::var_os(TIDY[0].0).is_none() {
        return run_tidily();
    }
    let seed = number("SOAK_SEED", 1);
    let _told = Told("SOAK_SEED", seed);
    let rounds = number("SOAK_ROUNDS", 3);
    let shelf = Shelf::new();
    // The first runtime of a process may open what all of them share, such as a pipe for signals.
    drop(runtime());
    let before = held();
    // What hangs must not keep a failure from being told.
    let runtime = ManuallyDrop::new(runtime());
    let mut sizes = Vec::new();
    for phase in 0..PHASES {
        let seed = seed.wrapping_mul(PHASES).wrapping_add(phase);
        runtime.block_on(soak(&shelf, seed, rounds));
        sizes.push(resident());
    }
    let grown = sizes[sizes.len() - 1].saturating_sub(sizes[0]);
    assert!(grown < SLACK, "memory grows: {sizes:?}");
    ManuallyDrop::into_inner(runtime).shutdown_timeout(PATIENCE);
    assert_eq!(held(), before, "threads and descriptors");
}

fn runtime() -> Runtime {
    let mut builder = Builder::new_multi_thread();
    let runtime = builder.worker_threads(2).enable_all().build();
    runtime.expect("a runtime")
}

/// The allocator keeps what was freed for each thread, which would look like growth: told to give it back, it does.
const TIDY: [(&str, &str); 3] = [
    ("MALLOC_ARENA_MAX", "1"),
    ("MALLOC_MMAP_THRESHOLD_", "32768"),
    ("MALLOC_TRIM_THRESHOLD_", "65536"),
];

/// It has to be told when a process begins: this test again, in another one.
fn run_tidily() {
    let test = std::env::current_exe().expect("this program");
    let output = Command::new(test).envs(TIDY).output().expect("the same");
    let told = [output.stdout, output.stderr].concat();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&told)
    );
}

/// The memory of this process.
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
