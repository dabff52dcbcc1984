//! HTTP dates (RFC 9110 §5.6.7), as whole seconds since the Unix epoch.
//!
//! The crate `httpdate` is only used to format dates, because it cannot parse all of them. It rejects years before 1970
//! and leap seconds, and it does not apply the fifty-year rule to two-digit years.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

const MINUTE: i64 = 60;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;
/// The mean length of a year in the Gregorian calendar, which is 365.2425 days.
const YEAR: i64 = 31_556_952;
/// The number of days from 1 January of the year 0 to the Unix epoch.
const DAYS_TO_EPOCH: i64 = 719_528;

const DAYS: [&[u8]; 7] = [b"Mon", b"Tue", b"Wed", b"Thu", b"Fri", b"Sat", b"Sun"];
const LONG_DAYS: [&[u8]; 7] = [
    b"Monday",
    b"Tuesday",
    b"Wednesday",
    b"Thursday",
    b"Friday",
    b"Saturday",
    b"Sunday",
];
const MONTHS: [&[u8]; 12] = [
    b"Jan", b"Feb", b"Mar", b"Apr", b"May", b"Jun", b"Jul", b"Aug", b"Sep", b"Oct", b"Nov", b"Dec",
];
const DAYS_IN_MONTH: [i64; 12] = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

/// Parses an HTTP date in any of its three forms, relative to `now` for two-digit years.
///
/// The grammar is case-sensitive. The name of the day is redundant and is not compared with the date. Apache, nginx and Go
/// do not compare it either. A second of 60 is the first second of the next minute.
pub fn parse(field: &[u8], now: SystemTime) -> Option<i64> {
    imf_fixdate(field)
        .or_else(|| rfc850_date(field, now))
        .or_else(|| asctime_date(field))
}

/// Parses an HTTP date as [`parse`] does, into a [`SystemTime`].
pub fn parse_time(field: &[u8], now: SystemTime) -> Option<SystemTime> {
    let seconds = parse(field, now)?;
    let distance = Duration::from_secs(seconds.unsigned_abs());
    if seconds < 0 {
        UNIX_EPOCH.checked_sub(distance)
    } else {
        UNIX_EPOCH.checked_add(distance)
    }
}

/// Returns the second that a time falls into, which is the resolution of `Last-Modified`.
pub fn seconds(time: SystemTime) -> i64 {
    match time.duration_since(UNIX_EPOCH) {
        Ok(after) => i64::try_from(after.as_secs()).unwrap_or(i64::MAX),
        Err(error) => {
            let before = error.duration();
            let begun = u64::from(before.subsec_nanos() > 0);
            i64::try_from(before.as_secs().saturating_add(begun))
                .map_or(i64::MIN, |seconds| -seconds)
        }
    }
}

/// Parses `Sun, 06 Nov 1994 08:49:37 GMT`.
fn imf_fixdate(field: &[u8]) -> Option<i64> {
    let mut text = Text(field);
    text.one_of(&DAYS)?;
    text.literal(b", ")?;
    let day = text.digits(2)?;
    text.literal(b" ")?;
    let month = text.one_of(&MONTHS)?;
    text.literal(b" ")?;
    let year = text.digits(4)?;
    text.literal(b" ")?;
    let time = text.time_of_day()?;
    text.literal(b" GMT")?;
    text.end()?;
    Some(midnight(year, month, day)? + time)
}

/// Parses `Sunday, 06-Nov-94 08:49:37 GMT`, an obsolete form.
fn rfc850_date(field: &[u8], now: SystemTime) -> Option<i64> {
    let mut text = Text(field);
    text.one_of(&LONG_DAYS)?;
    text.literal(b", ")?;
    let day = text.digits(2)?;
    text.literal(b"-")?;
    let month = text.one_of(&MONTHS)?;
    text.literal(b"-")?;
    let year = text.digits(2)?;
    text.literal(b" ")?;
    let time = text.time_of_day()?;
    text.literal(b" GMT")?;
    text.end()?;
    nearest_century(year, seconds(now), |year| {
        Some(midnight(year, month, day)? + time)
    })
}

/// Parses `Sun Nov  6 08:49:37 1994`, an obsolete form.
fn asctime_date(field: &[u8]) -> Option<i64> {
    let mut text = Text(field);
    text.one_of(&DAYS)?;
    text.literal(b" ")?;
    let month = text.one_of(&MONTHS)?;
    text.literal(b" ")?;
    let day = match text.literal(b" ") {
        Some(()) => text.digits(1)?,
        None => text.digits(2)?,
    };
    text.literal(b" ")?;
    let time = text.time_of_day()?;
    text.literal(b" ")?;
    let year = text.digits(4)?;
    text.end()?;
    Some(midnight(year, month, day)? + time)
}

/// Returns the latest date with this two-digit year that is at most 50 years in the future (§5.6.7).
fn nearest_century(year: i64, now: i64, date: impl Fn(i64) -> Option<i64>) -> Option<i64> {
    let latest = now.saturating_add(50 * YEAR);
    let this_century = (1970 + now.div_euclid(YEAR)).div_euclid(100) * 100;
    [100, 0, -100]
        .into_iter()
        .filter_map(|offset| date(this_century + offset + year))
        .find(|seconds| *seconds <= latest)
}

/// Returns the first second of a day, or `None` if there is no such day. Months count from 0.
fn midnight(year: i64, month: usize, day: i64) -> Option<i64> {
    let leap_day = i64::from(is_leap(year));
    let length = DAYS_IN_MONTH[month] + if month == 1 { leap_day } else { 0 };
    if !(1..=length).contains(&day) {
        return None;
    }
    let in_months =
        DAYS_IN_MONTH[..month].iter().sum::<i64>() + if month > 1 { leap_day } else { 0 };
    Some((days_before(year) + in_months + day - 1 - DAYS_TO_EPOCH) * DAY)
}

/// Returns the number of days since 1 January of the year 0, which is a leap year.
fn days_before(year: i64) -> i64 {
    let last = year - 1;
    year * 365 + last.div_euclid(4) - last.div_euclid(100) + last.div_euclid(400) + 1
}

fn is_leap(year: i64) -> bool {
    year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
}

/// The unparsed rest of a date.
struct Text<'a>(&'a [u8]);

impl Text<'_> {
    fn literal(&mut self, expected: &[u8]) -> Option<()> {
        self.0 = self.0.strip_prefix(expected)?;
        Some(())
    }

    /// Parses one of `names` and returns its index.
    fn one_of(&mut self, names: &[&[u8]]) -> Option<usize> {
        names.iter().position(|name| self.literal(name).is_some())
    }

    /// Parses a number of exactly `count` digits.
    fn digits(&mut self, count: usize) -> Option<i64> {
        let (digits, rest) = self.0.split_at_checked(count)?;
        self.0 = rest;
        digits.iter().try_fold(0, |number, digit| {
            digit
                .is_ascii_digit()
                .then(|| number * 10 + i64::from(digit - b'0'))
        })
    }

    /// Parses a time such as `08:49:37`.
    fn time_of_day(&mut self) -> Option<i64> {
        let hour = self.digits(2)?;
        self.literal(b":")?;
        let minute = self.digits(2)?;
        self.literal(b":")?;
        let second = self.digits(2)?;
        (hour < 24 && minute < 60 && second <= 60).then_some(hour * HOUR + minute * MINUTE + second)
    }

    fn end(&self) -> Option<()> {
        self.0.is_empty().then_some(())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// The time 2026-01-01 00:00:00.
    const NOW: u64 = 1_767_225_600;

    fn at(now: u64, field: &str) -> Option<i64> {
        parse(field.as_bytes(), UNIX_EPOCH + Duration::from_secs(now))
    }

    fn read(field: &str) -> Option<i64> {
        at(NOW, field)
    }

    #[test]
    fn all_three_forms_are_parsed() {
        for field in [
            "Sun, 06 Nov 1994 08:49:37 GMT",
            "Sunday, 06-Nov-94 08:49:37 GMT",
            "Sun Nov  6 08:49:37 1994",
            "Sun Nov 06 08:49:37 1994",
        ] {
            assert_eq!(read(field), Some(784_111_777), "{field}");
        }
    }

    #[test]
    fn dates_before_1970_are_negative() {
        assert_eq!(read("Wed, 31 Dec 1969 23:59:59 GMT"), Some(-1));
        assert_eq!(read("Mon, 01 Jan 1601 00:00:00 GMT"), Some(-11_644_473_600));
        assert_eq!(read("Sat, 01 Jan 0000 00:00:00 GMT"), Some(-62_167_219_200));
    }

    #[test]
    fn the_last_second_of_9999_is_parsed() {
        assert_eq!(read("Fri, 31 Dec 9999 23:59:59 GMT"), Some(253_402_300_799));
    }

    #[test]
    fn leap_days_and_leap_seconds_are_parsed() {
        assert_eq!(read("Tue, 29 Feb 2000 00:00:00 GMT"), Some(951_782_400));
        assert_eq!(
            read("Sat, 31 Dec 2016 23:59:60 GMT"),
            read("Sun, 01 Jan 2017 00:00:00 GMT")
        );
    }

    #[test]
    fn two_digit_years_are_at_most_fifty_years_in_the_future() {
        let year = |year: &str| read(&format!("Sunday, 06-Nov-{year} 08:49:37 GMT"));
        let full = |year: &str| read(&format!("Sun, 06 Nov {year} 08:49:37 GMT"));
        for (short, long) in [
            ("94", "1994"),
            ("00", "2000"),
            ("26", "2026"),
            ("75", "2075"),
            ("76", "1976"),
            ("99", "1999"),
        ] {
            assert_eq!(year(short), full(long), "{short}");
        }
        let in_2080 = 3_471_292_800;
        assert_eq!(at(in_2080, "Sunday, 06-Nov-10 08:49:37 GMT"), full("2110"));
        assert_eq!(at(in_2080, "Sunday, 06-Nov-31 08:49:37 GMT"), full("2031"));
    }

    #[test]
    fn malformed_dates_are_rejected() {
        for field in [
            "",
            "0",
            "784111777",
            "Sun, 06 Nov 1994 08:49:37",
            "Sun, 06 Nov 1994 08:49:37 UTC",
            "Sun, 06 Nov 1994 08:49:37 +0000",
            "Sun, 06 Nov 1994 08:49:37 GMT; length=3",
            "Sun, 6 Nov 1994 08:49:37 GMT",
            "Sun,06 Nov 1994 08:49:37 GMT",
            "sun, 06 nov 1994 08:49:37 gmt",
            "Sun, 06 Nov 94 08:49:37 GMT",
            "Sun, 00 Nov 1994 08:49:37 GMT",
            "Sun, 31 Nov 1994 08:49:37 GMT",
            "Wed, 29 Feb 1995 08:49:37 GMT",
            "Thu, 29 Feb 1900 08:49:37 GMT",
            "Sun, 06 Nov 1994 24:00:00 GMT",
            "Sun, 06 Nov 1994 08:60:37 GMT",
            "Sun, 06 Nov 1994 08:49:61 GMT",
            "Sun, 06 Nov 1994 08:49:37 GMT, Sun, 06 Nov 1994 08:49:37 GMT",
            "Sun, 06-Nov-94 08:49:37 GMT",
            "Sunday, 06 Nov 1994 08:49:37 GMT",
            "Monday, 30-Feb-94 08:49:37 GMT",
            "Sun Nov 6 08:49:37 1994",
            "Sun Nov  6 08:49:37 94",
            "-1",
        ] {
            assert_eq!(read(field), None, "{field}");
        }
    }

    #[test]
    fn dates_before_and_after_1970_are_converted() {
        let time = |field: &str| parse_time(field.as_bytes(), UNIX_EPOCH).unwrap();
        let second = Duration::from_secs(1);
        assert_eq!(time("Thu, 01 Jan 1970 00:00:01 GMT"), UNIX_EPOCH + second);
        assert_eq!(time("Wed, 31 Dec 1969 23:59:59 GMT"), UNIX_EPOCH - second);
    }

    #[test]
    fn times_are_rounded_down_to_seconds() {
        let half = Duration::from_millis(1_500);
        assert_eq!(seconds(UNIX_EPOCH + half), 1);
        assert_eq!(seconds(UNIX_EPOCH - half), -2);
        assert_eq!(seconds(UNIX_EPOCH - Duration::from_secs(1)), -1);
    }

    proptest! {
        #[test]
        fn date_from_httpdate_is_parsed(seconds in 0..253_402_300_800_u64) {
            let written = httpdate::fmt_http_date(UNIX_EPOCH + Duration::from_secs(seconds));
            prop_assert_eq!(read(&written), i64::try_from(seconds).ok());
        }

        #[test]
        fn no_text_panics(field in prop::collection::vec(any::<u8>(), 0..40), now in any::<u32>()) {
            parse(&field, UNIX_EPOCH + Duration::from_secs(now.into()));
        }

        #[test]
        fn no_changed_date_panics(at in 0..29_usize, byte in any::<u8>()) {
            let mut field = *b"Sun, 06 Nov 1994 08:49:37 GMT";
            field[at] = byte;
            parse(&field, SystemTime::now());
        }
    }
}
