//! What must come out, told by brute force.

use std::ops::Range;

use axum::http::{HeaderMap, StatusCode, header, response::Parts};
use bytes::Bytes;
use http_body::SizeHint;

use super::{
    case::{Case, Finish, Kind},
    source::file,
};

/// Set on every download, so that parts can be written down.
pub(super) const CONTENT_TYPE: &str = "application/x-contract";

/// The body that an answer with this head must have.
#[derive(Debug)]
pub(super) struct Model {
    pieces: Vec<Piece>,
    pub(super) fate: Fate,
    /// `Content-Length`.
    pub(super) announced: Option<u64>,
}

/// A stretch of the body.
#[derive(Debug)]
enum Piece {
    Framing(Bytes),
    /// Of the file.
    Range(Range<u64>),
}

/// How the body must end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fate {
    Completes,
    /// After so many bytes at least.
    Fails(u64),
    /// The fault may be met, or stay behind what was asked for.
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
    /// When the head itself is wrong.
    pub(super) fn new(case: &Case, head: &Parts) -> Self {
        let pieces = match head.status {
            StatusCode::INTERNAL_SERVER_ERROR => Vec::new(),
            StatusCode::OK => whole(case),
            StatusCode::PARTIAL_CONTENT => parts(case, &head.headers),
            other => panic!("status {other}"),
        };
        let mut model = Self {
            fate: fate(case, &pieces),
            announced: content_length(&head.headers),
            pieces,
        };
        model.check_head(case, head.status);
        if head.status == StatusCode::INTERNAL_SERVER_ERROR {
            // A body of its own, which is empty.
            model.fate = Fate::Completes;
        }
        model
    }

    fn check_head(&self, case: &Case, status: StatusCode) {
        if status == StatusCode::INTERNAL_SERVER_ERROR {
            let fate = fate(case, &asked(case));
            assert_ne!(fate, Fate::Completes, "a 500 without a fault");
            return;
        }
        assert!(!is_refused(case), "a size that is not that of the content");
        assert!(
            self.len() > 0 || !matches!(self.fate, Fate::Fails(_)),
            "an empty body cannot fail"
        );
        if case.size().is_some() {
            assert_eq!(self.announced, Some(self.len()), "Content-Length");
        } else if self.announced.is_some() {
            assert_eq!(self.announced, Some(self.len()), "Content-Length");
            assert_eq!(
                self.fate,
                Fate::Completes,
                "a length of what is not known to end"
            );
        }
        let is_partial = status == StatusCode::PARTIAL_CONTENT;
        if !case.ranges.is_empty() && has_ranges(case) {
            assert!(is_partial, "{status} to ranges");
        } else if is_partial {
            let is_in_memory =
                case.finish == Finish::End && case.size().is_none_or(|size| size == case.given);
            assert!(is_in_memory, "ranges of what is not there");
        }
    }

    pub(super) fn len(&self) -> u64 {
        self.pieces.iter().map(Piece::len).sum()
    }

    /// A source may be made to wait once all that it gave has come out. Where it gave all of its size, the last of it
    /// waits for its end.
    pub(super) fn may_wait(&self, case: &Case, given: u64, emitted: u64) -> bool {
        let is_held = case.size().is_some_and(|size| given >= size);
        case.kind.is_seekable() || is_held || emitted >= reach(&self.pieces, given)
    }

    /// # Panics
    /// When the hint is wrong for a body that is not over and has given `emitted` bytes.
    pub(super) fn check_hint(&self, emitted: u64, hint: &SizeHint) {
        let left = self.len() - emitted;
        if self.announced.is_some() {
            assert_eq!(hint.exact(), Some(left), "the size hint");
        }
        assert!(hint.lower() <= left, "{hint:?} of {left} bytes");
        if self.fate == Fate::Completes {
            assert!(
                hint.upper().is_none_or(|upper| upper >= left),
                "{hint:?} of {left} bytes"
            );
        }
    }

    /// # Panics
    /// When a body may not fail after `emitted` bytes.
    pub(super) fn check_failure(&self, emitted: u64) {
        if self.announced.is_some() {
            assert!(emitted < self.len(), "a failure that looks whole");
        }
        if let Fate::Fails(least) = self.fate {
            assert!(
                emitted >= least,
                "{emitted} of {least} bytes before the fault"
            );
        }
    }

    /// # Panics
    /// When these are not the bytes at `offset` of the body.
    pub(super) fn check(&self, mut offset: u64, frame: &[u8]) {
        let mut left = frame;
        for piece in &self.pieces {
            if offset >= piece.len() {
                offset -= piece.len();
                continue;
            }
            while offset < piece.len() && !left.is_empty() {
                let expected = match piece {
                    Piece::Framing(bytes) => bytes.slice(usize::try_from(offset).unwrap()..),
                    Piece::Range(range) => {
                        file(range.start + offset, range.end - range.start - offset)
                    }
                };
                let n = expected.len().min(left.len());
                assert!(left[..n] == expected[..n], "other bytes");
                offset += n as u64;
                left = &left[n..];
            }
            offset = 0;
        }
        assert!(left.is_empty(), "{} bytes too many", left.len());
    }
}

/// The body of a 206, whose ranges must be those that were asked for.
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
        .expect("several parts");
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

/// What is asked for, without its framing.
fn asked(case: &Case) -> Vec<Piece> {
    if case.ranges.is_empty() || !has_ranges(case) {
        return whole(case);
    }
    case.ranges.iter().cloned().map(Piece::Range).collect()
}

/// Whether ranges can be had whatever the content turns out to be.
fn has_ranges(case: &Case) -> bool {
    let is_ascending = case.ranges.is_sorted_by_key(|range| range.start);
    let is_readable = case.kind.is_seekable() || (case.promised.is_some() && is_ascending);
    let is_small = case.given <= 1 << 20;
    let brings_tag = (case.kind.is_memory() && is_small) || case.kind == Kind::File;
    brings_tag || (case.is_tagged && is_readable)
}

/// Whether the size that is promised contradicts the size that the content says it has.
fn is_refused(case: &Case) -> bool {
    let own = case.own_size();
    own.is_some() && case.promised.is_some_and(|promised| Some(promised) != own)
}

fn fate(case: &Case, pieces: &[Piece]) -> Fate {
    if is_refused(case) {
        return Fate::Fails(0);
    }
    let fails = Fate::Fails(if loses_its_last(case) {
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
        _ if case.kind.is_seekable() && is_there => Fate::Completes,
        _ if case.kind.is_seekable() => fails,
        None if is_clean => Fate::Completes,
        None => fails,
        // Nobody who promised less than there is can complain.
        Some(size) if case.given > size && last < size => Fate::Either,
        Some(size) if case.given > size => Fate::Fails(0),
        Some(size) if case.given == size && is_clean => Fate::Completes,
        Some(size) if case.given == size && last == size => Fate::Fails(0),
        Some(_) if !is_there => fails,
        Some(_) if loses_its_last(case) => Fate::Either,
        Some(_) => Fate::Completes,
    }
}

/// Whether what was given just before the fault may be lost with it: what a closure has not flushed, what was gathered in
/// the poll that panicked.
fn loses_its_last(case: &Case) -> bool {
    match case.finish {
        Finish::End => false,
        Finish::Error => case.kind == Kind::Writer,
        Finish::Panic => case.kind == Kind::Writer || case.kind.is_async(),
    }
}

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
