//! Thousands of request fields and file names, mutated from a corpus. Every response is valid, and every byte of its body
//! is from the file.
//!
//! The number of inputs is limited for CI. `FUZZ_INPUTS=1000000 cargo test -p tests --release --test fuzz` runs for longer.
//! A failure prints its seed, and `FUZZ_SEED` repeats it.

use axum::{
    body::to_bytes,
    http::{HeaderName, HeaderValue, Request, header, request},
    response::Response,
};
use downloadview::{Content, Download, DownloadRequest};
use tests::{
    disposition::Disposition,
    kinds::{MODIFIED, modified, pattern},
    limited,
    message::{Answer, Framing},
    multipart::{self, content_range},
    random::{PrintSeedOnPanic, Random, number},
};

const SIZE: usize = 2_000;

const FIELDS: [HeaderName; 6] = [
    header::IF_MATCH,
    header::IF_NONE_MATCH,
    header::IF_MODIFIED_SINCE,
    header::IF_UNMODIFIED_SINCE,
    header::IF_RANGE,
    header::RANGE,
];

const CORPUS: [&str; 32] = [
    "bytes=0-0",
    "bytes=5-9,100-199,-50",
    "bytes=1990-, 0-4 ,,7-7",
    "bytes=-1",
    "bytes=2000-",
    "bytes=0-18446744073709551615",
    "bytes=18446744073709551616-",
    "bytes=-99999999999999999999999",
    "bytes= 1-2,3-4,5-6,7-8,9-10,12-13,15-16,18-19,21-22,24-25",
    "BYTES=000000-0000001",
    "items=0-5",
    "\"v1\"",
    "W/\"v1\"",
    "*",
    "\"a\", \"b,c\" ,,W/\"v1\"",
    "\"\"",
    "\"\u{e9}\\\"\"",
    MODIFIED,
    "Sunday, 06-Nov-94 08:49:37 GMT",
    "Sun Nov  6 08:49:37 1994",
    "Sun, 06 Nov 1994 08:49:60 GMT",
    "Mon, 29 Feb 2100 00:00:00 GMT",
    "Fri, 31 Dec 9999 23:59:59 GMT",
    "Thu, 01 Jan 0000 00:00:00 GMT",
    "Saturday, 31-Dec-99 24:00:00 GMT",
    "report.csv",
    "../../etc/passwd",
    "r\u{e9}sum\u{e9} 100%25.pdf",
    "CON.txt ",
    "a\"b\\c;d=\r\nX-Injected: 1",
    "\u{202e}gpj.exe",
    "\u{4f60}\u{597d}\u{1f600}.tar.gz",
];

/// The bytes that mutations insert.
const PIECES: &[u8] = b"0159-,=*\"/W \t;:%.\\\r\n\0\x7f\x80\xc3\xe9\xff";

/// Generates inputs from random numbers.
struct Inputs(Random);

impl Inputs {
    fn below(&mut self, bound: usize) -> usize {
        self.0.below(bound)
    }

    fn text(&mut self) -> Vec<u8> {
        let mut text = CORPUS[self.below(CORPUS.len())].as_bytes().to_vec();
        for _ in 0..self.below(5) {
            self.mutate(&mut text);
        }
        text
    }

    fn mutate(&mut self, text: &mut Vec<u8>) {
        let at = self.below(text.len() + 1);
        let end = at + self.below(text.len() - at + 1);
        match self.below(6) {
            0 => text.insert(at, PIECES[self.below(PIECES.len())]),
            1 => drop(text.drain(at..end)),
            2 => text.extend_from_within(at..end),
            3 => text.truncate(at),
            4 => text
                .splice(at..end, CORPUS[self.below(CORPUS.len())].bytes())
                .for_each(drop),
            _ => text[at..end]
                .iter_mut()
                .take(1)
                .for_each(|byte| *byte ^= 1 << (at % 8)),
        }
    }

    fn request(&mut self) -> request::Parts {
        let mut parts = Request::get("/")
            .body(())
            .expect("a request")
            .into_parts()
            .0;
        for _ in 0..=self.below(4) {
            let name = FIELDS[self.below(FIELDS.len())].clone();
            if let Ok(value) = HeaderValue::from_bytes(&self.text()) {
                parts.headers.append(name, value);
            }
        }
        parts
    }
}

async fn read(response: Response) -> Answer {
    let (head, body) = response.into_parts();
    let text = |value: &HeaderValue| value.to_str().expect("ASCII").to_owned();
    let fields = head.headers.iter();
    Answer {
        status: head.status.as_u16(),
        fields: fields
            .map(|(name, value)| (name.to_string(), text(value)))
            .collect(),
        framing: Framing::Close,
        body: to_bytes(body, 4 * SIZE + 64 * 200)
            .await
            .expect("a bounded body")
            .into(),
    }
}

fn check(answer: &Answer, file: &[u8]) {
    let assert_part_of_file = |first: u64, last: u64, bytes: &[u8]| {
        let (first, last) = (
            usize::try_from(first).unwrap(),
            usize::try_from(last).unwrap(),
        );
        assert_eq!(bytes, &file[first..=last]);
    };
    match (answer.status, answer.field("content-range")) {
        (200, None) => assert_eq!(answer.body, file),
        (206, Some(range)) => {
            let (first, last, size) = content_range(range).expect("a Content-Range");
            assert_eq!(size, SIZE as u64);
            assert_part_of_file(first, last, &answer.body);
        }
        (206, None) => {
            for part in multipart::parts(answer).expect("a multipart body") {
                assert_part_of_file(part.first, part.last, &part.bytes);
            }
            assert_eq!(answer.content_length(), Some(answer.body.len() as u64));
        }
        (304 | 412, None) => assert!(answer.body.is_empty()),
        (416, Some(range)) => {
            assert_eq!((range, answer.body.len()), (&*format!("bytes */{SIZE}"), 0));
        }
        other => panic!("{other:?}"),
    }
}

/// Serves the file both from memory and from a stream.
async fn answers(parts: &request::Parts, name: &str, file: &[u8]) -> [Answer; 2] {
    let request = DownloadRequest::from_parts(parts);
    let (memory, rows) = (file.to_vec(), file.to_vec());
    let rows: Vec<_> = rows.chunks(100).map(<[u8]>::to_vec).collect();
    let with_options = |download: Download| {
        let download = download.basename(name.to_owned()).attachment();
        download
            .etag("v1")
            .last_modified(modified())
            .size(SIZE as u64)
    };
    let memory = with_options(Download::new(memory)).respond(&request).await;
    let rows = Content::from_stream(futures::stream::iter(rows));
    let rows = with_options(Download::new(rows)).respond(&request).await;
    [read(memory).await, read(rows).await]
}

#[tokio::test]
async fn responses_to_mutated_requests_are_valid_and_contain_only_bytes_of_the_file() {
    let file = pattern(SIZE, 1);
    let first = number("FUZZ_SEED", 1);
    let inputs = number("FUZZ_INPUTS", 20_000);
    for seed in first..first + inputs {
        let mut inputs = Inputs(Random::new(seed));
        let parts = inputs.request();
        let name = String::from_utf8_lossy(&inputs.text()).into_owned();
        let seed_guard = PrintSeedOnPanic("FUZZ_SEED", seed);
        for answer in limited(answers(&parts, &name, &file)).await {
            check(&answer, &file);
            if let Some(field) = answer.field("content-disposition") {
                Disposition::parse(field).expect("RFC 6266");
            }
        }
        drop(seed_guard);
    }
}
