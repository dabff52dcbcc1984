//! A brute-force model of the expected body.

use std::ops::Range;

use axum::http::{HeaderMap, StatusCode, header, response::Parts};
use bytes::Bytes;
use http_body::SizeHint;

use super::{
    case::{Case, Finish, Kind},
    source::file,
};

/// The content type of every download, which the model needs to write the parts of a multipart body.
pub(super) const CONTENT_TYPE: &str = "application/x-contract";

/// The body that a response must have.
#[derive(Debug)]
pub(super) struct Model {
    pieces: Vec<Piece>,
    pub(super) expected_end: ExpectedEnd,
    /// The value of `Content-Length`.
    pub(super) announced: Option<u64>,
}

/// A piece of the body.
#[derive(Debug)]
enum Piece {
    Framing(Bytes),
    /// A range of the file.
    Range(Range<u64>),
}

/// The way in which the body must end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ExpectedEnd {
    Completes,
    /// It fails, after at least this number of bytes.
    Fails(u64),
    /// It completes or fails. The fault may lie beyond the requested ranges.
    Either,
}

impl Piece {
    fn len(&self) -> u64 {
        match self {
            Self::Framing(bytes) => bytes.len() as u64,
            Self::Range(range) => range.end - range.start,
        }
    }
}

impl Model {
    /// # Panics
    /// Panics if the head is wrong.
    pub(super) fn new(case: &Case, head: &Parts) -> Self {
        let pieces = match head.status {
            StatusCode::INTERNAL_SERVER_ERROR => Vec::new(),
            StatusCode::OK => whole(case),
            StatusCode::PARTIAL_CONTENT => parts(case, &head.headers),
            other => panic!("status {other}"),
        };
        let mut model = Self {
            expected_end: expected_end(case, &pieces),
            announced: content_length(&head.headers),
            pieces,
        };
        model.check_head(case, head.status);
        if head.status == StatusCode::INTERNAL_SERVER_ERROR {
            // The body of a 500 is not that of the file. It is empty.
            model.expected_end = ExpectedEnd::Completes;
        }
        model
    }

    fn check_head(&self, case: &Case, status: StatusCode) {
        if status == StatusCode::INTERNAL_SERVER_ERROR {
            let expected_end = expected_end(case, &requested(case));
            assert_ne!(
                expected_end,
                ExpectedEnd::Completes,
                "the status is 500 without a fault"
            );
            return;
        }
        assert!(!is_refused(case), "a wrong promised size was accepted");
        assert!(
            self.len() > 0 || !matches!(self.expected_end, ExpectedEnd::Fails(_)),
            "an empty body cannot fail"
        );
        if case.size().is_some() {
            assert_eq!(self.announced, Some(self.len()), "Content-Length");
        } else if self.announced.is_some() {
            assert_eq!(self.announced, Some(self.len()), "Content-Length");
            assert_eq!(
                self.expected_end,
                ExpectedEnd::Completes,
                "Content-Length was sent for content that fails"
            );
        }
        let is_partial = status == StatusCode::PARTIAL_CONTENT;
        if !case.ranges.is_empty() && has_ranges(case) {
            assert!(is_partial, "the status for ranges is {status}");
        } else if is_partial {
            let is_in_memory =
                case.finish == Finish::End && case.size().is_none_or(|size| size == case.given);
            assert!(is_in_memory, "ranges of incomplete content were served");
        }
    }

    pub(super) fn len(&self) -> u64 {
        self.pieces.iter().map(Piece::len).sum()
    }

    /// Returns true if the source may be kept waiting, because all that it produced has come out. The last bytes before
    /// the declared size are exempt, since the body holds them until the source ends.
    pub(super) fn may_wait(&self, case: &Case, given: u64, emitted: u64) -> bool {
        let is_held = case.size().is_some_and(|size| given >= size);
        case.kind.is_seekable() || is_held || emitted >= reach(&self.pieces, given)
    }

    /// # Panics
    /// Panics if the size hint is wrong for a body that has emitted `emitted` bytes and is not over.
    pub(super) fn check_hint(&self, emitted: u64, hint: &SizeHint) {
        let rest = self.len() - emitted;
        if self.announced.is_some() {
            assert_eq!(hint.exact(), Some(rest), "the size hint");
        }
        assert!(hint.lower() <= rest, "{hint:?} of {rest} bytes");
        if self.expected_end == ExpectedEnd::Completes {
            assert!(
                hint.upper().is_none_or(|upper| upper >= rest),
                "{hint:?} of {rest} bytes"
            );
        }
    }

    /// # Panics
    /// Panics if a body may not fail after `emitted` bytes.
    pub(super) fn check_failure(&self, emitted: u64) {
        if self.announced.is_some() {
            assert!(
                emitted < self.len(),
                "the body failed after all of its bytes"
            );
        }
        if let ExpectedEnd::Fails(least) = self.expected_end {
            assert!(
                emitted >= least,
                "{emitted} of {least} bytes before the fault"
            );
        }
    }

    /// # Panics
    /// Panics if these are not the bytes at `offset` of the body.
    pub(super) fn check(&self, mut offset: u64, frame: &[u8]) {
        let mut rest = frame;
        for piece in &self.pieces {
            if offset >= piece.len() {
                offset -= piece.len();
                continue;
            }
            while offset < piece.len() && !rest.is_empty() {
                let expected = match piece {
                    Piece::Framing(bytes) => bytes.slice(usize::try_from(offset).unwrap()..),
                    Piece::Range(range) => {
                        file(range.start + offset, range.end - range.start - offset)
                    }
                };
                let n = expected.len().min(rest.len());
                assert!(rest[..n] == expected[..n], "the bytes differ");
                offset += n as u64;
                rest = &rest[n..];
            }
            offset = 0;
        }
        assert!(
            rest.is_empty(),
            "the body has {} bytes too many",
            rest.len()
        );
    }
}

/// Returns the body of a 206 response, whose ranges must be the requested ones.
fn parts(case: &Case, fields: &HeaderMap) -> Vec<Piece> {
    let size = case.size().unwrap_or(case.given);
    let content_range =
        |range: &Range<u64>| format!("bytes {}-{}/{size}", range.start, range.end - 1);
    if let Some(field) = fields.get(header::CONTENT_RANGE) {
        let [range] = &case.ranges[..] else {
            panic!("{field:?} for {:?}", case.ranges)
        };
        assert_eq!(field, &content_range(range));
        return vec![Piece::Range(range.clone())];
    }
    let content_type = fields[header::CONTENT_TYPE].to_str().expect("ASCII");
    let boundary = content_type
        .strip_prefix("multipart/byteranges; boundary=")
        .expect("a multipart content type");
    let mut pieces = Vec::new();
    let mut line_break = "";
    for range in &case.ranges {
        let head = format!(
            "{line_break}--{boundary}\r\nContent-Type: {CONTENT_TYPE}\r\nContent-Range: {}\r\n\r\n",
            content_range(range)
        );
        pieces.extend([Piece::Framing(head.into()), Piece::Range(range.clone())]);
        line_break = "\r\n";
    }
    let tail = format!("\r\n--{boundary}--\r\n");
    pieces.push(Piece::Framing(tail.into()));
    pieces
}

fn whole(case: &Case) -> Vec<Piece> {
    vec![Piece::Range(0..case.size().unwrap_or(case.given))]
}

/// Returns the requested pieces, without any framing.
fn requested(case: &Case) -> Vec<Piece> {
    if case.ranges.is_empty() || !has_ranges(case) {
        return whole(case);
    }
    case.ranges.iter().cloned().map(Piece::Range).collect()
}

/// Returns true if ranges are available without reading the content first.
fn has_ranges(case: &Case) -> bool {
    let is_ascending = case.ranges.is_sorted_by_key(|range| range.start);
    let is_readable = case.kind.is_seekable() || (case.promised.is_some() && is_ascending);
    let is_small = case.given <= 1 << 20;
    let brings_tag = (case.kind.is_memory() && is_small) || case.kind == Kind::File;
    brings_tag || (case.is_tagged && is_readable)
}

/// Returns true if the promised size contradicts the size that the content declares.
fn is_refused(case: &Case) -> bool {
    let declared = case.declared_size();
    declared.is_some()
        && case
            .promised
            .is_some_and(|promised| Some(promised) != declared)
}

fn expected_end(case: &Case, pieces: &[Piece]) -> ExpectedEnd {
    if is_refused(case) {
        return ExpectedEnd::Fails(0);
    }
    let fails = ExpectedEnd::Fails(if loses_its_last(case) {
        0
    } else {
        reach(pieces, case.given)
    });
    let ends = pieces.iter().filter_map(|piece| match piece {
        Piece::Range(range) => Some(range.end),
        Piece::Framing(_) => None,
    });
    let last = ends.max().unwrap_or(0);
    let is_there = last <= case.given;
    let is_clean = case.finish == Finish::End;
    match case.size() {
        _ if case.kind.is_seekable() && is_there => ExpectedEnd::Completes,
        _ if case.kind.is_seekable() => fails,
        None if is_clean => ExpectedEnd::Completes,
        None => fails,
        // The promise was too small, but the excess lies beyond the requested ranges.
        Some(size) if case.given > size && last < size => ExpectedEnd::Either,
        Some(size) if case.given > size => ExpectedEnd::Fails(0),
        Some(size) if case.given == size && is_clean => ExpectedEnd::Completes,
        Some(size) if case.given == size && last == size => ExpectedEnd::Fails(0),
        Some(_) if !is_there => fails,
        Some(_) if loses_its_last(case) => ExpectedEnd::Either,
        Some(_) => ExpectedEnd::Completes,
    }
}

/// Returns true if bytes produced just before the fault may be lost. These are the bytes that a closure has not flushed
/// and the bytes that were collected in the poll that panicked.
fn loses_its_last(case: &Case) -> bool {
    match case.finish {
        Finish::End => false,
        Finish::Error => case.kind == Kind::Writer,
        Finish::Panic => case.kind == Kind::Writer || case.kind.is_async(),
    }
}

/// Returns the length of the body up to the first file byte that a source of `given` bytes lacks.
fn reach(pieces: &[Piece], given: u64) -> u64 {
    let mut offset = 0;
    for piece in pieces {
        match piece {
            Piece::Range(range) if range.end > given => {
                return offset + given.saturating_sub(range.start);
            }
            piece => offset += piece.len(),
        }
    }
    offset
}

fn content_length(fields: &HeaderMap) -> Option<u64> {
    let field = fields.get(header::CONTENT_LENGTH)?;
    Some(field.to_str().ok()?.parse().expect("a number"))
}
