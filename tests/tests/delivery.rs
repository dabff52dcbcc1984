//! Between source and client: deadlines, slow clients, runtimes, and what is told at the end.

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

const PATIENCE: Duration = Duration::from_secs(30);
const STALL: Duration = Duration::from_millis(100);

async fn assert_stalls(response: Response, told: &Told) {
    within(to_bytes(response.into_body(), usize::MAX))
        .await
        .expect_err("a failed download");
    assert!(ends(told)[0].contains("Stalled"));
}

/// Where `on_finish` tells its outcomes.
type Told = Arc<Mutex<Vec<Outcome>>>;

fn telling(told: &Told, download: Download) -> Download {
    let told = Arc::clone(told);
    download.on_finish(move |outcome| told.lock().unwrap().push(outcome))
}

fn ends(told: &Told) -> Vec<String> {
    told.lock()
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
        .expect("a whole body");
    String::from_utf8(bytes.into()).expect("text")
}

#[tokio::test]
async fn a_source_that_stalls_before_its_first_byte_is_a_500() {
    let told = Told::default();
    let content = Content::from_stream(stream::pending::<Bytes>());
    let download = telling(&told, Download::new(content).stall_timeout(STALL));
    let response = within(download.respond(&DownloadRequest::default())).await;
    assert_eq!(response.status(), 500);
    assert!(ends(&told)[0].contains("Stalled"));
}

#[tokio::test]
async fn a_source_that_stalls_later_breaks_the_download_off() {
    let told = Told::default();
    let rows = stream::iter(["some"]).chain(stream::pending());
    let content = Content::from_stream(rows);
    let download = telling(&told, Download::new(content).stall_timeout(STALL));
    let response = within(download.respond(&DownloadRequest::default())).await;
    assert_eq!(response.status(), 200);
    assert_stalls(response, &told).await;
}

#[test]
fn a_reader_that_was_swift_and_stalls_is_broken_off() {
    let contents = [Content::from_reader, Content::from_seekable_reader];
    for (runtime, content) in runtimes()
        .iter()
        .flat_map(|one| contents.map(|of| (one, of)))
    {
        runtime.block_on(async {
            let told = Told::default();
            let (_held, reader) = Stalling::new();
            let download = telling(&told, Download::new(content(reader)).stall_timeout(STALL));
            let response = within(download.respond(&DownloadRequest::default())).await;
            assert_stalls(response, &told).await;
        });
    }
}

#[test]
fn a_reader_that_was_swift_and_stalls_keeps_nothing_back() {
    for runtime in runtimes() {
        runtime.block_on(async {
            let (held, reader) = Stalling::new();
            let server = Server::start(reader.into_router()).await;
            let address = server.address();
            // A thread of its own keeps it fast.
            let client = spawn_blocking(move || {
                let mut connection = TcpStream::connect(address)?;
                connection.set_read_timeout(Some(PATIENCE))?;
                Write::write_all(&mut connection, &Request::get("/").to_http1())?;
                let (mut buffer, mut got) = (vec![0; 1 << 20], 0);
                // With head and framing, a few KiB less than all will do.
                while got < Stalling::SIZE {
                    got += Read::read(&mut connection, &mut buffer)?;
                }
                io::Result::Ok(())
            });
            client.await.unwrap().expect("everything that was given");
            drop(held);
        });
    }
}

/// Whose size cannot be had.
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
        assert!(!self.panics, "lost the way");
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
async fn a_reader_that_stalls_or_panics_before_it_tells_its_size_is_a_500() {
    for (panics, why) in [(false, "Stalled"), (true, "lost the way")] {
        let told = Told::default();
        let content = Content::from_seekable_async_reader(Unsized { panics });
        let download = telling(&told, Download::new(content).stall_timeout(STALL));
        let response = within(download.respond(&DownloadRequest::default())).await;
        assert_eq!(response.status(), 500);
        assert!(ends(&told)[0].contains(why));
    }
}

#[tokio::test]
async fn a_source_that_goes_on_in_time_is_not_stalled() {
    let rows = stream::iter(0..5).then(|i| async move {
        tokio::time::sleep(STALL / 4).await;
        format!("{i}")
    });
    let download = Download::new(Content::from_stream(rows)).stall_timeout(STALL * 20);
    let response = within(download.respond(&DownloadRequest::default())).await;
    assert_eq!(within(text(response)).await, "01234");
}

#[tokio::test]
async fn a_source_that_nobody_asks_for_more_is_not_stalled() {
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
async fn each_end_is_told_once() {
    let told = Told::default();
    let get = DownloadRequest::default();
    drop(telling(&told, Download::new("unserved")));
    assert_eq!(ends(&told), ["NotSent"]);
    text(telling(&told, Download::new("sent")).respond(&get).await).await;
    assert_eq!(ends(&told), ["Completed"]);
    drop(telling(&told, Download::new("left")).respond(&get).await);
    assert_eq!(ends(&told), ["ClientLeft"]);
    telling(&told, Download::new("head")).respond(&head()).await;
    assert_eq!(ends(&told), ["NotSent"]);
    telling(&told, Download::new("bad").etag("\u{7f}"))
        .respond(&get)
        .await;
    assert!(ends(&told)[0].contains("Failed"));
    let missing = Content::from_response(axum::http::StatusCode::NOT_FOUND);
    telling(&told, Download::new(missing)).respond(&get).await;
    assert_eq!(ends(&told), ["Refused"]);
    let empty = Content::from_stream(stream::empty::<Bytes>());
    text(telling(&told, Download::new(empty)).respond(&get).await).await;
    assert_eq!(ends(&told), ["Completed"]);
}

#[tokio::test]
async fn everybody_who_listens_is_told() {
    let (inner, outer) = (Told::default(), Told::default());
    let failing = stream::iter([Err::<Bytes, _>(io::Error::other("no paper"))]);
    let download = telling(&inner, Download::new(Content::from_stream(failing)));
    let download = telling(&outer, Download::new(download));
    let response = download.respond(&DownloadRequest::default()).await;
    assert_eq!(response.status(), 500);
    for told in [inner, outer] {
        let outcome = told.lock().unwrap().pop().expect("an outcome");
        let End::Failed(error) = outcome.end else {
            panic!("{outcome:?}")
        };
        assert_eq!(error.to_string(), "no paper");
    }
}

#[tokio::test]
async fn a_temporary_file_goes_with_its_download() {
    let path = std::env::temp_dir().join(format!("downloadview-{}", std::process::id()));
    std::fs::write(&path, "temporary").expect("a place for it");
    let deleted = path.clone();
    let download = Download::new(File::open(&path).expect("the file"))
        .on_finish(move |_| std::fs::remove_file(deleted).expect("still there"));
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
fn clients_that_do_not_read_hold_no_threads() {
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
fn rows_that_come_slowly_come_at_once() {
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

/// What makes short content, and how.
type Short = (&'static str, fn() -> Content);

/// What does not know that it is short.
fn short() -> [Short; 6] {
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
fn short_content_is_in_memory_whatever_makes_it() {
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
        // All of them, but for a machine that is busy with else and lets a source wait.
        assert!(known >= 10, "{kind}: {known} of 50");
    }
}

#[test]
fn rows_that_come_steadily_are_not_kept_until_a_frame_is_full() {
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
fn what_a_writer_closure_wrote_is_in_memory_where_it_fits_a_frame() {
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
fn a_writer_that_flushes_is_heard_at_once() {
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
async fn a_collected_body_is_whole_however_large() {
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
async fn empty_pieces_without_end_let_others_run() {
    let nothing = || stream::repeat("");
    let download = Download::new(Content::from_stream(nothing()));
    let begun = timeout(STALL, download.respond(&DownloadRequest::default())).await;
    assert!(begun.is_err(), "there is no first byte");
}

/// A part of a source that panics when it is dropped.
struct Bomb;

impl Drop for Bomb {
    fn drop(&mut self) {
        panic!("in the destructor");
    }
}

#[tokio::test]
async fn a_panic_when_a_source_is_dropped_leaves_the_download_whole() {
    for rows in [1, 1000] {
        let told = Told::default();
        let bomb = Bomb;
        let rows = endless().take(rows).inspect(move |_| {
            let _ = &bomb;
        });
        let download = Download::new(Content::from_stream(stream::iter(rows)));
        let response = telling(&told, download)
            .respond(&DownloadRequest::default())
            .await;
        assert_eq!(response.status(), 200);
        text(response).await;
        assert_eq!(ends(&told), ["Completed"]);
    }
}

#[tokio::test]
async fn what_a_source_said_goes_before_a_panic_when_it_is_dropped() {
    let told = Told::default();
    let bomb = Bomb;
    let mut rows = endless().take(1000);
    let rows = iter::repeat_with(move || {
        let _ = &bomb;
        rows.next().ok_or_else(|| io::Error::other("no paper"))
    });
    let download = Download::new(Content::from_chunks(rows));
    let response = telling(&told, download)
        .respond(&DownloadRequest::default())
        .await;
    to_bytes(response.into_body(), usize::MAX)
        .await
        .expect_err("a failed download");
    assert!(ends(&told)[0].contains("no paper"));
}

#[tokio::test]
async fn a_panic_of_on_finish_stays_there() {
    let download = Download::new("some").on_finish(|_| panic!("in the callback"));
    let response = download.respond(&DownloadRequest::default()).await;
    assert_eq!(text(response).await, "some");
}

#[tokio::test]
async fn the_time_taken_begins_with_the_request() {
    let told = Told::default();
    let request = DownloadRequest::default();
    tokio::time::sleep(STALL).await;
    let download = telling(&told, Download::new("some"));
    text(download.respond(&request).await).await;
    assert!(told.lock().unwrap()[0].elapsed >= STALL);
}
