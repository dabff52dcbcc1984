//! Archives that fail: what the client gets, and what the log says.

use std::{
    fs::{self, File},
    future::ready,
    io,
    path::PathBuf,
    sync::{Arc, Mutex},
    time::Duration,
};

use axum::{Router, http::StatusCode, routing::any};
use downloadview::{Content, Download, DownloadRequest, End, Entry, Failure, IntoEntry, Zip};
use tests::{
    archives::{Folder, bytes, read, router, touch},
    call::send,
    http1::{Broken, Connection},
    limited,
    message::Request,
    server::Server,
};
use tower::ServiceExt;

/// The status of an answer that fails before its head, and the reason.
async fn refusal(zip: Zip) -> (StatusCode, String) {
    let response = Download::new(zip)
        .respond(&DownloadRequest::default())
        .await;
    let failure = response.extensions().get::<Failure>().unwrap();
    (response.status(), failure.to_string())
}

/// The reason of an answer that fails after its head. The client must see it.
async fn abortion(make: impl Fn() -> Zip + Clone + Send + Sync + 'static) -> String {
    let ends = Arc::new(Mutex::new(Vec::new()));
    let app = {
        let ends = Arc::clone(&ends);
        Router::new().route(
            "/",
            any(move |request: DownloadRequest| {
                let ends = Arc::clone(&ends);
                let download = Download::new(make());
                let note = move |outcome: downloadview::Outcome| {
                    if let End::Failed(failure) = outcome.end {
                        ends.lock().unwrap().push(failure.to_string());
                    }
                };
                async move { download.on_finish(note).respond(&request).await }
            }),
        )
    };
    let server = Server::start(app).await;
    let mut connection = Connection::open(&server).await;
    let answer = limited(connection.try_exchange(&Request::get("/"))).await;
    assert!(matches!(answer, Err(Broken::Cut(_))), "{answer:?}");
    let ends = ends.lock().unwrap();
    assert_eq!(ends.len(), 1);
    ends[0].clone()
}

/// An archive whose second entry fails, after one that is sent before.
fn second(entry: impl IntoEntry) -> Zip {
    let mut zip = Zip::new();
    zip.add("first", bytes(0..1_000_000)).add("bad", entry);
    zip
}

fn one(entry: impl IntoEntry) -> Zip {
    [("bad", entry)].into_iter().collect()
}

fn failing(size: u64) -> Entry {
    Entry::open(size, || {
        ready(Err::<String, _>(io::Error::other("no such object")))
    })
}

#[tokio::test]
async fn missing_file_is_404() {
    let missing = || Entry::file("/nonexistent/file");
    let (status, reason) = refusal(second(missing())).await;
    assert_eq!(status, 404);
    assert!(
        reason.starts_with("archive entry \"bad\": No such file"),
        "{reason}"
    );
    let mut zip = Zip::new();
    zip.tree("photos", "/nonexistent");
    assert_eq!(refusal(zip).await.0, 404);
}

#[tokio::test]
async fn first_entry_that_fails_is_a_500_or_a_404() {
    let (status, reason) = refusal(one(failing(100_000))).await;
    assert_eq!(
        (status.as_u16(), &reason[..]),
        (500, "archive entry \"bad\": no such object")
    );
    let missing = || Err::<String, _>(io::Error::from(io::ErrorKind::NotFound));
    let entry = Entry::open(100_000, move || ready(missing()));
    assert_eq!(refusal(one(entry)).await.0, 404);
    let gone = || {
        ready(Ok::<_, io::Error>(Content::from_response(
            StatusCode::NOT_FOUND,
        )))
    };
    assert_eq!(refusal(one(Entry::open(100_000, gone))).await.0, 404);
    let rows = futures::stream::iter([Err::<String, _>(io::Error::other("first row"))]);
    let (status, reason) = refusal(one(Content::from_stream(rows))).await;
    assert_eq!(
        (status.as_u16(), &reason[..]),
        (500, "archive entry \"bad\": first row")
    );
}

#[tokio::test]
async fn bad_entries_are_named_before_the_head() {
    let folder = Folder::new();
    let path = folder.write("file", "12345", 100);
    for (entry, expected) in [
        (Entry::file(folder.path()), "is a directory"),
        (
            Entry::file(&path).size(6),
            "content ended after 5 of 6 expected bytes",
        ),
        (Entry::file("/dev/null"), "not a regular file"),
        (
            Entry::new("12345").size(4),
            "content is longer than the 4 expected bytes",
        ),
        (Entry::new("1").etag("\"a\"b"), "`etag` cannot be"),
        (
            Entry::new(Content::from_response(StatusCode::FORBIDDEN)),
            "403 Forbidden",
        ),
        (
            Entry::new(Download::new("1").etag("\"a\"b")),
            "`etag` cannot be",
        ),
    ] {
        let (status, reason) = refusal(second(entry)).await;
        assert_eq!(status, 500, "{reason}");
        assert!(reason.starts_with("archive entry \"bad\": "), "{reason}");
        assert!(reason.contains(expected), "{reason}");
    }
}

#[tokio::test]
async fn entry_that_fails_later_aborts_the_transfer_and_is_named() {
    type Make = fn(Entry) -> Zip;
    let text = |text: &'static str| move || ready(Ok::<_, io::Error>(text));
    let panics = || -> std::future::Ready<io::Result<String>> { panic!("boo") };
    let forbidden = || {
        ready(Ok::<_, io::Error>(Content::from_response(
            StatusCode::FORBIDDEN,
        )))
    };
    let encoded = || {
        let response = ([("content-encoding", "gzip")], "12345");
        ready(Ok::<_, io::Error>(Content::from_response(response)))
    };
    let make: Make = second;
    for (reason, expected) in [
        (abortion(move || make(failing(5))).await, "no such object"),
        (
            abortion(move || make(Entry::open(5, text("1234")))).await,
            "content ended after 4 of 5 expected bytes",
        ),
        (
            abortion(move || make(Entry::open(5, text("123456")))).await,
            "content is longer than the 5 expected bytes",
        ),
        (
            abortion(move || make(Entry::open(5, text("12345")).crc32(7))).await,
            "the crc32 of the content is 0xcbf53a1c, not 0x00000007 as declared",
        ),
        (
            abortion(move || make(Entry::new("12345").crc32(7))).await,
            "the crc32 of the content",
        ),
        (
            abortion(move || make(Entry::open(5, panics))).await,
            "panicked: boo",
        ),
        (
            abortion(move || make(Entry::open(5, forbidden))).await,
            "its content is a response with the status 403 Forbidden",
        ),
        (
            abortion(move || make(Entry::open(5, encoded))).await,
            "content encoding \"gzip\"",
        ),
    ] {
        assert!(reason.starts_with("archive entry \"bad\": "), "{reason}");
        assert!(reason.contains(expected), "{reason}");
    }
}

#[tokio::test]
async fn entry_of_another_size_aborts_the_transfer_and_is_named() {
    for (reason, expected) in [
        (
            abortion(|| second(stream("1234", 5))).await,
            "content ended after 4 of 5 expected bytes",
        ),
        (
            abortion(|| second(stream("123456", 5))).await,
            "content is longer than the 5 expected bytes",
        ),
        (
            abortion(|| second(range("1234", 5))).await,
            "ended after 4 of 5 expected bytes",
        ),
        (
            abortion(|| second(range("123456", 5))).await,
            "longer than the 5 expected bytes",
        ),
    ] {
        assert!(reason.starts_with("archive entry \"bad\": "), "{reason}");
        assert!(reason.contains(expected), "{reason}");
    }
}

fn stream(text: &'static str, size: u64) -> Entry {
    Entry::new(Content::from_stream(futures::stream::iter([text]))).size(size)
}

fn range(text: &'static str, size: u64) -> Entry {
    Entry::open_range(size, move |_| {
        ready(Ok::<_, io::Error>(futures::stream::iter([text])))
    })
}

#[tokio::test]
async fn failing_stream_of_unknown_size_aborts_the_transfer() {
    let make = || {
        let rows = ["some rows\n".repeat(100_000)].map(Ok);
        let rows = rows
            .into_iter()
            .chain([Err(io::Error::other("connection lost"))]);
        second(Content::from_chunks(rows))
    };
    assert_eq!(
        abortion(make).await,
        "archive entry \"bad\": connection lost"
    );
}

#[tokio::test]
async fn wrong_checksum_is_found_in_a_range_that_is_the_whole_entry() {
    let make = || one(Entry::open(5, || ready(Ok::<_, io::Error>("12345"))).crc32(7));
    let request = axum::http::Request::get("/").header("Range", "bytes=33-37");
    let request = request.body(axum::body::Body::empty()).unwrap();
    let response = router(make).oneshot(request).await.unwrap();
    assert_eq!(response.status(), 500);
    // A part of it cannot be checked.
    let part = send(router(make), "GET", "/", &[("Range", "bytes=34-37")]).await;
    assert_eq!((part.status, &part.body[..]), (206, &b"2345"[..]));
}

/// An archive with two files, of which the second is still to be opened when the first bytes have been received.
struct Files {
    folder: Folder,
    paths: [PathBuf; 2],
}

impl Files {
    fn new() -> Self {
        let folder = Folder::new();
        let paths = ["a", "b"].map(|name| folder.write(name, bytes(0..12_000_000), 100));
        Self { folder, paths }
    }

    fn make(&self) -> impl Fn() -> Zip + Clone + Send + Sync + use<> {
        let root = self.folder.path().to_owned();
        move || {
            let mut zip = Zip::new();
            zip.tree("", &root);
            zip
        }
    }
}

/// Begins a download and changes the second file before its bytes are due.
async fn interrupted(change: impl FnOnce(&Files)) -> Result<Vec<u8>, Broken> {
    let files = Files::new();
    let server = Server::start(router(files.make())).await;
    let mut connection = Connection::open_narrow(&server).await;
    connection.begin(&Request::get("/")).await;
    connection.receive(1000).await;
    change(&files);
    let answer = limited(connection.read_answer(&axum::http::Method::GET)).await;
    answer.map(|answer| answer.body)
}

#[tokio::test]
async fn file_that_changes_while_the_archive_is_sent_aborts_it() {
    let truncate = |path: &PathBuf, len: u64| {
        let file = File::options().write(true).open(path).unwrap();
        file.set_len(len).unwrap();
    };
    let answers = [
        interrupted(|files| touch(&files.paths[1], 50)).await,
        interrupted(|files| truncate(&files.paths[1], 10)).await,
        interrupted(|files| truncate(&files.paths[0], 11_000_000)).await,
        interrupted(|files| touch(&files.paths[0], 50)).await,
        interrupted(|files| fs::remove_file(&files.paths[1]).unwrap()).await,
        interrupted(|files| {
            fs::remove_file(&files.paths[1]).unwrap();
            std::os::unix::fs::symlink(&files.paths[0], &files.paths[1]).unwrap();
        })
        .await,
    ];
    for answer in answers {
        assert!(matches!(answer, Err(Broken::Cut(_))));
    }
}

#[tokio::test]
async fn archive_that_changed_between_two_parts_is_sent_as_a_whole() {
    let folder = Folder::new();
    let path = folder.write("a", bytes(0..100_000), 100);
    let root = folder.path().to_owned();
    let make = move || {
        let mut zip = Zip::new();
        zip.tree("", &root);
        zip
    };
    let old = send(router(make.clone()), "GET", "/", &[]).await;
    fs::write(&path, bytes(1..100_001)).unwrap();
    touch(&path, 50);
    let fields = [("Range", "bytes=50000-"), ("If-Range", old.field("etag"))];
    let new = send(router(make.clone()), "GET", "/", &fields).await;
    assert_eq!(new.status, 200);
    assert_eq!(read(&new.body)[0].1, bytes(1..100_001));
    assert_ne!(new.field("etag"), old.field("etag"));
    let fields = [("Range", "bytes=50000-"), ("If-Range", new.field("etag"))];
    assert_eq!(send(router(make), "GET", "/", &fields).await.status, 206);
}

#[tokio::test]
async fn entry_that_stalls_ends_the_transfer_and_is_named() {
    let unopened = || Entry::open(5, std::future::pending::<io::Result<String>>);
    let unread = || Entry::new(Content::from_stream(futures::stream::pending::<String>())).size(5);
    let without_size = || Entry::new(Content::from_stream(futures::stream::pending::<String>()));
    let makes: [fn() -> Entry; 3] = [unopened, unread, without_size];
    for make in makes {
        let download = Download::new(second(make())).stall_timeout(Duration::from_millis(50));
        let (sender, receiver) = tokio::sync::oneshot::channel();
        let download = download.on_finish(|outcome| drop(sender.send(outcome.end)));
        let response = download.respond(&DownloadRequest::default()).await;
        let body = axum::body::to_bytes(response.into_body(), usize::MAX).await;
        assert!(body.is_err());
        let End::Failed(failure) = receiver.await.unwrap() else {
            panic!("the download did not fail");
        };
        assert_eq!(
            failure.to_string(),
            "archive entry \"bad\": source produced no data within its stall timeout"
        );
    }
}
