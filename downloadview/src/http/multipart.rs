//! `multipart/byteranges`: several parts in one body (RFC 9110 §14.6).

use std::hash::{BuildHasher, RandomState};

use axum::http::HeaderValue;
use bytes::Bytes;

use super::range::{ByteRange, content_range};

/// The framing of a body of several parts: `part_head(0)`, its bytes, `part_head(1)`, its bytes, …, `tail()`.
#[derive(Clone, Debug)]
pub(crate) struct Multipart {
    ranges: Vec<ByteRange>,
    boundary: String,
    heads: Vec<Bytes>,
    tail: Bytes,
}

impl Multipart {
    /// `size` and `content_type` are those of the whole file.
    pub(crate) fn new(
        ranges: Vec<ByteRange>,
        size: u64,
        content_type: Option<&HeaderValue>,
    ) -> Self {
        Self::with_boundary(boundary(), ranges, size, content_type)
    }

    fn with_boundary(
        boundary: String,
        ranges: Vec<ByteRange>,
        size: u64,
        content_type: Option<&HeaderValue>,
    ) -> Self {
        let heads = ranges
            .iter()
            .enumerate()
            .map(|(index, range)| {
                head(index, &boundary, content_type, &content_range(*range, size))
            })
            .collect();
        let tail = Bytes::from(format!("\r\n--{boundary}--\r\n"));
        Self {
            ranges,
            boundary,
            heads,
            tail,
        }
    }

    /// Returns the media type of the body.
    pub(crate) fn content_type(&self) -> HeaderValue {
        HeaderValue::try_from(format!("multipart/byteranges; boundary={}", self.boundary))
            .expect("hexadecimal digits are visible ASCII")
    }

    /// Returns the exact length of the body.
    pub(crate) fn content_length(&self) -> u64 {
        let framing = self.heads.iter().map(Bytes::len).sum::<usize>() + self.tail.len();
        let content = self.ranges.iter().map(|range| range.len()).sum::<u64>();
        // No file is that long, but the user may set any `size`.
        content.saturating_add(framing as u64)
    }

    /// Returns the parts in the order in which they are sent.
    pub(crate) fn ranges(&self) -> &[ByteRange] {
        &self.ranges
    }

    /// Returns the framing before the bytes of a part.
    pub(crate) fn part_head(&self, index: usize) -> Bytes {
        self.heads[index].clone()
    }

    /// Returns the framing after the bytes of the last part.
    pub(crate) fn tail(&self) -> Bytes {
        self.tail.clone()
    }
}

/// Returns a delimiter, which includes the line break before it, and the fields of a part (RFC 2046 §5.1.1).
fn head(
    index: usize,
    boundary: &str,
    content_type: Option<&HeaderValue>,
    content_range: &HeaderValue,
) -> Bytes {
    let line_break: &[u8] = if index == 0 { b"" } else { b"\r\n" };
    let mut head = [line_break, b"--", boundary.as_bytes(), b"\r\n"].concat();
    if let Some(content_type) = content_type {
        head.extend([b"Content-Type: ", content_type.as_bytes(), b"\r\n"].concat());
    }
    head.extend([b"Content-Range: ", content_range.as_bytes(), b"\r\n\r\n"].concat());
    head.into()
}

/// Returns 128 bits that cannot be guessed. An attacker who knew the boundary could put a delimiter into the file and forge a part.
///
/// The keys of each `RandomState` derive from randomness of the operating system. The results of the hash do not reveal the keys, so
/// earlier boundaries do not help to guess the next one.
fn boundary() -> String {
    let keys = RandomState::new();
    format!("{:016x}{:016x}", keys.hash_one(0), keys.hash_one(1))
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    fn multipart(content_type: Option<&'static str>) -> Multipart {
        let ranges = vec![
            ByteRange { start: 7, end: 9 },
            ByteRange { start: 0, end: 5 },
        ];
        let content_type = content_type.map(HeaderValue::from_static);
        Multipart::with_boundary("XYZ".to_owned(), ranges, 10, content_type.as_ref())
    }

    fn body(multipart: &Multipart, file: &[u8]) -> Vec<u8> {
        let mut body = Vec::new();
        for (index, range) in multipart.ranges().iter().enumerate() {
            let (start, end) = (
                range.start.try_into().unwrap(),
                range.end.try_into().unwrap(),
            );
            body.extend_from_slice(&multipart.part_head(index));
            body.extend_from_slice(&file[start..end] as &[u8]);
        }
        body.extend_from_slice(&multipart.tail());
        body
    }

    #[test]
    fn body_is_laid_out_as_rfc_2046_says() {
        let body = body(&multipart(Some("text/csv")), b"0123456789");
        let expected = "--XYZ\r\nContent-Type: text/csv\r\nContent-Range: bytes 7-8/10\r\n\r\n78\r\n\
                        --XYZ\r\nContent-Type: text/csv\r\nContent-Range: bytes 0-4/10\r\n\r\n01234\r\n--XYZ--\r\n";
        assert_eq!(String::from_utf8(body).unwrap(), expected);
    }

    #[test]
    fn length_is_that_of_the_body() {
        for content_type in [None, Some("text/csv; charset=utf-8")] {
            let multipart = multipart(content_type);
            let length = body(&multipart, b"0123456789").len();
            assert_eq!(
                multipart.content_length(),
                length as u64,
                "{content_type:?}"
            );
        }
    }

    #[test]
    fn part_without_a_type_says_none() {
        let head = multipart(None).part_head(0);
        assert_eq!(head, "--XYZ\r\nContent-Range: bytes 7-8/10\r\n\r\n");
    }

    #[test]
    fn type_names_the_boundary() {
        let content_type = multipart(None).content_type();
        assert_eq!(content_type, "multipart/byteranges; boundary=XYZ");
    }

    #[test]
    fn boundary_is_long_legal_and_never_twice_the_same() {
        let boundaries: HashSet<_> = (0..1000).map(|_| boundary()).collect();
        assert_eq!(boundaries.len(), 1000);
        for boundary in boundaries {
            assert!(boundary.len() == 32 && boundary.bytes().all(|byte| byte.is_ascii_hexdigit()));
        }
    }

    #[test]
    fn size_beyond_reason_does_not_overflow() {
        let range = ByteRange {
            start: 0,
            end: u64::MAX,
        };
        let multipart = Multipart::new(vec![range], u64::MAX, None);
        assert_eq!(multipart.content_length(), u64::MAX);
    }
}
