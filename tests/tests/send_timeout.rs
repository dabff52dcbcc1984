//! `send_timeout`: a download is aborted if its client does not read for too long, and its resources are released.

use std::{
    fs::{self, File},
    io,
    pin::Pin,
    sync::{
        Arc, Weak,
        atomic::{AtomicUsize, Ordering},
    },
    task::{Context, Poll},
    time::{Duration, Instant},
};

use axum::{
    Router,
    body::{Body, to_bytes},
    extract::State,
    http::Method,
    response::Response,
    routing::get,
};
use bytes::Bytes;
use downloadview::{
    Content, Download, DownloadRequest, DownloadView, End, IntoContent, Metadata, download_view,
    serve,
};
use futures::{StreamExt, future::join_all, stream};
use tests::{
    blocking::{self, Fault, Plan, Probe, Problems, Record, Source, Token, on_each},
    http1, http2,
    message::Request,
    runtimes,
    server::Server,
    within,
};
use tokio::{
    io::{AsyncRead, ReadBuf},
    time::sleep,
};

const TIMEOUT: Duration = Duration::from_millis(400);
/// A time after which a download would have been aborted.
const LONG: Duration = Duration::from_millis(1600);

/// The kinds that are not in memory.
#[derive(Clone, Copy, Debug)]
enum Kind {
    Blocking(blocking::Kind),
    Stream,
    AsyncReader,
    Response,
    File,
}

const KINDS: [Kind; 8] = [
    Kind::Blocking(blocking::Kind::Reader),
    Kind::Blocking(blocking::Kind::SeekableReader),
    Kind::Blocking(blocking::Kind::Iterator),
    Kind::Blocking(blocking::Kind::Writer),
    Kind::Stream,
    Kind::AsyncReader,
    Kind::Response,
    Kind::File,
];

impl Kind {
    /// Creates content of `length` bytes.
    fn content(self, length: usize, probe: &Probe) -> Content {
        match self {
            Self::Blocking(kind) => kind.content(Source::new(Plan::of(length), probe)),
            Self::Stream => Content::from_stream(chunks(length, probe)),
            Self::AsyncReader => Content::from_async_reader(RepeatReader::new(length, probe)),
            Self::Response => {
                let chunks = chunks(length, probe).map(Ok::<_, io::Error>);
                Content::from_response(Response::new(Body::from_stream(chunks)))
            }
            Self::File => sparse_file(length).into_content(),
        }
    }

    fn download(self, length: usize, probe: &Probe) -> Download {
        Download::new(self.content(length, probe)).on_finish(probe.listener())
    }
}

const CHUNK: usize = 10_000;

fn chunks(length: usize, probe: &Probe) -> impl futures::Stream<Item = Bytes> + Send + use<> {
    let token = probe.token();
    let count = length.div_ceil(CHUNK);
    stream::iter(0..count).map(move |i| {
        let _held = &token;
        Bytes::from(vec![b'x'; CHUNK.min(length - i * CHUNK)])
    })
}

/// An async reader that is always ready.
struct RepeatReader {
    remaining: usize,
    _token: Token,
}

impl RepeatReader {
    fn new(length: usize, probe: &Probe) -> Self {
        Self {
            remaining: length,
            _token: probe.token(),
        }
    }
}

impl AsyncRead for RepeatReader {
    fn poll_read(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let n = buffer.remaining().min(self.remaining);
        self.remaining -= n;
        buffer.initialize_unfilled_to(n).fill(b'x');
        buffer.advance(n);
        Poll::Ready(Ok(()))
    }
}

/// Creates a sparse file that exists only as long as it is open.
fn sparse_file(length: usize) -> Arc<File> {
    static COUNT: AtomicUsize = AtomicUsize::new(0);
    let count = COUNT.fetch_add(1, Ordering::SeqCst);
    let name = format!("downloadview-sparse-{}-{count}", std::process::id());
    let path = std::env::temp_dir().join(name);
    let mut options = File::options();
    let options = options.read(true).write(true).create_new(true);
    let file = options.open(&path).expect("a file");
    fs::remove_file(&path).expect("the file should exist");
    file.set_len(length as u64).expect("a sparse file");
    Arc::new(file)
}

/// A size that exceeds all buffers between source and client by far.
const ENDLESS: usize = 1 << 34;

/// A client that has received the first bytes and has stopped reading.
enum Stalled {
    Http1(http1::Connection),
    Http2(http2::Connection, h2::RecvStream),
}

#[derive(Clone, Copy, Debug)]
enum Protocol {
    Http1,
    Http2,
}

const PROTOCOLS: [Protocol; 2] = [Protocol::Http1, Protocol::Http2];

impl Stalled {
    async fn open(server: &Server, protocol: Protocol) -> Self {
        let request = Request::get("/");
        match protocol {
            Protocol::Http1 => {
                let mut connection = http1::Connection::open(server).await;
                within(connection.begin(&request)).await;
                Self::Http1(connection)
            }
            Protocol::Http2 => {
                let mut connection = http2::Connection::open(server).await;
                let body = within(connection.begin(&request)).await;
                Self::Http2(connection, body)
            }
        }
    }

    /// Reads the rest of the body. Returns `None` if the download was aborted.
    async fn read_on(self) -> Option<Vec<u8>> {
        match self {
            Self::Http1(mut connection) => {
                let answer = within(connection.read_answer(&Method::GET)).await;
                answer.ok().map(|answer| answer.body)
            }
            Self::Http2(_connection, body) => within(http2::read_to_end(body)).await.ok(),
        }
    }
}

/// Checks a download that should have been aborted. Returns a description of any problem.
async fn aborted_problem(probe: &Probe) -> Option<String> {
    probe.settled().await.problem(&["ClientStalled"])
}

fn problem_if_complete(body: Option<impl AsRef<[u8]>>) -> Option<String> {
    body.map(|body| format!("{} bytes look complete", body.as_ref().len()))
}

/// Serves a download to a client that stops reading and continues after the timeout. Returns a description of any problem.
async fn stall(download: Download, protocol: Protocol, probe: &Probe) -> Option<String> {
    let server = Server::of(download.send_timeout(TIMEOUT)).await;
    let client = Stalled::open(&server, protocol).await;
    let problem = aborted_problem(probe).await;
    if problem.is_some() {
        // The client would read forever.
        return problem;
    }
    problem_if_complete(client.read_on().await).or(aborted_problem(probe).await)
}

/// Asserts that downloads of each kind are aborted on each runtime over each protocol.
fn assert_aborted(download: impl Fn(Kind, &Probe) -> Download) {
    let mut problems = Problems::default();
    for (name, runtime) in ["current-thread", "multi-thread"].iter().zip(runtimes()) {
        for protocol in PROTOCOLS {
            let cases = KINDS.map(async |kind| {
                let probe = Probe::default();
                stall(download(kind, &probe), protocol, &probe).await
            });
            let found = runtime.block_on(join_all(cases));
            for (kind, problem) in KINDS.iter().zip(found) {
                problems.add(&format!("{name} {protocol:?} {kind:?}"), problem);
            }
        }
    }
}

#[test]
fn a_download_is_aborted_if_its_client_does_not_read() {
    assert_aborted(|kind, probe| kind.download(ENDLESS, probe));
}

#[test]
fn an_aborted_download_of_known_size_fails_visibly() {
    const SIZE: usize = 64 << 20;
    assert_aborted(|kind, probe| kind.download(SIZE, probe).size(SIZE as u64));
}

#[test]
fn a_body_that_is_not_polled_is_aborted_and_fails_afterwards() {
    let mut problems = Problems::default();
    for (name, runtime) in ["current-thread", "multi-thread"].iter().zip(runtimes()) {
        let found = runtime.block_on(join_all(KINDS.map(leave_unpolled)));
        for (kind, problem) in KINDS.iter().zip(found) {
            problems.add(&format!("{name} {kind:?}"), problem);
        }
    }
}

async fn leave_unpolled(kind: Kind) -> Option<String> {
    let probe = Probe::default();
    let download = kind.download(ENDLESS, &probe).send_timeout(TIMEOUT);
    let response = within(download.respond(&DownloadRequest::default())).await;
    assert_eq!(response.status(), 200);
    let problem = aborted_problem(&probe).await;
    if problem.is_some() {
        return problem;
    }
    let body = within(to_bytes(response.into_body(), usize::MAX)).await;
    problem_if_complete(body.ok())
}

#[test]
fn the_file_of_an_aborted_download_is_closed() {
    for runtime in runtimes() {
        for protocol in PROTOCOLS {
            runtime.block_on(async {
                let file = sparse_file(ENDLESS);
                let held: Weak<File> = Arc::downgrade(&file);
                let server = Server::of(Download::new(file).send_timeout(TIMEOUT)).await;
                let _client = Stalled::open(&server, protocol).await;
                within(async {
                    while held.strong_count() > 0 {
                        sleep(Duration::from_millis(10)).await;
                    }
                })
                .await;
            });
        }
    }
}

#[test]
fn content_in_memory_is_not_aborted() {
    let bytes = Bytes::from(vec![b'x'; 32 << 20]);
    for runtime in runtimes() {
        for protocol in PROTOCOLS {
            let probe = Probe::default();
            let download = Download::new(bytes.clone()).on_finish(probe.listener());
            runtime.block_on(async {
                let server = Server::of(download.send_timeout(TIMEOUT)).await;
                let client = Stalled::open(&server, protocol).await;
                sleep(LONG).await;
                assert!(client.read_on().await.is_some_and(|body| body == bytes));
                let record = probe.settled().await;
                assert_eq!(record.problem(&["Completed"]), None);
            });
        }
    }
}

#[test]
fn a_download_whose_source_hangs_is_not_aborted() {
    const HALF: usize = 200_000;
    let mut problems = Problems::default();
    for (name, runtime, kind) in on_each(&runtimes()) {
        for position in [0, HALF] {
            let probe = Probe::default();
            let plan = Plan::of(2 * HALF).with_fault(position, Fault::Hang);
            let download = kind.download(plan, &probe).send_timeout(TIMEOUT);
            let (body, record): (_, Record) = runtime.block_on(async {
                let answer = tokio::spawn(receive_body(download));
                probe.wait_for(|record| record.is_hanging).await;
                sleep(LONG).await;
                probe.release();
                (
                    within(answer).await.expect("no panic"),
                    probe.settled().await,
                )
            });
            let name = format!("{name} at {position}");
            let is_whole = body == Some(blocking::bytes(0, 2 * HALF));
            problems.add(&name, record.problem(&["Completed"]));
            problems.add(
                &name,
                (!is_whole).then(|| "the body is not complete".to_owned()),
            );
        }
    }
}

/// Returns the body that an HTTP/1.1 client receives, or `None` if the body fails.
async fn receive_body(download: Download) -> Option<Vec<u8>> {
    let server = Server::of(download).await;
    let mut connection = http1::Connection::open(&server).await;
    let answer = connection.try_exchange(&Request::get("/")).await;
    answer.ok().map(|answer| answer.body)
}

#[test]
fn a_download_whose_async_source_pauses_is_not_aborted() {
    for runtime in runtimes() {
        runtime.block_on(async {
            let probe = Probe::default();
            let parts = stream::iter(["some ", "text"]).then(|part| async move {
                sleep(LONG).await;
                part
            });
            let download = Download::from_stream(parts).on_finish(probe.listener());
            let body = within(receive_body(download.send_timeout(TIMEOUT))).await;
            assert_eq!(body.as_deref(), Some(&b"some text"[..]));
            let record = probe.settled().await;
            assert_eq!(record.problem(&["Completed"]), None);
        });
    }
}

#[test]
fn the_maximum_duration_turns_the_timeout_off() {
    const SIZE: usize = 32 << 20;
    for runtime in runtimes() {
        for protocol in PROTOCOLS {
            let downloads = KINDS.map(async |kind| {
                let probe = Probe::default();
                let download = kind.download(SIZE, &probe).send_timeout(Duration::MAX);
                let server = Server::of(download).await;
                let client = Stalled::open(&server, protocol).await;
                sleep(LONG).await;
                let body = client.read_on().await;
                let size = body.map(|body| body.len());
                assert_eq!(size, Some(SIZE), "{protocol:?} {kind:?}");
                let record = probe.settled().await;
                assert_eq!(
                    record.problem(&["Completed"]),
                    None,
                    "{protocol:?} {kind:?}"
                );
            });
            runtime.block_on(join_all(downloads));
        }
    }
}

/// The system buffers so much that seconds may pass before the server can send again.
#[test]
fn the_download_of_a_slow_client_that_keeps_reading_is_not_aborted() {
    // A busy machine may serve a client only after seconds, so the timeout is long.
    const SIZE: usize = 40 << 20;
    const LONG_TIMEOUT: Duration = Duration::from_secs(8);
    for runtime in runtimes() {
        let downloads = KINDS.map(async |kind| {
            let probe = Probe::default();
            let download = kind.download(SIZE, &probe).send_timeout(LONG_TIMEOUT);
            let server = Server::of(download).await;
            let begin = Instant::now();
            // The client reads at most 4 MB per second.
            let mut connection = http1::Connection::open(&server).await.slowly(4000);
            let answer = connection.exchange(&Request::get("/")).await;
            assert_eq!(answer.body.len(), SIZE, "{kind:?}");
            assert!(
                begin.elapsed() > LONG_TIMEOUT,
                "the client is too fast for this test"
            );
            let record = probe.settled().await;
            assert_eq!(record.problem(&["Completed"]), None, "{kind:?}");
        });
        runtime.block_on(join_all(downloads));
    }
}

#[test]
fn a_completed_download_is_not_aborted() {
    for runtime in runtimes() {
        let downloads = KINDS.map(async |kind| {
            let probe = Probe::default();
            let download = kind.download(400_000, &probe).send_timeout(TIMEOUT);
            let server = Server::of(download).await;
            let mut connection = http1::Connection::open(&server).await;
            let answer = within(connection.exchange(&Request::get("/"))).await;
            assert_eq!(answer.body.len(), 400_000, "{kind:?}");
            sleep(LONG).await;
            // The connection can still be used.
            let next = within(connection.exchange(&Request::get("/"))).await;
            assert_eq!(next.status, 410, "{kind:?}");
            assert_eq!(probe.record().problem(&["Completed"]), None, "{kind:?}");
        });
        runtime.block_on(join_all(downloads));
    }
}

#[test]
fn a_client_that_leaves_in_time_is_not_reported_as_stalled() {
    for runtime in runtimes() {
        for protocol in PROTOCOLS {
            let downloads = KINDS.map(async |kind| {
                let probe = Probe::default();
                let download = kind.download(ENDLESS, &probe).send_timeout(10 * LONG);
                let server = Server::of(download).await;
                drop(Stalled::open(&server, protocol).await);
                let record = probe.settled().await;
                let problem = record.problem(&["ClientLeft"]);
                assert_eq!(problem, None, "{protocol:?} {kind:?}");
            });
            runtime.block_on(join_all(downloads));
        }
    }
}

#[tokio::test]
async fn the_outcome_reports_that_the_client_stalled_and_the_number_of_bytes() {
    let (sender, receiver) = tokio::sync::oneshot::channel();
    let download = Download::from_reader(io::repeat(b'x')).send_timeout(TIMEOUT);
    let download = download.on_finish(|outcome| {
        let _ = sender.send(outcome);
    });
    let server = Server::of(download).await;
    let mut connection = http1::Connection::open(&server).await;
    within(connection.begin(&Request::get("/"))).await;
    let outcome = within(receiver).await.expect("an outcome");
    assert!(matches!(outcome.end, End::ClientStalled), "{outcome:?}");
    assert!(outcome.elapsed >= TIMEOUT, "{outcome:?}");
    let broken = within(connection.read_answer(&Method::GET)).await;
    let Err(http1::Broken::Cut(Some(body))) = broken else {
        panic!("{broken:?}");
    };
    assert!(
        body.len() as u64 <= outcome.bytes,
        "{} of {outcome:?}",
        body.len()
    );
}

#[download_view(send_timeout = TIMEOUT, on_finish = probe.listener())]
async fn function(State(probe): State<Probe>) -> impl io::Read {
    Source::new(Plan::ENDLESS, &probe)
}

#[derive(DownloadView)]
#[download_view(on_finish = self.probe.listener())]
struct Derived {
    #[download_view(send_timeout)]
    timeout: Duration,
    probe: Probe,
    #[download_view(content)]
    rows: Rows,
}

struct Rows(Source);

impl IntoContent for Rows {
    fn into_content(self) -> Content {
        Content::from_chunks(self.0)
    }
}

async fn derived(State(probe): State<Probe>, request: DownloadRequest) -> Response {
    let view = Derived {
        timeout: TIMEOUT,
        rows: Rows(Source::new(Plan::ENDLESS, &probe)),
        probe,
    };
    serve(request, view).await
}

struct ByHand(Probe);

impl DownloadView for ByHand {
    async fn metadata(&self) -> Result<Metadata, Response> {
        let metadata = Metadata::new().on_finish(self.0.listener());
        Ok(metadata.send_timeout(TIMEOUT))
    }

    async fn content(self) -> Result<Content, Response> {
        Ok(Content::from_chunks(Source::new(Plan::ENDLESS, &self.0)))
    }
}

async fn by_hand(State(probe): State<Probe>, request: DownloadRequest) -> Response {
    serve(request, ByHand(probe)).await
}

#[test]
fn functions_structs_and_metadata_accept_the_option() {
    for runtime in runtimes() {
        for (name, view) in [
            ("function", get(function)),
            ("derived", get(derived)),
            ("by hand", get(by_hand)),
        ] {
            runtime.block_on(async {
                let probe = Probe::default();
                let app = Router::new().route("/", view).with_state(probe.clone());
                let server = Server::start(app).await;
                let client = Stalled::open(&server, Protocol::Http1).await;
                assert_eq!(aborted_problem(&probe).await, None, "{name}");
                assert!(client.read_on().await.is_none(), "{name}");
            });
        }
    }
}
