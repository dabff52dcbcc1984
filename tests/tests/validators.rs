//! Ranges require a strong validator, and files provide validators.

use std::{
    fs::{self, File, FileTimes},
    io::Cursor,
    path::PathBuf,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use axum::{Router, body::Body, http::Response, routing::get};
use downloadview::{Content, Download, DownloadRequest};
use tests::call::{self, Answer};

async fn send(
    download: impl Fn() -> Download + Clone + Send + Sync + 'static,
    method: &str,
    fields: &[(&str, &str)],
) -> Answer {
    let handler = move |request: DownloadRequest| {
        let download = download();
        async move { download.respond(&request).await }
    };
    call::send(Router::new().route("/", get(handler)), method, "/", fields).await
}

type MakeDownload = fn() -> Download;

/// A name for messages and a function that creates a download.
type Case = (&'static str, Box<dyn Fn() -> Download + Send + Sync>);

const RANGE: [(&str, &str); 1] = [("Range", "bytes=0-9")];

/// A size above the limit up to which a tag is computed.
const LARGE: usize = 2 << 20;

fn large() -> Vec<u8> {
    vec![b'x'; LARGE]
}

#[track_caller]
fn assert_whole_without_ranges(answer: &Answer, name: &str) {
    assert_eq!(answer.status, 200, "{name}");
    assert_eq!(answer.field("accept-ranges"), "none", "{name}");
}

#[tokio::test]
async fn bytes_without_a_strong_validator_have_no_ranges() {
    let weak = "W/\"v1\"";
    let contents: [(&'static str, MakeDownload); 8] = [
        ("large bytes", || Download::new(large())),
        ("small bytes, weak tag", || {
            Download::new("0123456789abc").etag("W/\"v1\"")
        }),
        ("large bytes, weak tag", || {
            Download::new(large()).etag("W/\"v1\"")
        }),
        ("fresh date", || {
            Download::new(large()).last_modified(SystemTime::now())
        }),
        ("date to come", || {
            Download::new(large()).last_modified(SystemTime::now() + Duration::from_secs(100))
        }),
        ("weak tag beside an old date", || {
            let date = UNIX_EPOCH + Duration::from_secs(784_111_777);
            Download::new(large()).etag("W/\"v1\"").last_modified(date)
        }),
        ("a seekable reader", || {
            Download::from_seekable_reader(Cursor::new(large()))
        }),
        ("a seekable async reader", || {
            Download::from_seekable_async_reader(Cursor::new(large()))
        }),
    ];
    for (name, download) in contents {
        assert_whole_without_ranges(&send(download, "GET", &RANGE).await, name);
        let head = send(download, "HEAD", &[]).await;
        assert_eq!(head.field("accept-ranges"), "none", "HEAD {name}");
        let beyond = send(download, "GET", &[("Range", "bytes=99999999-")]).await;
        assert_whole_without_ranges(&beyond, name);
        let conditional = [("Range", "bytes=0-9"), ("If-Range", weak)];
        assert_whole_without_ranges(&send(download, "GET", &conditional).await, name);
    }
}

#[tokio::test]
async fn bytes_with_a_strong_validator_have_ranges() {
    let old = || UNIX_EPOCH + Duration::from_secs(784_111_777);
    let contents: [Case; 5] = [
        ("computed tag", Box::new(|| Download::new("0123456789abc"))),
        ("tag", Box::new(|| Download::new(large()).etag("v1"))),
        (
            "date",
            Box::new(move || Download::new(large()).last_modified(old())),
        ),
        (
            "seekable, tag",
            Box::new(|| Download::from_seekable_reader(Cursor::new(large())).etag("v1")),
        ),
        (
            "seekable, date",
            Box::new(move || {
                Download::from_seekable_reader(Cursor::new(large())).last_modified(old())
            }),
        ),
    ];
    for (name, download) in contents {
        let download = std::sync::Arc::new(download);
        let answer = send(move || download(), "GET", &RANGE).await;
        assert_eq!(answer.status, 206, "{name}");
        assert_eq!(answer.field("accept-ranges"), "bytes", "{name}");
    }
}

#[tokio::test]
async fn the_chunk_size_does_not_affect_ranges() {
    for chunk in [1 << 10, 64 << 10, 1 << 20, LARGE] {
        let download = move || {
            let chunks = LARGE / chunk;
            Download::from_chunks((0..chunks).map(move |_| vec![b'x'; chunk])).size(LARGE as u64)
        };
        let answer = send(download, "GET", &RANGE).await;
        assert_whole_without_ranges(&answer, &format!("chunks of {chunk}"));
    }
}

#[tokio::test]
async fn a_large_response_without_a_validator_has_no_ranges() {
    let download = || Download::from_response(Response::new(Body::from(large())));
    assert_whole_without_ranges(&send(download, "GET", &RANGE).await, "a response");
}

/// A temporary file that is removed when it is dropped.
struct TemporaryFile(PathBuf);

impl TemporaryFile {
    fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("validators-{}-{name}", std::process::id()));
        fs::write(&path, "0123456789abcdef").unwrap();
        Self(path)
    }

    fn set_modified_time(&self, time: SystemTime) {
        let file = File::options().write(true).open(&self.0).unwrap();
        file.set_times(FileTimes::new().set_modified(time)).unwrap();
    }

    async fn send(&self, fields: &[(&str, &str)]) -> Answer {
        let path = self.0.clone();
        send(
            move || Download::from_file(File::open(&path).unwrap()),
            "GET",
            fields,
        )
        .await
    }
}

impl Drop for TemporaryFile {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.0);
    }
}

#[tokio::test]
async fn copies_of_a_file_have_the_same_strong_tag() {
    let (one, other) = (TemporaryFile::new("one"), TemporaryFile::new("other"));
    let time = SystemTime::now() - Duration::from_millis(1_500);
    one.set_modified_time(time);
    other.set_modified_time(time);
    let (first, second) = (one.send(&[]).await, other.send(&[]).await);
    assert_eq!(first.field("etag"), second.field("etag"));
    assert!(first.field("etag").starts_with('"'), "{:?}", first.headers);
    let tag = first.field("etag").to_owned();
    let resumed = other
        .send(&[("Range", "bytes=5-"), ("If-Range", &tag)])
        .await;
    assert_eq!((resumed.status, resumed.text()), (206, "56789abcdef"));
}

#[tokio::test]
async fn files_of_different_length_or_time_have_different_tags() {
    let file = TemporaryFile::new("changes");
    let time = SystemTime::now() - Duration::from_secs(60);
    let mut tags = Vec::new();
    for nanos in [0, 1_000, 1_000_000] {
        file.set_modified_time(time + Duration::from_nanos(nanos));
        tags.push(file.send(&[]).await.field("etag").to_owned());
    }
    fs::write(&file.0, "0123456789").unwrap();
    file.set_modified_time(time);
    tags.push(file.send(&[]).await.field("etag").to_owned());
    let count = tags.len();
    tags.sort();
    tags.dedup();
    assert_eq!(tags.len(), count, "{tags:?}");
}

#[tokio::test]
async fn a_file_that_has_just_changed_has_a_weak_tag_and_no_ranges() {
    let file = TemporaryFile::new("fresh");
    for ahead in [0, 5, 3_600] {
        file.set_modified_time(SystemTime::now() + Duration::from_secs(ahead));
        let answer = file.send(&RANGE).await;
        assert_whole_without_ranges(&answer, "fresh");
        assert!(
            answer.field("etag").starts_with("W/\""),
            "{:?}",
            answer.headers
        );
    }
    file.set_modified_time(SystemTime::now() - Duration::from_millis(1_100));
    assert_eq!(file.send(&RANGE).await.status, 206);
}

#[tokio::test]
async fn a_date_at_the_epoch_is_ignored() {
    let file = TemporaryFile::new("epoch");
    for seconds in [0, 1] {
        let time = UNIX_EPOCH + Duration::from_secs(seconds);
        file.set_modified_time(time);
        let answer = file.send(&RANGE).await;
        assert_whole_without_ranges(&answer, "a file of the epoch");
        assert_eq!(answer.field("last-modified"), "");
        assert_eq!(answer.field("etag"), "");
    }
    let response = || {
        let response = Response::builder().header("Last-Modified", "Thu, 01 Jan 1970 00:00:01 GMT");
        Download::from_response(response.body(Body::from("text")).unwrap())
    };
    assert_eq!(send(response, "GET", &[]).await.field("last-modified"), "");
    file.set_modified_time(UNIX_EPOCH + Duration::from_secs(2));
    let answer = file.send(&[]).await;
    assert_eq!(
        answer.field("last-modified"),
        "Thu, 01 Jan 1970 00:00:02 GMT"
    );
    assert_ne!(answer.field("etag"), "");
    let path = file.0.clone();
    file.set_modified_time(UNIX_EPOCH);
    let tagged = move || Download::from_file(File::open(&path).unwrap()).etag("v1");
    assert_eq!(send(tagged, "GET", &RANGE).await.status, 206);
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn virtual_files_of_the_kernel_are_streamed() {
    let files = [
        "/proc/cpuinfo",
        "/proc/self/status",
        "/proc/version",
        "/sys/kernel/mm/transparent_hugepage/enabled",
    ];
    for path in files {
        let Ok(expected) = fs::read(path) else {
            continue;
        };
        let kinds: [fn(&str) -> Download; 3] = [
            |path| Download::new(File::open(path).unwrap()),
            |path| Download::new(std::sync::Arc::new(File::open(path).unwrap())),
            |path| Download::new(tokio::fs::File::from_std(File::open(path).unwrap())),
        ];
        for kind in kinds {
            let answer = send(move || kind(path), "GET", &[("Range", "bytes=0-")]).await;
            assert_eq!(answer.status, 200, "{path}");
            assert!(!answer.body.is_empty(), "{path}");
            for field in ["last-modified", "etag", "content-length"] {
                assert_eq!(answer.field(field), "", "{field} of {path}");
            }
            assert_eq!(answer.field("accept-ranges"), "none", "{path}");
            if path != "/proc/self/status" && path != "/proc/cpuinfo" {
                assert_eq!(answer.body, expected, "{path}");
            }
        }
    }
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn a_shared_virtual_file_is_served_from_its_beginning_each_time() {
    let file = std::sync::Arc::new(File::open("/proc/version").unwrap());
    let expected = fs::read("/proc/version").unwrap();
    for _ in 0..3 {
        let file = file.clone();
        let answer = send(move || Download::new(file.clone()), "GET", &[]).await;
        assert_eq!(answer.body, expected);
    }
}

#[tokio::test]
async fn short_generated_content_has_a_computed_tag_and_ranges() {
    let download = || Download::new(Content::from_chunks((0..3).map(|row| format!("{row}\n"))));
    assert_eq!(
        send(download, "GET", &[("Range", "bytes=0-1")])
            .await
            .status,
        206
    );
}
