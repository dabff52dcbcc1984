//! Random requests over sockets for every kind of content, compared with a simple model of the RFCs.
//!
//! A request is generated as a structure. The model reads the structure, and the server reads the text that is made from
//! it. The model in the library (`decision/model.rs`) checks decisions, while this one checks whole responses.

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

/// The number of seconds after the date of the file, or `None` for a date that is not valid.
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
    /// A position in thousandths of the size.
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
struct RequestModel {
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

/// The properties of a file, as observed in a GET request without conditions.
#[derive(Clone, Debug)]
struct Properties {
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

// These functions are the model.

fn equals(tag: Tag, properties: &Properties, strongly: bool) -> bool {
    match tag {
        Tag::Current => properties.etag.is_some(),
        Tag::CurrentButWeak => properties.etag.is_some() && !strongly,
        Tag::Other => false,
    }
}

fn lists(tags: &Tags, properties: &Properties, strongly: bool) -> bool {
    match tags {
        Tags::Any => true,
        Tags::Listed(tags) => tags.iter().any(|tag| equals(*tag, properties, strongly)),
    }
}

/// Returns the expected response by the steps of RFC 9110 §13.2.2.
fn expected(requested: &RequestModel, properties: &Properties, size: u64) -> Expected {
    if requested.method == Method::POST {
        return Expected::Whole;
    }
    let date = |date: Option<Date>| date.flatten().filter(|_| properties.is_dated);
    let unchanged = match &requested.if_match {
        Some(tags) => lists(tags, properties, true),
        None => date(requested.if_unmodified_since).is_none_or(|since| since >= 0),
    };
    if !unchanged {
        return Expected::Bodiless(412);
    }
    let changed = match &requested.if_none_match {
        Some(tags) => !lists(tags, properties, false),
        None => date(requested.if_modified_since).is_none_or(|since| since < 0),
    };
    if !changed {
        return Expected::Bodiless(304);
    }
    let same = match &requested.if_range {
        None => true,
        Some(Validator::Tag(tag)) => equals(*tag, properties, true),
        Some(Validator::Date(date)) => properties.is_dated && *date == Some(0),
    };
    match &requested.range {
        Some(specs) if same && properties.has_ranges && requested.method == Method::GET => {
            expected_parts(specs, properties, size)
        }
        _ => Expected::Whole,
    }
}

fn expected_parts(specs: &[Spec], properties: &Properties, size: u64) -> Expected {
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
    } else if parts.len() > 1 && (is_heavy || !(properties.any_order || parts.is_sorted())) {
        Expected::Whole
    } else {
        Expected::Parts(parts)
    }
}

/// Returns the first and the last position, or `None` for an invalid range. A range without bytes ends before it starts.
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

/// Joins ranges that overlap or are adjacent until there are none. The result takes the place of the first one.
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

// These functions write a request as text.

fn tag_text(tag: Tag, properties: &Properties) -> String {
    let current = properties.etag.as_deref().unwrap_or("\"none\"");
    match tag {
        Tag::Current => current.to_owned(),
        Tag::CurrentButWeak => format!("W/{current}"),
        Tag::Other => "\"other, \"".to_owned(),
    }
}

fn tags_text(tags: &Tags, properties: &Properties) -> String {
    match tags {
        Tags::Any => "*".to_owned(),
        Tags::Listed(tags) => {
            let tags: Vec<_> = tags.iter().map(|tag| tag_text(*tag, properties)).collect();
            tags.join(" , ")
        }
    }
}

/// Returns a date near [`MODIFIED`], or an invalid one.
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

fn request(requested: &RequestModel, properties: &Properties, kind: Kind, size: u64) -> Request {
    let tags = |tags: &Option<Tags>| tags.as_ref().map(|tags| tags_text(tags, properties));
    let if_range = requested
        .if_range
        .as_ref()
        .map(|validator| match validator {
            Validator::Tag(tag) => tag_text(*tag, properties),
            Validator::Date(date) => date_text(*date),
        });
    let fields = [
        ("If-Match", tags(&requested.if_match)),
        ("If-None-Match", tags(&requested.if_none_match)),
        (
            "If-Modified-Since",
            requested.if_modified_since.map(date_text),
        ),
        (
            "If-Unmodified-Since",
            requested.if_unmodified_since.map(date_text),
        ),
        ("If-Range", if_range),
        (
            "Range",
            requested
                .range
                .as_ref()
                .map(|specs| range_text(specs, size)),
        ),
    ];
    let request = Request::new(requested.method.clone(), path(requested.flavour, kind));
    let add = |request: Request, (name, value): (&str, Option<String>)| match value {
        Some(value) => request.field(name, value),
        None => request,
    };
    fields.into_iter().fold(request, add)
}

// These functions check a response.

fn check(answer: &Answer, expected: &Expected, requested: &RequestModel, subject: &Subject) {
    let size = subject.bytes.len() as u64;
    match expected {
        Expected::Whole => {
            assert_eq!(answer.status, 200);
            assert_eq!(answer.field("content-range"), None);
            let body: &[u8] = if requested.method == Method::HEAD {
                b""
            } else {
                &subject.bytes
            };
            assert!(answer.body == body, "the bytes differ");
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

/// Returns the ranges in a response after checking the bytes of each.
fn parts_of(answer: &Answer, subject: &Subject) -> Vec<(u64, u64)> {
    let parts = if let Some(range) = answer.field("content-range") {
        let (first, last, size) = content_range(range).expect("a Content-Range");
        vec![(first, last, size, answer.body.clone())]
    } else {
        let parts = multipart::parts(answer).expect("a multipart body");
        assert!(parts.len() > 1, "a multipart body with a single part");
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
        assert!(bytes == subject.bytes[start..=end], "the bytes differ");
        (first, last)
    };
    parts.into_iter().map(check).collect()
}

/// A server of all kinds in one size, with the properties of each kind in each flavour.
struct SizeServer {
    subjects: Vec<Arc<Subject>>,
    properties: Vec<[Properties; 2]>,
    one: http1::Connection,
    two: http2::Connection,
    _server: Server,
}

impl SizeServer {
    async fn new(size: usize) -> Self {
        let subjects = subjects(size, 1);
        let server = Server::start(router(&subjects)).await;
        let mut one = http1::Connection::open(&server).await;
        let two = http2::Connection::open(&server).await;
        let mut properties = Vec::new();
        for subject in &subjects {
            let mut both = Vec::new();
            for flavour in Flavour::ALL {
                let answer = one
                    .exchange(&Request::get(path(flavour, subject.kind)))
                    .await;
                let is_resumable = flavour == Flavour::Resumable;
                both.push(Properties {
                    etag: answer.field("etag").map(str::to_owned),
                    is_dated: answer.field("last-modified").is_some(),
                    has_ranges: answer.field("accept-ranges") == Some("bytes"),
                    any_order: subject.kind.is_seekable() || !is_resumable,
                });
            }
            properties.push(both.try_into().expect("both flavours"));
        }
        Self {
            subjects,
            properties,
            one,
            two,
            _server: server,
        }
    }

    async fn check(&mut self, requested: &RequestModel) {
        let subject = Arc::clone(&self.subjects[requested.kind]);
        let mut requested = requested.clone();
        if subject.kind.may_be_memory() {
            // Without options, the timing of the source decides whether the content is found to be in memory.
            requested.flavour = Flavour::Resumable;
        }
        let mut properties = self.properties[requested.kind][requested.flavour as usize].clone();
        let size = subject.bytes.len() as u64;
        let request = request(&requested, &properties, subject.kind, size);
        let has_unknown_tag = requested.method == Method::HEAD
            && requested.flavour == Flavour::Plain
            && !subject.kind.is_seekable();
        if has_unknown_tag {
            // HEAD does not know the tag that is computed from the content.
            properties.etag = None;
        }
        let expected = match requested.if_match {
            Some(Tags::Listed(_)) if has_unknown_tag => Expected::Whole,
            _ => expected(&requested, &properties, size),
        };
        let answer = if requested.is_http2 {
            self.two.exchange(&request).await
        } else {
            self.one.exchange(&request).await
        };
        check(&answer, &expected, &requested, &subject);
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
    ) -> RequestModel {
        RequestModel {
            method, is_http2, size, kind, flavour,
            if_match, if_none_match, if_modified_since, if_unmodified_since, if_range, range,
        }
    }
}

#[test]
fn every_response_matches_the_model() {
    let runtime = Runtime::new().expect("a runtime");
    let mut servers = Vec::new();
    for size in SIZES {
        servers.push(runtime.block_on(limited(SizeServer::new(size))));
    }
    let servers = Mutex::new(servers);
    let config = Config {
        cases: 3000,
        failure_persistence: None,
        ..Config::default()
    };
    let result = TestRunner::new(config).run(&any_request(), |requested| {
        let mut servers = servers
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner);
        runtime.block_on(limited(servers[requested.size].check(&requested)));
        Ok(())
    });
    result.unwrap_or_else(|failure| panic!("{failure}"));
}
