//! Decides the answer to a request: first the conditions (RFC 9110 §13), then the ranges (§14). The functions are pure.

mod conditions;
#[cfg(test)]
mod model;
mod range;

use std::time::SystemTime;

use axum::http::Method;
use downloadview_grammar::date;

use self::{
    conditions::{Knowledge, Verdict},
    range::Asked,
};
use crate::{
    http::{entity_tag::EntityTag, range::ByteRange},
    request::DownloadRequest,
};

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
    /// The exact time, with fractions of a second, and possibly in the future. Only the header field is limited to the present.
    pub(crate) last_modified: Option<SystemTime>,
}

impl Validators<'_> {
    /// Returns true if they distinguish one version of the bytes from another (RFC 9110 §8.8.1, §8.8.2.2). With a weak tag they do not,
    /// whatever the date is.
    pub(crate) fn are_strong(&self) -> bool {
        match self.etag {
            Some(etag) => etag.is_strong(),
            None => self
                .last_modified
                .is_some_and(|time| conditions::is_strong(date::seconds(time), SystemTime::now())),
        }
    }
}

/// The way in which content can be read from a position.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Access {
    /// Any position, in any order.
    Random,
    /// Only forwards, and only once. Skipped bytes are produced and discarded.
    Forward,
}

/// Returns the decision that follows from the options alone, or `None` if it depends on the content.
///
/// A missing validator is unknown, so a condition on it decides nothing, and neither do the conditions after it
/// (RFC 9110 §13.2.2). A size decides HEAD, which never needs the content (§9.3.2).
pub(crate) fn settle(
    request: &DownloadRequest,
    validators: Validators<'_>,
    size: Option<u64>,
) -> Option<Decision> {
    if !is_safe_retrieval(&request.method) {
        return None;
    }
    match conditions::evaluate(request, Knowledge::partial(validators)) {
        Verdict::Unsettled => None,
        Verdict::Failed(failure) => Some(failure.into()),
        Verdict::Passed if request.method == Method::HEAD => size.map(|_| Decision::Whole),
        Verdict::Passed => unsatisfiable(request, validators, size?),
    }
}

/// Evaluates the conditions (§13.2.2). Returns 304, 412, or `None` if the ranges are next.
///
/// Only GET and HEAD have conditions. Other methods of a view have none.
pub(crate) fn preconditions(
    request: &DownloadRequest,
    validators: Validators<'_>,
) -> Option<Decision> {
    if !is_safe_retrieval(&request.method) {
        return None;
    }
    match conditions::evaluate(request, Knowledge::full(validators)) {
        Verdict::Failed(failure) => Some(failure.into()),
        Verdict::Passed | Verdict::Unsettled => None,
    }
}

/// Evaluates the ranges (§14) once the preconditions have passed. Only GET has ranges (§14.2).
///
/// If-Range is the condition of a Range (§13.2.2, step 5). If it is false, the Range is ignored. If it is true and the file has none of
/// the requested bytes, the answer is 416 (§14.2), as it is without If-Range.
pub(crate) fn ranges(
    request: &DownloadRequest,
    validators: Validators<'_>,
    size: u64,
    access: Access,
) -> Decision {
    let Some(field) = request.fields().range.single() else {
        return Decision::Whole;
    };
    if request.method != Method::GET
        || !conditions::if_range(&request.fields().if_range, validators, SystemTime::now())
    {
        return Decision::Whole;
    }
    match range::resolve(field, size) {
        Asked::Ignored => Decision::Whole,
        Asked::Unsatisfiable => Decision::RangeNotSatisfiable,
        Asked::Parts(parts) => match parts[..] {
            [part] => Decision::Part(part),
            _ if range::worth_sending(&parts, size, access) => Decision::Parts(parts),
            _ => Decision::Whole,
        },
    }
}

/// Returns true for GET and HEAD (RFC 9110 §9.3.1, §9.3.2).
fn is_safe_retrieval(method: &Method) -> bool {
    method == Method::GET || method == Method::HEAD
}

/// Returns 416 if a strong tag promises that there are ranges.
///
/// If-Range may ask for a date that the options do not give. Its condition is false then, which decides nothing.
fn unsatisfiable(
    request: &DownloadRequest,
    validators: Validators<'_>,
    size: u64,
) -> Option<Decision> {
    validators.etag.filter(|etag| etag.is_strong())?;
    // The content decides later which of the satisfiable ranges are available.
    let decision = ranges(request, validators, size, Access::Random);
    (decision == Decision::RangeNotSatisfiable).then_some(decision)
}

#[cfg(test)]
mod tests;
