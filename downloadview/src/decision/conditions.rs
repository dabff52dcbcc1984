//! Conditional requests (RFC 9110 §13).

pub(super) fn evaluate() {}
