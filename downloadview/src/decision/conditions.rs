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

/// The result of the preconditions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// One of them fails.
    Failed(Failure),
    /// No precondition fails. The ranges are next.
    Passed,
    /// The result depends on a validator that is not known yet.
    Unsettled,
}

/// The answer of a precondition that fails.
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

/// The validators of a representation, as far as they are known when its preconditions are evaluated.
#[derive(Clone, Copy, Debug)]
pub(super) struct Knowledge<'a> {
    etag: Known<&'a EntityTag>,
    /// In whole seconds.
    last_modified: Known<i64>,
}

/// A validator that a representation has, does not have, or may have.
#[derive(Clone, Copy, Debug)]
enum Known<T> {
    Is(T),
    Absent,
    NotYet,
}

impl<'a> Knowledge<'a> {
    /// Takes a missing validator as absent.
    pub(super) fn full(validators: Validators<'a>) -> Self {
        Self::with(validators, Known::Absent, Known::Absent)
    }

    /// Takes a missing validator as unknown, because the content may bring it.
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

    /// Returns true if there is a current representation, which is the condition of `*`. Returns `None` while no validator is known.
    fn exists(self) -> Option<bool> {
        match (self.etag, self.last_modified) {
            (Known::NotYet, Known::NotYet) => None,
            _ => Some(true),
        }
    }
}

/// Evaluates the preconditions in their order: If-Match, else If-Unmodified-Since, and then If-None-Match, else
/// If-Modified-Since (RFC 9110 §13.2.2, steps 1 to 4).
///
/// It is for GET and HEAD. Other methods of a view have no preconditions.
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

/// Evaluates If-Range: the same tag by the strong comparison, or exactly the same date (RFC 9110 §13.1.5).
///
/// Returns false for several lines, a list, `*`, and any other value that is neither a tag nor a date.
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

/// Returns true if a date is strong, which it is once its second has passed. No later version can have the same date (RFC 9110 §8.8.2.2).
///
/// An earlier version may have been sent in that second. The client must not use a date that it received so early.
pub(super) fn is_strong(last_modified: i64, now: SystemTime) -> bool {
    last_modified < date::seconds(now)
}

/// Evaluates If-Match by the strong comparison (RFC 9110 §13.1.1). An empty list matches nothing.
///
/// Here and below, `None` means that the result depends on a validator that is not known yet.
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

/// Evaluates If-None-Match by the weak comparison (RFC 9110 §13.1.2).
fn if_none_match(field: &FieldLines, knowledge: Knowledge<'_>) -> Option<bool> {
    if is_any(field) {
        return knowledge.exists().map(|exists| !exists);
    }
    match knowledge.etag {
        // Most clients that ask have the current version.
        Known::Is(etag) if field.single() == Some(etag.as_header_value().as_bytes()) => Some(false),
        Known::Is(etag) => Some(!listed(field).any(|tag| tag.weakly_equals(etag.as_tag()))),
        Known::Absent => Some(true),
        Known::NotYet => None,
    }
}

/// Evaluates If-Modified-Since. It is ignored if it is not a date, or if there is no date to compare (RFC 9110 §13.1.3).
///
/// A date in the future is treated like any other.
fn if_modified_since(field: &FieldLines, knowledge: Knowledge<'_>) -> Option<bool> {
    compare_dates(field, knowledge, |last_modified, since| {
        last_modified > since
    })
}

/// Evaluates If-Unmodified-Since. It is ignored if it is not a date, or if there is no date to compare (RFC 9110 §13.1.4).
fn if_unmodified_since(field: &FieldLines, knowledge: Knowledge<'_>) -> Option<bool> {
    compare_dates(field, knowledge, |last_modified, since| {
        last_modified <= since
    })
}

/// Compares whole seconds, the resolution of the field.
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

/// Returns true for `*`, which is the whole value (RFC 9110 §13.1.1, §13.1.2).
fn is_any(field: &FieldLines) -> bool {
    field.single() == Some(b"*")
}

/// Returns the tags of all lines, which are one list (RFC 9110 §5.3).
fn listed(field: &FieldLines) -> impl Iterator<Item = Tag<'_>> {
    field.iter().flat_map(tags)
}
