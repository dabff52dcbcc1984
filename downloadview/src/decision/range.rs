//! Range requests (RFC 9110 §14).

use downloadview_grammar::token::is_number;

use super::Access;
use crate::http::range::ByteRange;

/// The maximum number of parts. More parts are not worth their framing and their seeks, so the whole file is sent
/// (RFC 9110 §14.2, §17.15).
const MAX_PARTS: usize = 200;

/// Up to this number, parts are sent even if their framing is longer than the bytes that they save. The overhead is small, and the
/// client gets the ranges that it requested.
const FREE_PARTS: usize = 8;

/// The approximate overhead of a part: its delimiter, type and range (RFC 9110 §15.3.7.2).
const PART_OVERHEAD: u64 = 120;

/// The meaning of a `Range` field for a representation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Asked {
    /// The field is ignored (RFC 9110 §14.2).
    Ignored,
    /// The representation has none of the bytes (RFC 9110 §14.1.2).
    Unsatisfiable,
    /// At least one range. No range touches another.
    Parts(Vec<ByteRange>),
}

/// Parses a `Range` field and resolves it against a representation of `size` bytes.
///
/// The field is ignored if its unit is not bytes, if any of its ranges is malformed, or if the representation is empty. §14.2 allows
/// each case, and a client can always use the whole representation.
pub(super) fn resolve(field: &[u8], size: u64) -> Asked {
    let Some(set) = bytes_set(field).filter(|_| size > 0) else {
        return Asked::Ignored;
    };
    let mut parts = Vec::new();
    let mut asked_any = false;
    for spec in members(set) {
        let Some(spec) = Spec::parse(spec) else {
            return Asked::Ignored;
        };
        asked_any = true;
        if let Some(range) = spec.resolve(size) {
            coalesce(&mut parts, range);
        }
        if parts.len() > MAX_PARTS {
            return Asked::Ignored;
        }
    }
    match (asked_any, parts.is_empty()) {
        (false, _) => Asked::Ignored,
        (true, true) => Asked::Unsatisfiable,
        (true, false) => Asked::Parts(parts),
    }
}

/// Returns true if several parts are better than the whole. They must be few or smaller than the whole, and forward content must
/// contain them in this order.
pub(super) fn worth_sending(parts: &[ByteRange], size: u64, access: Access) -> bool {
    let weight = parts.iter().try_fold(0_u64, |weight, part| {
        weight.checked_add(part.len())?.checked_add(PART_OVERHEAD)
    });
    let reachable = match access {
        Access::Random => true,
        Access::Forward => parts.is_sorted_by_key(|part| part.start),
    };
    // Without a weight, there is no length to send.
    weight.is_some_and(|weight| parts.len() <= FREE_PARTS || weight < size) && reachable
}

/// Returns the range-set of a specifier whose unit is bytes, which is case-insensitive (RFC 9110 §14.1, §14.1.1). Erratum 7306 allows
/// `OWS` after the `=`.
fn bytes_set(field: &[u8]) -> Option<&[u8]> {
    let equals = field.iter().position(|byte| *byte == b'=')?;
    let (unit, set) = (&field[..equals], &field[equals + 1..]);
    unit.eq_ignore_ascii_case(b"bytes").then_some(set)
}

/// Returns the members of a list without the empty ones (RFC 9110 §5.6.1.2).
fn members(list: &[u8]) -> impl Iterator<Item = &[u8]> {
    list.split(|byte| *byte == b',')
        .map(<[u8]>::trim_ascii)
        .filter(|member| !member.is_empty())
}

/// A `range-spec` of bytes (RFC 9110 §14.1.2). Numbers beyond `u64` count as its maximum.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Spec {
    /// `5-` or `5-9`.
    From { first: u64, last: u64 },
    /// `-5`.
    Suffix { length: u64 },
}

impl Spec {
    /// Parses a range. Returns `None` if it is malformed or ends before it begins (RFC 9110 §14.1.1).
    fn parse(spec: &[u8]) -> Option<Self> {
        let dash = spec.iter().position(|byte| *byte == b'-')?;
        let (first, last) = (&spec[..dash], &spec[dash + 1..]);
        match (first, last) {
            ([], length) => Some(Self::Suffix {
                length: number(length)?,
            }),
            (first, []) => Some(Self::From {
                first: number(first)?,
                last: u64::MAX,
            }),
            (first, last) => {
                let spec = Self::From {
                    first: number(first)?,
                    last: number(last)?,
                };
                (magnitude(first) <= magnitude(last)).then_some(spec)
            }
        }
    }

    /// Returns the requested bytes, or `None` if the representation has none of them (RFC 9110 §14.1.2). `size` is not 0.
    fn resolve(self, size: u64) -> Option<ByteRange> {
        match self {
            Self::From { first, last } => (first < size).then(|| ByteRange {
                start: first,
                end: last.min(size - 1) + 1,
            }),
            Self::Suffix { length } => (length > 0).then(|| ByteRange {
                start: size.saturating_sub(length),
                end: size,
            }),
        }
    }
}

/// Parses `1*DIGIT`. A number beyond `u64` counts as its maximum.
fn number(digits: &[u8]) -> Option<u64> {
    is_number(digits).then(|| {
        digits.iter().fold(0_u64, |number, digit| {
            number
                .saturating_mul(10)
                .saturating_add(u64::from(digit - b'0'))
        })
    })
}

/// Returns a key that orders numbers of any length, even beyond `u64`.
fn magnitude(digits: &[u8]) -> (usize, &[u8]) {
    let zeros = digits.iter().take_while(|digit| **digit == b'0').count();
    let significant = &digits[zeros..];
    (significant.len(), significant)
}

/// Adds a range. It is joined with the parts that it touches, in the place of the first of them, so that the parts stay in the requested
/// order (RFC 9110 §15.3.7.2).
///
/// Parts never touch each other, so one pass finds all parts that a new range touches.
fn coalesce(parts: &mut Vec<ByteRange>, range: ByteRange) {
    let Some(place) = parts.iter().position(|part| part.touches(range)) else {
        parts.push(range);
        return;
    };
    let mut union = range;
    parts.retain(|part| {
        let joins = part.touches(range);
        if joins {
            union = union.union(*part);
        }
        !joins
    });
    parts.insert(place, union);
}
