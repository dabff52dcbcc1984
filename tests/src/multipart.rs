//! A strict parser for `multipart/byteranges` (RFC 9110 §14.6, RFC 2046 §5.1.1).

use crate::message::Answer;

/// A part of a multipart body.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Part {
    /// The value of its `Content-Type`.
    pub content_type: Option<String>,
    /// The position of its first byte.
    pub first: u64,
    /// The position of its last byte.
    pub last: u64,
    /// The size of the whole file.
    pub size: u64,
    /// The bytes of the part.
    pub bytes: Vec<u8>,
}

/// Parses a `Content-Range` and returns its first position, last position and size. Rejects any redundant character.
pub fn content_range(value: &str) -> Option<(u64, u64, u64)> {
    let (range, size) = value.strip_prefix("bytes ")?.split_once('/')?;
    let (first, last) = range.split_once('-')?;
    let numbers = (first.parse().ok()?, last.parse().ok()?, size.parse().ok()?);
    let (first, last, size) = numbers;
    let is_plain = format!("bytes {first}-{last}/{size}") == value;
    (is_plain && first <= last && last < size).then_some(numbers)
}

/// Parses the parts of a 206 response.
///
/// # Errors
/// Returns an error if the response does not follow the RFCs exactly.
pub fn parts(answer: &Answer) -> Result<Vec<Part>, String> {
    let content_type = answer.field("content-type").ok_or("no Content-Type")?;
    let boundary = content_type
        .strip_prefix("multipart/byteranges; boundary=")
        .filter(|boundary| !boundary.is_empty() && boundary.len() <= 70)
        .filter(|boundary| boundary.bytes().all(|byte| byte.is_ascii_alphanumeric()))
        .ok_or_else(|| format!("unexpected Content-Type {content_type}"))?;
    let mut rest = &answer.body[..];
    let delimiter = format!("\r\n--{boundary}");
    rest = rest
        .strip_prefix(&delimiter.as_bytes()[2..])
        .ok_or("no first delimiter")?;
    let mut parts = Vec::new();
    loop {
        if rest == b"--\r\n" {
            return Ok(parts);
        }
        let (part, after) = part(rest)?;
        rest = after
            .strip_prefix(delimiter.as_bytes())
            .ok_or("no delimiter after a part")?;
        parts.push(part);
    }
}

/// Parses one part, whose length follows from its `Content-Range`. Returns the part and the bytes after it.
fn part(rest: &[u8]) -> Result<(Part, &[u8]), String> {
    let rest = rest
        .strip_prefix(b"\r\n")
        .ok_or("no line break after a delimiter")?;
    let end = rest
        .windows(4)
        .position(|window| window == b"\r\n\r\n")
        .ok_or("no end of the fields")?;
    let fields = std::str::from_utf8(&rest[..end]).map_err(|error| error.to_string())?;
    let (mut content_type, mut range) = (None, None);
    for line in fields.split("\r\n") {
        let slot = match line.split_once(": ") {
            Some(("Content-Type", value)) => content_type.replace(value.to_owned()),
            Some(("Content-Range", value)) => range.replace(value.to_owned()),
            _ => return Err(format!("unexpected field line {line:?}")),
        };
        if slot.is_some() {
            return Err(format!("duplicate field line {line:?}"));
        }
    }
    let range = range.ok_or("no Content-Range")?;
    let (first, last, size) =
        content_range(&range).ok_or_else(|| format!("malformed Content-Range {range}"))?;
    let length = usize::try_from(last - first + 1).map_err(|error| error.to_string())?;
    let (bytes, after) = rest[end + 4..]
        .split_at_checked(length)
        .ok_or("a part that is too short")?;
    let part = Part {
        content_type,
        first,
        last,
        size,
        bytes: bytes.to_vec(),
    };
    Ok((part, after))
}
