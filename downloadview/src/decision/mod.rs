//! What a request gets: conditions (RFC 9110 §13), then ranges (§14). Pure functions, no I/O.

mod conditions;
mod range;

use std::time::SystemTime;

use crate::{entity_tag::EntityTag, request::DownloadRequest};

pub(crate) use range::ByteRange;

/// The answer to a request for a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Decision {
    /// 304.
    NotModified,
    /// 412.
    PreconditionFailed,
    /// 416.
    RangeNotSatisfiable,
    /// 200.
    Whole,
    /// 206 with one range.
    Part(ByteRange),
    /// 206 with `multipart/byteranges`.
    Parts(Vec<ByteRange>),
}

/// The validators of the representation that a 200 would carry.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Validators<'a> {
    pub(crate) etag: Option<&'a EntityTag>,
    pub(crate) last_modified: Option<SystemTime>,
}

/// How content can be reached at a position.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Access {
    /// Any position, in any order.
    Random,
    /// Forwards only, once: what is skipped is produced and discarded.
    Forward,
}

/// What holds whatever the content says, from what the options alone give; `None` is unsettled.
pub(crate) fn settle(
    request: &DownloadRequest,
    validators: Validators<'_>,
    size: Option<u64>,
) -> Option<Decision> {
    let _ = (request, validators, size, conditions::evaluate);
    None
}

/// The conditions (§13.2.2): 304, 412, or `None` to go on to the ranges.
pub(crate) fn preconditions(
    request: &DownloadRequest,
    validators: Validators<'_>,
) -> Option<Decision> {
    let _ = (request, validators);
    None
}

/// The ranges (§14), once the preconditions have passed.
pub(crate) fn ranges(
    request: &DownloadRequest,
    validators: Validators<'_>,
    size: u64,
    access: Access,
) -> Decision {
    let _ = (request, validators, size, access);
    Decision::Whole
}
