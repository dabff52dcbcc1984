//! Numbers as field values.

use axum::http::HeaderValue;
use bytes::Bytes;

/// Returns a number as a field value, in one allocation.
pub(crate) fn header_value(number: u64) -> HeaderValue {
    let mut digits = [0; DIGITS];
    let start = write_decimal(&mut digits, number);
    let digits = Bytes::copy_from_slice(&digits[start..]);
    HeaderValue::from_maybe_shared(digits).unwrap_or_else(|_| number.into())
}

/// The maximum number of digits.
pub(crate) const DIGITS: usize = 20;

/// Writes a number at the end of `text`, which has room for [`DIGITS`], and returns the position where it begins.
pub(crate) fn write_decimal(text: &mut [u8], number: u64) -> usize {
    let mut rest = number;
    let mut start = text.len();
    loop {
        start -= 1;
        text[start] = b'0' + (rest % 10) as u8;
        rest /= 10;
        if rest == 0 {
            return start;
        }
    }
}
