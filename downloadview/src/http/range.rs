//! Ranges of bytes, and `Content-Range` (RFC 9110 §14.4).

use axum::http::{HeaderMap, HeaderValue, header};
use bytes::Bytes;
use downloadview_grammar::token::{number, trim};

/// The bytes `start..end` of a representation, of which there is at least one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct ByteRange {
    pub(crate) start: u64,
    /// One past the last byte.
    pub(crate) end: u64,
}

impl ByteRange {
    pub(crate) fn len(self) -> u64 {
        self.end - self.start
    }

    /// Returns these bytes of `whole` without a copy.
    pub(crate) fn slice(self, whole: &Bytes) -> Bytes {
        let at =
            |position: u64| usize::try_from(position).map_or(whole.len(), |at| at.min(whole.len()));
        whole.slice(at(self.start)..at(self.end))
    }

    /// Returns true if the ranges overlap or are adjacent.
    pub(crate) fn touches(self, other: Self) -> bool {
        self.start <= other.end && other.start <= self.end
    }

    pub(crate) fn union(self, other: Self) -> Self {
        Self {
            start: self.start.min(other.start),
            end: self.end.max(other.end),
        }
    }
}

/// Returns `bytes 0-4/10`, the `Content-Range` of a part.
pub(crate) fn content_range(range: ByteRange, size: u64) -> HeaderValue {
    let ByteRange { start, end } = range;
    visible(format!("bytes {start}-{}/{size}", end - 1))
}

/// Returns `bytes */10`, the `Content-Range` of a 416 (RFC 9110 §15.5.17).
pub(crate) fn unsatisfied_content_range(size: u64) -> HeaderValue {
    visible(format!("bytes */{size}"))
}

fn visible(value: String) -> HeaderValue {
    HeaderValue::try_from(value).expect("digits and punctuation are visible ASCII")
}

/// The `Content-Range` of a response from elsewhere.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct ContentRange {
    pub(crate) range: ByteRange,
    /// The size of the whole file, unless it is `*`.
    pub(crate) size: Option<u64>,
}

impl ContentRange {
    /// Parses the field of a response. Returns `None` if it is absent or malformed.
    pub(crate) fn of(fields: &HeaderMap) -> Option<Self> {
        let text = fields.get(header::CONTENT_RANGE)?.to_str().ok()?;
        let (unit, rest) = trim(text).split_once(' ')?;
        let (positions, size) = rest.split_once('/')?;
        let (first, last) = positions.split_once('-')?;
        let (start, last) = (number(trim(first))?, number(trim(last))?);
        let range = ByteRange {
            start,
            end: last.checked_add(1)?,
        };
        let is_valid = unit.eq_ignore_ascii_case("bytes") && range.start < range.end;
        let size = number(trim(size));
        is_valid.then_some(Self { range, size })
    }

    pub(crate) fn len(self) -> u64 {
        self.range.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(value: &'static str) -> Option<(u64, u64, Option<u64>)> {
        let fields = [(header::CONTENT_RANGE, HeaderValue::from_static(value))];
        let parsed = ContentRange::of(&fields.into_iter().collect())?;
        Some((parsed.range.start, parsed.range.end, parsed.size))
    }

    #[test]
    fn content_range_is_parsed_with_and_without_a_size() {
        assert_eq!(parsed("bytes 0-4/10"), Some((0, 5, Some(10))));
        assert_eq!(parsed("Bytes 7-7/*"), Some((7, 8, None)));
    }

    #[test]
    fn malformed_content_range_says_nothing() {
        for value in [
            "",
            "bytes",
            "bytes */10",
            "bytes 5-4/10",
            "bytes -4/10",
            "bytes +0-4/10",
            "bytes 0-18446744073709551615/*",
            "rows 0-4/10",
        ] {
            assert_eq!(parsed(value), None, "{value}");
        }
    }

    #[test]
    fn content_range_names_the_last_byte() {
        let range = ByteRange { start: 0, end: 5 };
        assert_eq!(content_range(range, 10), "bytes 0-4/10");
        assert_eq!(unsatisfied_content_range(10), "bytes */10");
    }
}
