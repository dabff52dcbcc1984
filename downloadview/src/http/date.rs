//! `Last-Modified` (RFC 9110 §8.8.2).

use std::time::SystemTime;

use axum::http::HeaderValue;
use downloadview_grammar::date;

/// Parses a date in any of its three forms.
pub(crate) fn parse(value: &[u8]) -> Option<SystemTime> {
    date::parse_time(value, SystemTime::now())
}

/// Returns a time since 1970 as a field value (§5.6.7): whole seconds, not in the future (§8.8.2.1).
pub(crate) fn header_value(time: SystemTime) -> Option<HeaderValue> {
    HeaderValue::try_from(httpdate::fmt_http_date(time.min(SystemTime::now()))).ok()
}

/// Returns false for a time that is not a real date: before 1970, and in the first two seconds of 1970.
///
/// Reproducible builds and Nix stores give all versions of a file the time 0 or 1, so caches would keep the first version forever.
pub(crate) fn is_date(time: &SystemTime) -> bool {
    date::seconds(*time) > 1
}
