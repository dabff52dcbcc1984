//! What a request gets: conditions (RFC 9110 §13), then ranges (§14). Pure functions, no I/O.

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
    /// As it is, sub-seconds and future included: only what is sent is cut to the present.
    pub(crate) last_modified: Option<SystemTime>,
}

impl Validators<'_> {
    /// Returns true if they tell one version of the bytes from another (RFC 9110 §8.8.1, §8.8.2.2). A weak tag says that nobody
    /// can, whatever the date.
    pub(crate) fn are_strong(&self) -> bool {
        match self.etag {
            Some(etag) => etag.is_strong(),
            None => self
                .last_modified
                .is_some_and(|time| conditions::is_strong(date::seconds(time), SystemTime::now())),
        }
    }
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
///
/// A validator that is not given is unknown: a condition that asks for it settles nothing, and neither does any that
/// comes after it (RFC 9110 §13.2.2). HEAD is settled by a size, whose content is then never needed (§9.3.2).
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

/// The conditions (§13.2.2): 304, 412, or `None` to go on to the ranges.
///
/// They are those of GET and HEAD; a view that answers another method has none.
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

/// The ranges (§14), once the preconditions have passed; of GET alone (§14.2).
///
/// If-Range is the condition of a Range (§13.2.2, step 5): where it is false, the Range is ignored. Where it is true and
/// no byte can be had, 416 says so (§14.2), as it would without it.
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

/// GET and HEAD (RFC 9110 §9.3.1, §9.3.2).
fn is_safe_retrieval(method: &Method) -> bool {
    method == Method::GET || method == Method::HEAD
}

/// 416, where a strong tag promises that there will be ranges.
///
/// A date that If-Range asks for and the options do not give makes its condition false, which settles nothing.
fn unsatisfiable(
    request: &DownloadRequest,
    validators: Validators<'_>,
    size: u64,
) -> Option<Decision> {
    validators.etag.filter(|etag| etag.is_strong())?;
    // Which of the satisfiable ranges can be had is not decided here.
    let decision = ranges(request, validators, size, Access::Random);
    (decision == Decision::RangeNotSatisfiable).then_some(decision)
}

#[cfg(test)]
mod tests;
