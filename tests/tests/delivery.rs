//! The delivery from source to client: deadlines, slow clients, runtimes, and the reported outcomes.

use std::{
    convert::Infallible,
    fs::File,
    io::{self, Read, SeekFrom, Write},
    iter,
    net::TcpStream,
    pin::Pin,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
        mpsc::channel,
    },
    task::{Context, Poll},
    time::{Duration, Instant},
};

use axum::{
    Router,
    body::{Body, to_bytes},
    response::Response,
    routing::get,
};
use bytes::Bytes;
use downloadview::{Content, Download, DownloadRequest, End, Outcome};
use futures::{StreamExt, stream};
use tests::{http1, message::Request, runtimes, server::Server, stalling::Stalling, within};
use tokio::{
    io::{AsyncRead, AsyncSeek, ReadBuf},
    task::spawn_blocking,
    time::timeout,
};

const TIME_LIMIT: Duration = Duration::from_secs(30);
const STALL: Duration = Duration::from_millis(100);

async fn assert_stalls(response: Response, outcomes: &Outcomes) {
    within(to_bytes(response.into_body(), usize::MAX))
        .await
        .expect_err("a failed download");
    assert!(ends(outcomes)[0].contains("Stalled"));
}

/// The outcomes that were reported to `on_finish`.
type Outcomes = Arc<Mutex<Vec<Outcome>>>;

fn report_to(outcomes: &Outcomes, download: Download) -> Download {
    let outcomes = Arc::clone(outcomes);
    download.on_finish(move |outcome| outcomes.lock().unwrap().push(outcome))
}

fn ends(outcomes: &Outcomes) -> Vec<String> {
    outcomes
        .lock()
        .unwrap()
        .drain(..)
        .map(|outcome| format!("{:?}", outcome.end))
        .collect()
}

fn endless() -> impl Iterator<Item = Bytes> + Send {
    std::iter::repeat(Bytes::from_static(&[b'x'; 1000]))
}

fn head() -> DownloadRequest {
    let request = axum::http::Request::head("/").body(()).unwrap();
    DownloadRequest::from_parts(&request.into_parts().0)
}

async fn text(response: Response) -> String {
    let bytes = to_bytes(response.into_body(), usize::MAX)
        .await
        .expect("a complete body");
    String::from_utf8(bytes.into()).expect("text")
}

#[tokio::test]
async fn a_source_that_stalls_before_its_first_byte_is_a_500() {
    let outcomes = Outcomes::default();
    let content = Content::from_stream(stream::pending::<Bytes>());
    let download = report_to(&outcomes, Download::new(content).stall_timeout(STALL));
    let response = within(download.respond(&DownloadRequest::default())).await;
    assert_eq!(response.status(), 500);
    assert!(ends(&outcomes)[0].contains("Stalled"));
}

#[tokio::test]
async fn a_source_that_stalls_later_aborts_the_download() {
    let outcomes = Outcomes::default();
    let rows = stream::iter(["some"]).chain(stream::pending());
    let content = Content::from_stream(rows);
    let download = report_to(&outcomes, Download::new(content).stall_timeout(STALL));
    let response = within(download.respond(&DownloadRequest::default())).await;
    assert_eq!(response.status(), 200);
    assert_stalls(response, &outcomes).await;
}

#[test]
fn a_fast_reader_that_stalls_is_aborted() {
    let contents = [Content::from_reader, Content::from_seekable_reader];
    for (runtime, content) in runtimes()
        .iter()
        .flat_map(|one| contents.map(|of| (one, of)))
    {
        runtime.block_on(async {
            let outcomes = Outcomes::default();
            let (_held, reader) = Stalling::new();
            let download = report_to(
                &outcomes,
                Download::new(content(reader)).stall_timeout(STALL),
            );
            let response = within(download.respond(&DownloadRequest::default())).await;
            assert_stalls(response, &outcomes).await;
        });
    }
}

#[test]
fn all_bytes_before_a_stall_are_sent() {
    for runtime in runtimes() {
        runtime.block_on(async {
            let (held, reader) = Stalling::new();
            let server = Server::start(reader.into_router()).await;
            let address = server.address();
            // A separate thread keeps the client fast.
            let client = spawn_blocking(move || {
                let mut connection = TcpStream::connect(address)?;
                connection.set_read_timeout(Some(TIME_LIMIT))?;
                Write::write_all(&mut connection, &Request::get("/").to_http1())?;
                let (mut buffer, mut got) = (vec![0; 1 << 20], 0);
                // The head and the framing are counted, too, so the last few KiB of content may be missing.
                while got < Stalling::SIZE {
                    got += Read::read(&mut connection, &mut buffer)?;
                }
                io::Result::Ok(())
            });
            client.await.unwrap().expect("all bytes that were produced");
            drop(held);
        });
    }
}

/// A reader that fails to determine its size, because a seek stalls or panics.
struct Unsized {
    panics: bool,
}

impl AsyncRead for Unsized {
    fn poll_read(
        self: Pin<&mut Self>,
        _: &mut Context<'_>,
        _: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}

impl AsyncSeek for Unsized {
    fn start_seek(self: Pin<&mut Self>, _: SeekFrom) -> io::Result<()> {
        assert!(!self.panics, "the seek failed");
        Ok(())
    }

    fn poll_complete(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<u64>> {
        if self.panics {
            Poll::Ready(Ok(0))
        } else {
            Poll::Pending
        }
    }
}

#[tokio::test]
async fn a_reader_that_stalls_or_panics_while_its_size_is_determined_is_a_500() {
    for (panics, reason) in [(false, "Stalled"), (true, "the seek failed")] {
        let outcomes = Outcomes::default();
        let content = Content::from_seekable_async_reader(Unsized { panics });
        let download = report_to(&outcomes, Download::new(content).stall_timeout(STALL));
        let response = within(download.respond(&DownloadRequest::default())).await;
        assert_eq!(response.status(), 500);
        assert!(ends(&outcomes)[0].contains(reason));
    }
}

#[tokio::test]
async fn a_source_that_continues_in_time_is_not_stalled() {
    let rows = stream::iter(0..5).then(|i| async move {
        tokio::time::sleep(STALL / 4).await;
        format!("{i}")
    });
    let download = Download::new(Content::from_stream(rows)).stall_timeout(STALL * 20);
    let response = within(download.respond(&DownloadRequest::default())).await;
    assert_eq!(within(text(response)).await, "01234");
}

#[tokio::test]
async fn a_source_that_is_not_polled_is_not_stalled() {
    let slow = async {
        tokio::time::sleep(STALL / 20).await;
        tokio::time::sleep(STALL / 4).await;
        vec![b'y'; 5]
    };
    let rows = stream::iter([vec![b'x'; 100_000]]).chain(stream::once(slow));
    let download = Download::new(Content::from_stream(rows)).stall_timeout(STALL);
    let response = within(download.respond(&DownloadRequest::default())).await;
    tokio::time::sleep(STALL * 2).await;
    assert_eq!(within(text(response)).await.len(), 100_005);
}

#[tokio::test]
async fn each_end_is_reported_once() {
    let outcomes = Outcomes::default();
    let get = DownloadRequest::default();
    drop(report_to(&outcomes, Download::new("unserved")));
    assert_eq!(ends(&outcomes), ["NotSent"]);
    text(
        report_to(&outcomes, Download::new("sent"))
            .respond(&get)
            .await,
    )
    .await;
    assert_eq!(ends(&outcomes), ["Completed"]);
    drop(
        report_to(&outcomes, Download::new("left"))
            .respond(&get)
            .await,
    );
    assert_eq!(ends(&outcomes), ["ClientLeft"]);
    report_to(&outcomes, Download::new("head"))
        .respond(&head())
        .await;
    assert_eq!(ends(&outcomes), ["NotSent"]);
    report_to(&outcomes, Download::new("bad").etag("\u{7f}"))
        .respond(&get)
        .await;
    assert!(ends(&outcomes)[0].contains("Failed"));
    let missing = Content::from_response(axum::http::StatusCode::NOT_FOUND);
    report_to(&outcomes, Download::new(missing))
        .respond(&get)
        .await;
    assert_eq!(ends(&outcomes), ["Refused"]);
    let empty = Content::from_stream(stream::empty::<Bytes>());
    text(
        report_to(&outcomes, Download::new(empty))
            .respond(&get)
            .await,
    )
    .await;
    assert_eq!(ends(&outcomes), ["Completed"]);
}

#[tokio::test]
async fn every_callback_is_called() {
    let (inner, outer) = (Outcomes::default(), Outcomes::default());
    let failing = stream::iter([Err::<Bytes, _>(io::Error::other("no paper"))]);
    let download = report_to(&inner, Download::new(Content::from_stream(failing)));
    let download = report_to(&outer, Download::new(download));
    let response = download.respond(&DownloadRequest::default()).await;
    assert_eq!(response.status(), 500);
    for outcomes in [inner, outer] {
        let outcome = outcomes.lock().unwrap().pop().expect("an outcome");
        let End::Failed(error) = outcome.end else {
            panic!("{outcome:?}")
        };
        assert_eq!(error.to_string(), "no paper");
    }
}

#[tokio::test]
async fn on_finish_can_delete_a_temporary_file() {
    let path = std::env::temp_dir().join(format!("downloadview-{}", std::process::id()));
    std::fs::write(&path, "temporary").expect("the temporary directory should be writable");
    let deleted = path.clone();
    let download = Download::new(File::open(&path).expect("the file should open"))
        .on_finish(move |_| std::fs::remove_file(deleted).expect("the file should exist"));
    let response = download.respond(&DownloadRequest::default()).await;
    assert!(path.exists());
    assert_eq!(text(response).await, "temporary");
    assert!(!path.exists());
}

fn stuck() -> Router {
    async fn iterator(request: DownloadRequest) -> Response {
        Download::new(Content::from_chunks(endless()))
            .respond(&request)
            .await
    }
    async fn reader(request: DownloadRequest) -> Response {
        Download::new(Content::from_reader(io::repeat(b'x')))
            .respond(&request)
            .await
    }
    async fn short(request: DownloadRequest) -> Response {
        Download::new(Content::from_chunks(["short"].into_iter()))
            .respond(&request)
            .await
    }
    Router::new()
        .route("/iterator", get(iterator))
        .route("/reader", get(reader))
        .route("/short", get(short))
}

#[test]
fn clients_that_do_not_read_do_not_block_threads() {
    for runtime in runtimes() {
        runtime.block_on(async {
            let server = Server::start(stuck()).await;
            let mut stuck = Vec::new();
            for path in ["/iterator", "/reader"].repeat(50) {
                let mut connection = http1::Connection::open(&server).await;
                connection
                    .write(&Request::get(path).to_http1())
                    .await
                    .expect("a server");
                stuck.push(connection);
            }
            let mut connection = http1::Connection::open(&server).await;
            let answer = within(connection.exchange(&Request::get("/short"))).await;
            assert_eq!(answer.body, b"short");
        });
    }
}

#[test]
fn slow_rows_are_sent_immediately() {
    for runtime in runtimes() {
        runtime.block_on(async {
            let (sender, rows) = channel::<&'static str>();
            let download = Download::new(Content::from_chunks(rows.into_iter()));
            sender.send("first\n").unwrap();
            let response = within(download.respond(&DownloadRequest::default())).await;
            let mut body = response.into_body().into_data_stream();
            assert_eq!(within(body.next()).await.unwrap().unwrap(), "first\n");
            sender.send("second\n").unwrap();
            assert_eq!(within(body.next()).await.unwrap().unwrap(), "second\n");
            drop(sender);
            assert!(within(body.next()).await.is_none());
        });
    }
}

/// The name of a kind of short content, and a function that creates it.
type ShortContent = (&'static str, fn() -> Content);

/// Returns kinds of short content whose length is not known in advance.
fn short() -> [ShortContent; 6] {
    fn rows() -> impl Iterator<Item = &'static str> + Send {
        ["a row of some length\n"; 500].into_iter()
    }
    struct Rows<I>(I);
    impl<I: Iterator<Item = &'static str>> Read for Rows<I> {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            Read::read(&mut self.0.next().unwrap_or_default().as_bytes(), buffer)
        }
    }
    fn large() -> [Vec<u8>; 2] {
        [vec![b'x'; 20_000], vec![b'y'; 20_000]]
    }
    fn flush_each(out: &mut dyn Write) -> io::Result<()> {
        rows().try_for_each(|row| out.write_all(row.as_bytes()).and_then(|()| out.flush()))
    }
    [
        ("iterator", || Content::from_chunks(rows())),
        ("large items", || Content::from_chunks(large().into_iter())),
        ("large pieces", || {
            Content::from_stream(stream::iter(large()))
        }),
        ("reader", || Content::from_reader(Rows(rows()))),
        ("one read", || {
            Content::from_reader(io::repeat(b'x').take(30_000))
        }),
        ("writer", || Content::from_writer(flush_each)),
    ]
}

#[test]
fn the_length_of_short_content_is_known_for_every_kind() {
    for (runtime, (kind, content)) in runtimes()
        .iter()
        .flat_map(|one| short().map(|kind| (one, kind)))
    {
        let known = runtime.block_on(async {
            let mut known = 0;
            for _ in 0..50 {
                let download = Download::new(content());
                let response = within(download.respond(&DownloadRequest::default())).await;
                known += usize::from(response.headers().contains_key("content-length"));
            }
            known
        });
        // On a busy machine a source may be late. Otherwise all lengths are known.
        assert!(known >= 10, "{kind}: {known} of 50");
    }
}

#[test]
fn steady_rows_do_not_wait_for_a_full_frame() {
    for runtime in runtimes() {
        runtime.block_on(async {
            let given = Arc::new(AtomicUsize::new(0));
            let counter = Arc::clone(&given);
            let rows = iter::repeat_with(move || {
                let begin = Instant::now();
                while begin.elapsed() < Duration::from_micros(20) {}
                counter.fetch_add(1, Ordering::Relaxed);
                "a\n"
            });
            let download = Download::new(Content::from_chunks(rows));
            let response = within(download.respond(&DownloadRequest::default())).await;
            let given = given.load(Ordering::Relaxed);
            assert!(given < 10_000, "{given} rows before the head");
            drop(response);
        });
    }
}

#[test]
fn the_length_of_short_writer_output_is_known() {
    for (runtime, size) in runtimes()
        .iter()
        .flat_map(|one| [5, 50_000].map(|size| (one, size)))
    {
        runtime.block_on(async {
            for _ in 0..300 {
                let write = move |out: &mut dyn Write| out.write_all(&vec![b'x'; size]);
                let download = Download::new(Content::from_writer(write));
                let response = within(download.respond(&DownloadRequest::default())).await;
                assert_eq!(response.headers()["content-length"], size.to_string());
                assert!(response.headers().contains_key("etag"));
            }
        });
    }
}

#[test]
fn flushed_bytes_are_sent_immediately() {
    for runtime in runtimes() {
        runtime.block_on(async {
            let (sender, rows) = channel::<&'static str>();
            let write = move |out: &mut dyn Write| -> io::Result<()> {
                rows.into_iter().try_for_each(|row| {
                    out.write_all(row.as_bytes())?;
                    out.flush()
                })
            };
            sender.send("first\n").unwrap();
            let download = Download::new(Content::from_writer(write));
            let response = within(download.respond(&DownloadRequest::default())).await;
            let mut body = response.into_body().into_data_stream();
            assert_eq!(within(body.next()).await.unwrap().unwrap(), "first\n");
            sender.send("second\n").unwrap();
            assert_eq!(within(body.next()).await.unwrap().unwrap(), "second\n");
            drop(sender);
            assert!(within(body.next()).await.is_none());
        });
    }
}

#[tokio::test]
async fn a_large_body_can_be_collected_completely() {
    let rows = endless().take(5000);
    let response = Download::new(Content::from_chunks(rows))
        .respond(&DownloadRequest::default())
        .await;
    assert_eq!(within(text(response)).await.len(), 5_000_000);
    let rows = endless().take(5000).map(Ok::<_, Infallible>);
    let content = Content::from_response(Body::from_stream(stream::iter(rows)));
    let response = Download::new(content)
        .respond(&DownloadRequest::default())
        .await;
    assert_eq!(within(text(response)).await.len(), 5_000_000);
}

#[tokio::test]
async fn endless_empty_chunks_let_other_tasks_run() {
    let nothing = || stream::repeat("");
    let download = Download::new(Content::from_stream(nothing()));
    let begun = timeout(STALL, download.respond(&DownloadRequest::default())).await;
    assert!(begun.is_err(), "a response without a first byte");
}

/// A value that panics when it is dropped.
struct Bomb;

impl Drop for Bomb {
    fn drop(&mut self) {
        panic!("in the destructor");
    }
}

#[tokio::test]
async fn a_panic_while_a_source_is_dropped_does_not_affect_the_download() {
    for rows in [1, 1000] {
        let outcomes = Outcomes::default();
        let bomb = Bomb;
        let rows = endless().take(rows).inspect(move |_| {
            let _ = &bomb;
        });
        let download = Download::new(Content::from_stream(stream::iter(rows)));
        let response = report_to(&outcomes, download)
            .respond(&DownloadRequest::default())
            .await;
        assert_eq!(response.status(), 200);
        text(response).await;
        assert_eq!(ends(&outcomes), ["Completed"]);
    }
}

#[tokio::test]
async fn an_error_of_a_source_takes_precedence_over_a_panic_while_it_is_dropped() {
    let outcomes = Outcomes::default();
    let bomb = Bomb;
    let mut rows = endless().take(1000);
    let rows = iter::repeat_with(move || {
        let _ = &bomb;
        rows.next().ok_or_else(|| io::Error::other("no paper"))
    });
    let download = Download::new(Content::from_chunks(rows));
    let response = report_to(&outcomes, download)
        .respond(&DownloadRequest::default())
        .await;
    to_bytes(response.into_body(), usize::MAX)
        .await
        .expect_err("a failed download");
    assert!(ends(&outcomes)[0].contains("no paper"));
}

#[tokio::test]
async fn a_panic_in_on_finish_does_not_affect_the_download() {
    let download = Download::new("some").on_finish(|_| panic!("in the callback"));
    let response = download.respond(&DownloadRequest::default()).await;
    assert_eq!(text(response).await, "some");
}

#[tokio::test]
async fn the_elapsed_time_starts_with_the_request() {
    let outcomes = Outcomes::default();
    let request = DownloadRequest::default();
    tokio::time::sleep(STALL).await;
    let download = report_to(&outcomes, Download::new("some"));
    text(download.respond(&request).await).await;
    assert!(outcomes.lock().unwrap()[0].elapsed >= STALL);
}
