//! Range requests (RFC 9110 §14) for every kind of content.

use std::sync::Arc;

use axum::{Router, routing::get};
use downloadview::DownloadRequest;
use tests::{
    http1, http2,
    kinds::{Flavour, Kind, MODIFIED, Subject, path, router, subjects},
    limited,
    message::{Answer, Framing, Request},
    multipart::{self, content_range},
    server::Server,
};

/// A size of several frames that is not a multiple of any buffer size.
const SIZE: usize = 200_003;

/// Returns single ranges of a file of `n` bytes, each with the expected first and last position.
fn single_ranges(n: usize) -> Vec<(String, usize, usize)> {
    let last = n - 1;
    vec![
        ("bytes=0-0".into(), 0, 0),
        ("bytes=5-9".into(), 5, 9),
        ("BYTES= 60000-140000 ,".into(), 60_000, 140_000),
        ("bytes=0-".into(), 0, last),
        (format!("bytes={}-", n - 5), n - 5, last),
        (format!("bytes=1-{}", n + 100), 1, last),
        ("bytes=7-99999999999999999999999999".into(), 7, last),
        (format!("bytes={last}-{last}"), last, last),
        ("bytes=-1".into(), last, last),
        ("bytes=-70000".into(), n - 70_000, last),
        (format!("bytes=-{n}"), 0, last),
        (format!("bytes=-{}", n + 100), 0, last),
        (format!("bytes={n}-,3-4,-0"), 3, 4),
        ("bytes=10-14,0-4,3-11".into(), 0, 14),
        ("bytes=5-9,0-4".into(), 0, 9),
    ]
}

/// Returns sets of ranges, each with the first and last positions of the expected parts in order.
fn several_ranges(n: usize) -> Vec<(String, Vec<(usize, usize)>)> {
    let last = n - 1;
    vec![
        ("bytes=0-0,-1".into(), vec![(0, 0), (last, last)]),
        ("bytes=0-1,3-4".into(), vec![(0, 1), (3, 4)]),
        ("bytes=-5,0-4".into(), vec![(n - 5, last), (0, 4)]),
        (
            "bytes=100000-170000,5-9,1-2".into(),
            vec![(100_000, 170_000), (5, 9), (1, 2)],
        ),
        (
            "bytes=0-70000,80000-,70001-70002".into(),
            vec![(0, 70_002), (80_000, last)],
        ),
        (
            format!("bytes=1-1,{n}-,3-3,5-5,7-7,9-9"),
            vec![(1, 1), (3, 3), (5, 5), (7, 7), (9, 9)],
        ),
    ]
}

/// Values of `Range` that are invalid and therefore ignored.
const IGNORED: [&str; 9] = [
    "items=0-5",
    "bytes",
    "bytes=",
    "bytes=,",
    "bytes=5-4",
    "bytes=0-4,x",
    "bytes=-",
    "bytes=0-4;5-9",
    "bytes=0x0-0x5",
];

const UNSATISFIABLE: [&str; 4] = [
    "bytes=-0",
    "bytes=99999999-",
    "bytes=99999999999999999999999999-",
    "bytes=99999999-,-0",
];

/// A server of all kinds, with a connection to it in each HTTP version.
struct Fixture {
    subjects: Vec<Arc<Subject>>,
    one: http1::Connection,
    two: http2::Connection,
    _server: Server,
}

impl Fixture {
    async fn new(size: usize) -> Self {
        let subjects = subjects(size, 1);
        let server = Server::start(router(&subjects)).await;
        Self {
            subjects,
            one: http1::Connection::open(&server).await,
            two: http2::Connection::open(&server).await,
            _server: server,
        }
    }

    /// Returns the responses in both versions. Each connection is used for all requests of the test.
    async fn exchange(&mut self, request: &Request) -> [Answer; 2] {
        [
            self.one.exchange(request).await,
            self.two.exchange(request).await,
        ]
    }
}

fn resumable(kind: Kind, range: &str) -> Request {
    Request::get(path(Flavour::Resumable, kind)).range(range)
}

fn check_common(answer: &Answer, subject: &Subject) {
    assert_eq!(answer.field("etag"), Some(&*subject.etag()));
    assert_eq!(answer.field("last-modified"), Some(MODIFIED));
    assert_eq!(answer.field("accept-ranges"), Some("bytes"));
    assert_eq!(answer.field("x-content-type-options"), Some("nosniff"));
}

fn check_part(answer: &Answer, subject: &Subject, first: usize, last: usize) {
    assert_eq!(answer.status, 206);
    let expected = format!("bytes {first}-{last}/{}", subject.bytes.len());
    assert_eq!(answer.field("content-range"), Some(&*expected));
    assert_eq!(answer.content_length(), Some((last - first + 1) as u64));
    assert_ne!(answer.framing, Framing::Chunked);
    assert!(
        answer.body == subject.bytes[first..=last],
        "the bytes differ: {expected}"
    );
    assert!(answer.field("content-disposition").is_some());
    check_common(answer, subject);
}

fn check_parts(answer: &Answer, subject: &Subject, expected: &[(usize, usize)]) {
    assert_eq!(answer.status, 206);
    assert_eq!(answer.field("content-range"), None);
    assert_eq!(answer.content_length(), Some(answer.body.len() as u64));
    assert_ne!(answer.framing, Framing::Chunked);
    let parts = multipart::parts(answer).expect("multipart/byteranges");
    let ranges: Vec<_> = parts.iter().map(|part| (part.first, part.last)).collect();
    let expected: Vec<_> = expected
        .iter()
        .map(|&(first, last)| (first as u64, last as u64))
        .collect();
    assert_eq!(ranges, expected);
    let content_type = match subject.kind {
        Kind::Response => "application/x-kind",
        _ => "application/octet-stream",
    };
    for part in parts {
        let (first, last) = (usize::try_from(part.first), usize::try_from(part.last));
        assert!(part.bytes == subject.bytes[first.unwrap()..=last.unwrap()]);
        assert_eq!(part.size, subject.bytes.len() as u64);
        assert_eq!(part.content_type.as_deref(), Some(content_type));
    }
    check_common(answer, subject);
}

fn check_whole(answer: &Answer, subject: &Subject) {
    assert_eq!(answer.status, 200);
    assert_eq!(answer.field("content-range"), None);
    assert_eq!(answer.content_length(), Some(subject.bytes.len() as u64));
    assert!(
        answer.body == subject.bytes,
        "the bytes of {:?} differ",
        subject.kind
    );
    check_common(answer, subject);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_single_range_is_a_206_with_its_bytes() {
    limited(async {
        let mut fixture = Fixture::new(SIZE).await;
        for subject in fixture.subjects.clone() {
            for (range, first, last) in single_ranges(subject.bytes.len()) {
                for answer in fixture.exchange(&resumable(subject.kind, &range)).await {
                    check_part(&answer, &subject, first, last);
                }
            }
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn several_ranges_are_parts_in_the_requested_order() {
    limited(async {
        let mut fixture = Fixture::new(SIZE).await;
        for subject in fixture.subjects.clone() {
            for (range, parts) in several_ranges(subject.bytes.len()) {
                for answer in fixture.exchange(&resumable(subject.kind, &range)).await {
                    if subject.kind.is_seekable() || parts.is_sorted() {
                        check_parts(&answer, &subject, &parts);
                    } else {
                        check_whole(&answer, &subject);
                    }
                }
            }
        }
    })
    .await;
}

#[tokio::test]
async fn a_few_parts_are_sent_even_of_a_small_file() {
    limited(async {
        let mut fixture = Fixture::new(16).await;
        for subject in fixture.subjects.clone() {
            let parts: Vec<_> = (0..8).map(|index| (index * 2, index * 2)).collect();
            let range = "bytes=0-0,2-2,4-4,6-6,8-8,10-10,12-12,14-14";
            for answer in fixture.exchange(&resumable(subject.kind, range)).await {
                check_parts(&answer, &subject, &parts);
            }
        }
    })
    .await;
}

#[tokio::test]
async fn each_response_has_a_different_boundary() {
    limited(async {
        let mut fixture = Fixture::new(1000).await;
        let request = resumable(Kind::Text, "bytes=0-0,-1");
        let [one, two] = fixture.exchange(&request).await;
        assert_ne!(one.field("content-type"), two.field("content-type"));
    })
    .await;
}

#[tokio::test]
async fn invalid_ranges_are_ignored() {
    limited(async {
        let mut fixture = Fixture::new(1000).await;
        for subject in fixture.subjects.clone() {
            for range in IGNORED {
                for answer in fixture.exchange(&resumable(subject.kind, range)).await {
                    check_whole(&answer, &subject);
                }
            }
            let twice = resumable(subject.kind, "bytes=0-4").range("bytes=0-4");
            for answer in fixture.exchange(&twice).await {
                check_whole(&answer, &subject);
            }
        }
    })
    .await;
}

#[tokio::test]
async fn a_range_beyond_the_end_is_a_416_with_the_size_and_does_not_use_the_content() {
    limited(async {
        let mut fixture = Fixture::new(1000).await;
        for subject in fixture.subjects.clone() {
            subject.wait_until_idle().await;
            subject.probe.take();
            for range in UNSATISFIABLE {
                for answer in fixture.exchange(&resumable(subject.kind, range)).await {
                    assert_eq!(answer.status, 416, "{range} of {:?}", subject.kind);
                    let expected = format!("bytes */{}", subject.bytes.len());
                    assert_eq!(answer.field("content-range"), Some(&*expected));
                    assert_eq!((answer.content_length(), answer.body.len()), (Some(0), 0));
                    assert_eq!(answer.field("content-type"), None);
                    assert_eq!(answer.field("content-disposition"), None);
                }
            }
            let (calls, produced, _) = subject.probe.take();
            assert_eq!((calls, produced), (0, 0), "{:?} was used", subject.kind);
        }
    })
    .await;
}

#[tokio::test]
async fn an_empty_file_is_sent_completely_for_any_range() {
    limited(async {
        let mut fixture = Fixture::new(0).await;
        for subject in fixture.subjects.clone() {
            if subject.bytes.is_empty() {
                for range in ["bytes=0-", "bytes=0-0", "bytes=-1", "bytes=-0"] {
                    for answer in fixture.exchange(&resumable(subject.kind, range)).await {
                        check_whole(&answer, &subject);
                    }
                }
            }
        }
    })
    .await;
}

#[tokio::test]
async fn if_range_selects_the_part_for_the_same_tag_or_date_and_otherwise_the_whole_file() {
    limited(async {
        let mut fixture = Fixture::new(1000).await;
        for subject in fixture.subjects.clone() {
            let request =
                |condition: &str| resumable(subject.kind, "bytes=5-9").field("If-Range", condition);
            for condition in [&*subject.etag(), MODIFIED, "Sunday, 06-Nov-94 08:49:37 GMT"] {
                for answer in fixture.exchange(&request(condition)).await {
                    check_part(&answer, &subject, 5, 9);
                }
            }
            for condition in [
                "\"v2\"",
                "W/\"v1\"",
                "\"v1\", \"v2\"",
                "*",
                "v1",
                "",
                "Sun, 06 Nov 1994 08:49:36 GMT",
                "Sun, 06 Nov 1994 08:49:38 GMT",
                "Fri, 31 Dec 9999 23:59:59 GMT",
            ] {
                for answer in fixture.exchange(&request(condition)).await {
                    check_whole(&answer, &subject);
                }
            }
            let beyond = resumable(subject.kind, "bytes=9999999-").field("If-Range", "\"v2\"");
            for answer in fixture.exchange(&beyond).await {
                check_whole(&answer, &subject);
            }
        }
    })
    .await;
}

#[tokio::test]
async fn head_has_no_ranges() {
    limited(async {
        let mut fixture = Fixture::new(1000).await;
        for subject in fixture.subjects.clone() {
            for range in ["bytes=0-4", "bytes=0-0,-1", "bytes=9999999-"] {
                let request = Request::head(path(Flavour::Resumable, subject.kind)).range(range);
                for answer in fixture.exchange(&request).await {
                    assert_eq!((answer.status, answer.body.len()), (200, 0));
                    assert_eq!(answer.content_length(), Some(subject.bytes.len() as u64));
                    assert_eq!(answer.field("content-range"), None);
                    check_common(&answer, &subject);
                }
            }
        }
    })
    .await;
}

#[tokio::test]
async fn post_has_neither_ranges_nor_conditions() {
    limited(async {
        let mut fixture = Fixture::new(1000).await;
        for subject in fixture.subjects.clone() {
            for (name, value) in [
                ("Range", "bytes=0-4"),
                ("Range", "bytes=9999999-"),
                ("If-None-Match", "*"),
                ("If-Match", "\"other\""),
                ("If-Modified-Since", MODIFIED),
                ("If-Unmodified-Since", "Thu, 01 Jan 1970 00:00:00 GMT"),
            ] {
                let request =
                    Request::post(path(Flavour::Resumable, subject.kind)).field(name, value);
                for answer in fixture.exchange(&request).await {
                    assert_eq!(answer.status, 200, "{name} {value}");
                    assert!(answer.body == subject.bytes);
                    assert_ne!(answer.field("accept-ranges"), Some("bytes"));
                }
            }
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn content_in_memory_and_files_have_ranges_without_options() {
    limited(async {
        let mut fixture = Fixture::new(SIZE).await;
        for subject in fixture.subjects.clone() {
            if subject.kind.is_memory() || subject.kind.is_file() {
                let request =
                    Request::get(path(Flavour::Plain, subject.kind)).range("bytes=100000-170000");
                for answer in fixture.exchange(&request).await {
                    assert_eq!(answer.status, 206, "{:?}", subject.kind);
                    assert!(answer.body == subject.bytes[100_000..=170_000]);
                }
            }
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn generated_content_without_options_sends_accept_ranges_none() {
    limited(async {
        let mut fixture = Fixture::new(SIZE).await;
        for subject in fixture.subjects.clone() {
            if !subject.kind.has_size() {
                let request = Request::get(path(Flavour::Plain, subject.kind)).range("bytes=5-9");
                for answer in fixture.exchange(&request).await {
                    assert_eq!(answer.status, 200, "{:?}", subject.kind);
                    assert_eq!(answer.field("accept-ranges"), Some("none"));
                    assert!(answer.body == subject.bytes);
                }
            }
        }
    })
    .await;
}

#[tokio::test]
async fn generated_content_with_a_weak_tag_sends_accept_ranges_none() {
    limited(async {
        let subject = Arc::new(Subject::new(Kind::PendingStream, SIZE, 1));
        let shared = Arc::clone(&subject);
        let view = move |request: DownloadRequest| async move {
            let download = shared.plain().size(SIZE as u64).etag("W/\"v1\"");
            download.respond(&request).await
        };
        let server = Server::start(Router::new().route("/", get(view))).await;
        let request = Request::get("/").range("bytes=5-9");
        let answer = http1::Connection::open(&server)
            .await
            .exchange(&request)
            .await;
        assert_eq!(
            (answer.status, answer.field("accept-ranges")),
            (200, Some("none"))
        );
        assert!(answer.body == subject.bytes);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_seekable_source_seeks_once_per_part_and_reads_only_the_parts() {
    limited(async {
        let mut fixture = Fixture::new(SIZE).await;
        for subject in fixture.subjects.clone() {
            if subject.kind.is_seekable_source() {
                for (range, parts) in several_ranges(SIZE) {
                    subject.probe.take();
                    fixture.one.exchange(&resumable(subject.kind, &range)).await;
                    subject.wait_until_idle().await;
                    let (_, produced, seeks) = subject.probe.take();
                    let requested: usize = parts.iter().map(|(first, last)| last - first + 1).sum();
                    assert_eq!((produced, seeks), (requested, parts.len()), "{range}");
                }
            }
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn generated_content_is_produced_at_most_once_and_only_as_far_as_requested() {
    limited(async {
        const LARGE: usize = 2 << 20;
        let mut fixture = Fixture::new(LARGE).await;
        for subject in fixture.subjects.clone() {
            let size = subject.bytes.len();
            if subject.kind.is_seekable() || subject.kind == Kind::Response {
                continue;
            }
            for (range, max) in [
                ("bytes=-5".to_owned(), size),
                ("bytes=0-0,-1".to_owned(), size),
                (format!("bytes={}-,0-4", size - 5), size),
                ("bytes=0-9".to_owned(), size / 2),
                ("bytes=5-9,20-29,100000-100009".to_owned(), size / 2),
            ] {
                subject.probe.take();
                fixture.one.exchange(&resumable(subject.kind, &range)).await;
                subject.wait_until_idle().await;
                let (_, produced, _) = subject.probe.take();
                assert!(
                    produced <= max,
                    "{produced} bytes of {:?} for {range}",
                    subject.kind
                );
            }
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn consecutive_parts_make_up_the_file() {
    limited(async {
        let mut fixture = Fixture::new(SIZE).await;
        for subject in fixture.subjects.clone() {
            let mut file = Vec::new();
            while file.len() < subject.bytes.len() {
                let range = format!("bytes={}-{}", file.len(), file.len() + 30_000);
                let request = resumable(subject.kind, &range).field("If-Range", subject.etag());
                let answer = fixture.one.exchange(&request).await;
                let (first, ..) = content_range(answer.field("content-range").unwrap()).unwrap();
                assert_eq!(first, file.len() as u64);
                file.extend(answer.body);
            }
            assert!(file == subject.bytes, "{:?}", subject.kind);
        }
    })
    .await;
}
