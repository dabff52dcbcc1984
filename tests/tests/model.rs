//! Random requests for every kind of content, over sockets, beside a slow model of what the RFCs want.
//!
//! A request is made of what it means; the model answers from the meaning, the server from the text. The library's own
//! model (`decision/model.rs`) compares decisions, this one whole answers.

use std::{
    fmt::Write,
    sync::{Arc, Mutex},
};

use axum::http::Method;
use proptest::{
    collection::vec,
    option,
    prelude::*,
    sample::select,
    test_runner::{Config, TestRunner},
};
use tests::{
    http1, http2,
    kinds::{Flavour, Kind, MODIFIED, Subject, path, router, subjects},
    limited,
    message::{Answer, Request},
    multipart::{self, content_range},
    server::Server,
};
use tokio::runtime::Runtime;

const SIZES: [usize; 6] = [0, 1, 2, 11, 1_000, 70_001];

#[derive(Clone, Copy, Debug)]
enum Tag {
    Current,
    CurrentButWeak,
    Other,
}

#[derive(Clone, Debug)]
enum Tags {
    Any,
    Listed(Vec<Tag>),
}

/// Seconds after the file's own date, or none.
type Date = Option<i8>;

#[derive(Clone, Debug)]
enum Validator {
    Tag(Tag),
    Date(Date),
}

#[derive(Clone, Copy, Debug)]
enum Position {
    FromStart(u64),
    FromEnd(u64),
    /// Of a thousand.
    Share(u64),
}

#[derive(Clone, Debug)]
enum Spec {
    FirstLast(Position, Position),
    First(Position),
    Suffix(Position),
    Nonsense,
}

#[derive(Clone, Debug)]
struct Asked {
    method: Method,
    is_http2: bool,
    size: usize,
    kind: usize,
    flavour: Flavour,
    if_match: Option<Tags>,
    if_none_match: Option<Tags>,
    if_modified_since: Option<Date>,
    if_unmodified_since: Option<Date>,
    if_range: Option<Validator>,
    range: Option<Vec<Spec>>,
}

/// What is so of a file, as a GET without conditions has shown it.
#[derive(Clone, Debug)]
struct Truth {
    etag: Option<String>,
    is_dated: bool,
    has_ranges: bool,
    any_order: bool,
}

#[derive(Debug, PartialEq, Eq)]
enum Expected {
    Whole,
    Parts(Vec<(u64, u64)>),
    Bodiless(u16),
}

// The model.

fn equals(tag: Tag, truth: &Truth, strongly: bool) -> bool {
    match tag {
        Tag::Current => truth.etag.is_some(),
        Tag::CurrentButWeak => truth.etag.is_some() && !strongly,
        Tag::Other => false,
    }
}

fn lists(tags: &Tags, truth: &Truth, strongly: bool) -> bool {
    match tags {
        Tags::Any => true,
        Tags::Listed(tags) => tags.iter().any(|tag| equals(*tag, truth, strongly)),
    }
}

/// The steps of RFC 9110 §13.2.2.
fn expected(asked: &Asked, truth: &Truth, size: u64) -> Expected {
    if asked.method == Method::POST {
        return Expected::Whole;
    }
    let date = |date: Option<Date>| date.flatten().filter(|_| truth.is_dated);
    let unchanged = match &asked.if_match {
        Some(tags) => lists(tags, truth, true),
        None => date(asked.if_unmodified_since).is_none_or(|since| since >= 0),
    };
    if !unchanged {
        return Expected::Bodiless(412);
    }
    let changed = match &asked.if_none_match {
        Some(tags) => !lists(tags, truth, false),
        None => date(asked.if_modified_since).is_none_or(|since| since < 0),
    };
    if !changed {
        return Expected::Bodiless(304);
    }
    let same = match &asked.if_range {
        None => true,
        Some(Validator::Tag(tag)) => equals(*tag, truth, true),
        Some(Validator::Date(date)) => truth.is_dated && *date == Some(0),
    };
    match &asked.range {
        Some(specs) if same && truth.has_ranges && asked.method == Method::GET => {
            expected_parts(specs, truth, size)
        }
        _ => Expected::Whole,
    }
}

fn expected_parts(specs: &[Spec], truth: &Truth, size: u64) -> Expected {
    let mut parts = Vec::new();
    for spec in specs {
        match bounds(spec, size) {
            None => return Expected::Whole,
            Some((first, last)) if first < size && first <= last => {
                parts.push((first, last.min(size - 1)));
            }
            Some(_) => {}
        }
    }
    if specs.is_empty() || size == 0 {
        return Expected::Whole;
    }
    let parts = joined(parts);
    let weight: u64 = parts
        .iter()
        .map(|(first, last)| last - first + 1 + 120)
        .sum();
    let is_heavy = parts.len() > 8 && weight >= size;
    if parts.is_empty() {
        Expected::Bodiless(416)
    } else if parts.len() > 1 && (is_heavy || !(truth.any_order || parts.is_sorted())) {
        Expected::Whole
    } else {
        Expected::Parts(parts)
    }
}

/// First and last position, the last before the first where there is no byte; `None` where it is no range.
fn bounds(spec: &Spec, size: u64) -> Option<(u64, u64)> {
    match *spec {
        Spec::FirstLast(first, last) => {
            let (first, last) = (position(first, size), position(last, size));
            (first <= last).then_some((first, last))
        }
        Spec::First(first) => Some((position(first, size), u64::MAX)),
        Spec::Suffix(length) => match position(length, size) {
            0 => Some((1, 0)),
            length => Some((size.saturating_sub(length), u64::MAX)),
        },
        Spec::Nonsense => None,
    }
}

fn position(position: Position, size: u64) -> u64 {
    match position {
        Position::FromStart(bytes) => bytes,
        Position::FromEnd(bytes) => size.saturating_sub(bytes),
        Position::Share(share) => size * share / 1000,
    }
}

/// Joins any two that overlap or are neighbours, in the place of the first, until there are none.
fn joined(mut parts: Vec<(u64, u64)>) -> Vec<(u64, u64)> {
    let touch = |one: (u64, u64), other: (u64, u64)| one.0 <= other.1 + 1 && other.0 <= one.1 + 1;
    loop {
        let pair = (0..parts.len())
            .flat_map(|i| (i + 1..parts.len()).map(move |j| (i, j)))
            .find(|&(i, j)| touch(parts[i], parts[j]));
        let Some((i, j)) = pair else { return parts };
        let second = parts.remove(j);
        parts[i] = (parts[i].0.min(second.0), parts[i].1.max(second.1));
    }
}

// From meaning to text.

fn tag_text(tag: Tag, truth: &Truth) -> String {
    let current = truth.etag.as_deref().unwrap_or("\"none\"");
    match tag {
        Tag::Current => current.to_owned(),
        Tag::CurrentButWeak => format!("W/{current}"),
        Tag::Other => "\"other, \"".to_owned(),
    }
}

fn tags_text(tags: &Tags, truth: &Truth) -> String {
    match tags {
        Tags::Any => "*".to_owned(),
        Tags::Listed(tags) => {
            let tags: Vec<_> = tags.iter().map(|tag| tag_text(*tag, truth)).collect();
            tags.join(" , ")
        }
    }
}

/// [`MODIFIED`] and its neighbours.
fn date_text(date: Date) -> String {
    match date {
        Some(seconds) => MODIFIED.replace(":37", &format!(":{}", 37 + seconds)),
        None => "Sun, 31 Nov 1994 08:49:37 GMT".to_owned(),
    }
}

fn range_text(specs: &[Spec], size: u64) -> String {
    let mut text = String::from("bytes=");
    for spec in specs {
        let _ = match *spec {
            Spec::FirstLast(first, last) => {
                write!(text, "{}-{}", position(first, size), position(last, size))
            }
            Spec::First(first) => write!(text, "{}-", position(first, size)),
            Spec::Suffix(length) => write!(text, "-{}", position(length, size)),
            Spec::Nonsense => write!(text, "1-2-3"),
        };
        text.push(',');
    }
    text
}

fn request(asked: &Asked, truth: &Truth, kind: Kind, size: u64) -> Request {
    let tags = |tags: &Option<Tags>| tags.as_ref().map(|tags| tags_text(tags, truth));
    let if_range = asked.if_range.as_ref().map(|validator| match validator {
        Validator::Tag(tag) => tag_text(*tag, truth),
        Validator::Date(date) => date_text(*date),
    });
    let fields = [
        ("If-Match", tags(&asked.if_match)),
        ("If-None-Match", tags(&asked.if_none_match)),
        ("If-Modified-Since", asked.if_modified_since.map(date_text)),
        (
            "If-Unmodified-Since",
            asked.if_unmodified_since.map(date_text),
        ),
        ("If-Range", if_range),
        (
            "Range",
            asked.range.as_ref().map(|specs| range_text(specs, size)),
        ),
    ];
    let request = Request::new(asked.method.clone(), path(asked.flavour, kind));
    let add = |request: Request, (name, value): (&str, Option<String>)| match value {
        Some(value) => request.field(name, value),
        None => request,
    };
    fields.into_iter().fold(request, add)
}

// From answer to meaning.

fn check(answer: &Answer, expected: &Expected, asked: &Asked, subject: &Subject) {
    let size = subject.bytes.len() as u64;
    match expected {
        Expected::Whole => {
            assert_eq!(answer.status, 200);
            assert_eq!(answer.field("content-range"), None);
            let body: &[u8] = if asked.method == Method::HEAD {
                b""
            } else {
                &subject.bytes
            };
            assert!(answer.body == body, "other bytes");
            assert!(answer.content_length().is_none_or(|length| length == size));
        }
        Expected::Parts(parts) => {
            assert_eq!(answer.status, 206);
            assert_eq!(parts_of(answer, subject), *parts);
            assert_eq!(answer.content_length(), Some(answer.body.len() as u64));
        }
        Expected::Bodiless(status) => {
            assert_eq!((answer.status, answer.body.len()), (*status, 0));
            let range = (*status == 416).then(|| format!("bytes */{size}"));
            assert_eq!(answer.field("content-range"), range.as_deref());
        }
    }
}

/// The ranges that came, each with the bytes that are there.
fn parts_of(answer: &Answer, subject: &Subject) -> Vec<(u64, u64)> {
    let parts = if let Some(range) = answer.field("content-range") {
        let (first, last, size) = content_range(range).expect("a Content-Range");
        vec![(first, last, size, answer.body.clone())]
    } else {
        let parts = multipart::parts(answer).expect("several parts");
        assert!(parts.len() > 1, "a multipart of one");
        let parts = parts.into_iter();
        parts
            .map(|part| (part.first, part.last, part.size, part.bytes))
            .collect()
    };
    let check = |(first, last, size, bytes): (u64, u64, u64, Vec<u8>)| {
        assert_eq!(size, subject.bytes.len() as u64);
        let (start, end) = (
            usize::try_from(first).unwrap(),
            usize::try_from(last).unwrap(),
        );
        assert!(bytes == subject.bytes[start..=end], "other bytes");
        (first, last)
    };
    parts.into_iter().map(check).collect()
}

/// All kinds in one size, and what is so of each in each flavour.
struct Shelf {
    subjects: Vec<Arc<Subject>>,
    truths: Vec<[Truth; 2]>,
    one: http1::Connection,
    two: http2::Connection,
    _server: Server,
}

impl Shelf {
    async fn new(size: usize) -> Self {
        let subjects = subjects(size, 1);
        let server = Server::start(router(&subjects)).await;
        let mut one = http1::Connection::open(&server).await;
        let two = http2::Connection::open(&server).await;
        let mut truths = Vec::new();
        for subject in &subjects {
            let mut both = Vec::new();
            for flavour in Flavour::ALL {
                let answer = one
                    .exchange(&Request::get(path(flavour, subject.kind)))
                    .await;
                let is_resumable = flavour == Flavour::Resumable;
                both.push(Truth {
                    etag: answer.field("etag").map(str::to_owned),
                    is_dated: answer.field("last-modified").is_some(),
                    has_ranges: answer.field("accept-ranges") == Some("bytes"),
                    any_order: subject.kind.is_seekable() || !is_resumable,
                });
            }
            truths.push(both.try_into().expect("both flavours"));
        }
        Self {
            subjects,
            truths,
            one,
            two,
            _server: server,
        }
    }

    async fn check(&mut self, asked: &Asked) {
        let subject = Arc::clone(&self.subjects[asked.kind]);
        let mut asked = asked.clone();
        if subject.kind.may_be_memory() {
            // Whether it is in memory after all depends on when its source comes round.
            asked.flavour = Flavour::Resumable;
        }
        let mut truth = self.truths[asked.kind][asked.flavour as usize].clone();
        let size = subject.bytes.len() as u64;
        let request = request(&asked, &truth, subject.kind, size);
        let is_unseen = asked.method == Method::HEAD
            && asked.flavour == Flavour::Plain
            && !subject.kind.is_seekable();
        if is_unseen {
            // What only the first bytes tell, HEAD does not know.
            truth.etag = None;
        }
        let expected = match asked.if_match {
            Some(Tags::Listed(_)) if is_unseen => Expected::Whole,
            _ => expected(&asked, &truth, size),
        };
        let answer = if asked.is_http2 {
            self.two.exchange(&request).await
        } else {
            self.one.exchange(&request).await
        };
        check(&answer, &expected, &asked, &subject);
    }
}

fn any_tags() -> impl Strategy<Value = Tags> {
    let tag = select(&[Tag::Current, Tag::CurrentButWeak, Tag::Other][..]);
    prop_oneof![1 => Just(Tags::Any), 6 => vec(tag, 0..4).prop_map(Tags::Listed)]
}

fn any_date() -> impl Strategy<Value = Date> {
    prop_oneof![6 => (-1..=1_i8).prop_map(Some), 1 => Just(None)]
}

fn any_validator() -> impl Strategy<Value = Validator> {
    let tag = select(&[Tag::Current, Tag::CurrentButWeak, Tag::Other][..]);
    prop_oneof![3 => tag.prop_map(Validator::Tag), 2 => any_date().prop_map(Validator::Date)]
}

fn any_position() -> impl Strategy<Value = Position> {
    prop_oneof![
        3 => (0..15_u64).prop_map(Position::FromStart),
        2 => (0..15_u64).prop_map(Position::FromEnd),
        4 => (0..1100_u64).prop_map(Position::Share),
        1 => select(&[u64::MAX - 1, u64::MAX][..]).prop_map(Position::FromStart),
    ]
}

fn any_spec() -> impl Strategy<Value = Spec> {
    let near = (0..1000_u64, 0..20_u64).prop_map(|(first, length)| {
        Spec::FirstLast(Position::Share(first), Position::Share(first + length))
    });
    prop_oneof![
        8 => near,
        8 => (any_position(), any_position()).prop_map(|(first, last)| Spec::FirstLast(first, last)),
        2 => any_position().prop_map(Spec::First),
        3 => any_position().prop_map(Spec::Suffix),
        1 => Just(Spec::Nonsense),
    ]
}

prop_compose! {
    fn any_request()(
        method in select(&[Method::GET, Method::GET, Method::GET, Method::GET, Method::HEAD, Method::POST][..]),
        is_http2: bool,
        size in 0..SIZES.len(),
        kind in 0..Kind::ALL.len(),
        flavour in select(&Flavour::ALL[..]),
        if_match in option::weighted(0.15, any_tags()),
        if_none_match in option::weighted(0.2, any_tags()),
        if_modified_since in option::weighted(0.2, any_date()),
        if_unmodified_since in option::weighted(0.2, any_date()),
        if_range in option::weighted(0.3, any_validator()),
        range in option::weighted(0.8, vec(any_spec(), 0..14)),
    ) -> Asked {
        Asked {
            method, is_http2, size, kind, flavour,
            if_match, if_none_match, if_modified_since, if_unmodified_since, if_range, range,
        }
    }
}

#[test]
fn every_answer_is_that_of_the_model() {
    let runtime = Runtime::new().expect("a runtime");
    let mut shelves = Vec::new();
    for size in SIZES {
        shelves.push(runtime.block_on(limited(Shelf::new(size))));
    }
    let shelves = Mutex::new(shelves);
    let config = Config {
        cases: 3000,
        failure_persistence: None,
        ..Config::default()
    };
    let result = TestRunner::new(config).run(&any_request(), |asked| {
        let mut shelves = shelves
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner);
        runtime.block_on(limited(shelves[asked.size].check(&asked)));
        Ok(())
    });
    result.unwrap_or_else(|failure| panic!("{failure}"));
}
