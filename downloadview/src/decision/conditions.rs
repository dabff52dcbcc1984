//! Conditional requests (RFC 9110 §13).

use std::time::SystemTime;

use downloadview_grammar::{
    date,
    entity_tag::{Tag, tags},
};

use super::{Decision, Validators};
use crate::{
    http::entity_tag::EntityTag,
    request::{DownloadRequest, FieldLines},
};

/// What the preconditions come to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// One of them fails.
    Failed(Failure),
    /// None fails: on to the ranges.
    Passed,
    /// It hangs on a validator that is not known yet.
    Unsettled,
}

/// How a precondition answers when it fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Failure {
    /// 304.
    NotModified,
    /// 412.
    PreconditionFailed,
}

impl From<Failure> for Decision {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::NotModified => Self::NotModified,
            Failure::PreconditionFailed => Self::PreconditionFailed,
        }
    }
}

/// What is known of a representation when its preconditions are evaluated.
#[derive(Clone, Copy, Debug)]
pub(super) struct Knowledge<'a> {
    etag: Known<&'a EntityTag>,
    /// In whole seconds.
    last_modified: Known<i64>,
}

/// A validator that a representation has, has not, or may yet turn out to have.
#[derive(Clone, Copy, Debug)]
enum Known<T> {
    Is(T),
    Absent,
    NotYet,
}

impl<'a> Knowledge<'a> {
    /// All that there is to know.
    pub(super) fn full(validators: Validators<'a>) -> Self {
        Self::with(validators, Known::Absent, Known::Absent)
    }

    /// The content may bring what is missing.
    pub(super) fn partial(validators: Validators<'a>) -> Self {
        Self::with(validators, Known::NotYet, Known::NotYet)
    }

    fn with(
        validators: Validators<'a>,
        no_etag: Known<&'a EntityTag>,
        no_date: Known<i64>,
    ) -> Self {
        Self {
            etag: validators.etag.map_or(no_etag, Known::Is),
            last_modified: validators
                .last_modified
                .map_or(no_date, |time| Known::Is(date::seconds(time))),
        }
    }

    /// Whether there is a current representation, which is what `*` asks. Nobody vouches for it while no validator is
    /// known.
    fn exists(self) -> Option<bool> {
        match (self.etag, self.last_modified) {
            (Known::NotYet, Known::NotYet) => None,
            _ => Some(true),
        }
    }
}

/// The preconditions in their order: If-Match, else If-Unmodified-Since; then If-None-Match, else If-Modified-Since
/// (RFC 9110 §13.2.2, steps 1 to 4).
///
/// For GET and HEAD; any other method of a view has none.
pub(super) fn evaluate(request: &DownloadRequest, knowledge: Knowledge<'_>) -> Verdict {
    let unchanged = if request.fields().if_match.is_absent() {
        if_unmodified_since(&request.fields().if_unmodified_since, knowledge)
    } else {
        if_match(&request.fields().if_match, knowledge)
    };
    match unchanged {
        None => return Verdict::Unsettled,
        Some(false) => return Verdict::Failed(Failure::PreconditionFailed),
        Some(true) => {}
    }
    let changed = if request.fields().if_none_match.is_absent() {
        if_modified_since(&request.fields().if_modified_since, knowledge)
    } else {
        if_none_match(&request.fields().if_none_match, knowledge)
    };
    match changed {
        None => Verdict::Unsettled,
        Some(false) => Verdict::Failed(Failure::NotModified),
        Some(true) => Verdict::Passed,
    }
}

/// If-Range: the same tag, compared strongly, or exactly the same date (RFC 9110 §13.1.5).
///
/// Several lines, a list, `*` and whatever is neither a tag nor a date are nothing's validator: false.
pub(super) fn if_range(field: &FieldLines, validators: Validators<'_>, now: SystemTime) -> bool {
    let Some(field) = field.single() else {
        return field.is_absent();
    };
    if let Some(asked) = Tag::parse(field) {
        return validators
            .etag
            .is_some_and(|etag| asked.strongly_equals(etag.as_tag()));
    }
    let last_modified = validators.last_modified.map(date::seconds);
    last_modified.is_some_and(|last_modified| {
        is_strong(last_modified, now) && date::parse(field, now) == Some(last_modified)
    })
}

/// A date is strong once its second is over: nothing that comes later can bear it again (RFC 9110 §8.8.2.2).
///
/// What came earlier in that second is the client's to know: it may use a date only if it was given it later than that.
pub(super) fn is_strong(last_modified: i64, now: SystemTime) -> bool {
    last_modified < date::seconds(now)
}

/// If-Match, compared strongly (RFC 9110 §13.1.1). Here and below `None` hangs on a validator not known yet.
///
/// An empty list matches nothing.
fn if_match(field: &FieldLines, knowledge: Knowledge<'_>) -> Option<bool> {
    if is_any(field) {
        return knowledge.exists();
    }
    match knowledge.etag {
        Known::Is(etag) => Some(listed(field).any(|tag| tag.strongly_equals(etag.as_tag()))),
        Known::Absent => Some(false),
        Known::NotYet => None,
    }
}

/// If-None-Match, compared weakly (RFC 9110 §13.1.2).
fn if_none_match(field: &FieldLines, knowledge: Knowledge<'_>) -> Option<bool> {
    if is_any(field) {
        return knowledge.exists().map(|exists| !exists);
    }
    match knowledge.etag {
        // Most who ask have this very version.
        Known::Is(etag) if field.single() == Some(etag.as_header_value().as_bytes()) => Some(false),
        Known::Is(etag) => Some(!listed(field).any(|tag| tag.weakly_equals(etag.as_tag()))),
        Known::Absent => Some(true),
        Known::NotYet => None,
    }
}

/// If-Modified-Since; ignored when it is no date, or there is none to compare (RFC 9110 §13.1.3).
///
/// A date in the future is a date like any other.
fn if_modified_since(field: &FieldLines, knowledge: Knowledge<'_>) -> Option<bool> {
    compare_dates(field, knowledge, |last_modified, since| {
        last_modified > since
    })
}

/// If-Unmodified-Since; ignored when it is no date, or there is none to compare (RFC 9110 §13.1.4).
fn if_unmodified_since(field: &FieldLines, knowledge: Knowledge<'_>) -> Option<bool> {
    compare_dates(field, knowledge, |last_modified, since| {
        last_modified <= since
    })
}

/// Compares whole seconds: the field carries no more.
fn compare_dates(
    field: &FieldLines,
    knowledge: Knowledge<'_>,
    holds: impl FnOnce(i64, i64) -> bool,
) -> Option<bool> {
    let Some(since) = field
        .single()
        .and_then(|field| date::parse(field, SystemTime::now()))
    else {
        return Some(true);
    };
    match knowledge.last_modified {
        Known::Is(last_modified) => Some(holds(last_modified, since)),
        Known::Absent => Some(true),
        Known::NotYet => None,
    }
}

/// `*`, which stands alone (RFC 9110 §13.1.1, §13.1.2).
fn is_any(field: &FieldLines) -> bool {
    field.single() == Some(b"*")
}

/// The tags of all lines, which are one list (RFC 9110 §5.3).
fn listed(field: &FieldLines) -> impl Iterator<Item = Tag<'_>> {
    field.iter().flat_map(tags)
}
