//! The records of an archive, byte by byte: pure functions of what an entry is.
//!
//! The sections named here are those of PKWARE's `APPNOTE.TXT`, version 6.3.10.

use std::time::{SystemTime, UNIX_EPOCH};

use bytes::{BufMut, BytesMut};
use downloadview_grammar::date;

/// A field of 32 bits with this value says that the number is in the zip64 field (§4.4.8).
const IN_ZIP64: u64 = 0xFFFF_FFFF;

/// The number of entries that the end record cannot hold (§4.4.21).
const MANY: u64 = 0xFFFF;

const LOCAL_HEADER: usize = 30;
const CENTRAL_HEADER: usize = 46;
const TIME_FIELD: usize = 9;
const END: u64 = 22;
const ZIP64_END: u64 = 56;
const ZIP64_LOCATOR: u64 = 20;

/// The sizes and the CRC follow the content (§4.4.4).
const HAS_DESCRIPTOR: u16 = 1 << 3;
/// The name is UTF-8 (§4.4.4, appendix D).
const IS_UTF8: u16 = 1 << 11;

/// The versions of the format that a reader has to know (§4.4.3): folders and deflate, and zip64.
const VERSION: u16 = 20;
const VERSION_ZIP64: u16 = 45;

/// The file attributes are those of Unix (§4.4.2).
const MADE_ON_UNIX: u16 = 3 << 8;
const FILE_MODE: u32 = 0o100_644;
const FOLDER_MODE: u32 = 0o040_755;
const FOLDER_OF_DOS: u32 = 0x10;

/// Everything about an entry on which its records depend, apart from what is found when its content is read.
#[derive(Clone, Copy, Debug)]
pub(super) struct Record<'a> {
    /// The path. That of a directory ends in a slash (§4.4.17).
    pub(super) name: &'a str,
    pub(super) modified: Option<SystemTime>,
    pub(super) is_deflated: bool,
    /// The number of bytes of the content as it is in the archive; `None` if it is not known beforehand.
    pub(super) size: Option<u64>,
    /// The CRC, if it was declared.
    pub(super) crc32: Option<u32>,
}

/// The numbers that are known once the content has been read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Written {
    pub(super) crc32: u32,
    /// The size in the archive.
    pub(super) compressed: u64,
    pub(super) size: u64,
}

impl Record<'_> {
    pub(super) fn is_directory(&self) -> bool {
        self.name.ends_with('/')
    }

    /// The permissions and the type of the file, as Unix has them.
    pub(super) fn mode(&self) -> u32 {
        if self.is_directory() {
            FOLDER_MODE
        } else {
            FILE_MODE
        }
    }

    /// Returns true if the numbers are repeated after the content, because the header could not say them all.
    pub(super) fn has_descriptor(&self) -> bool {
        self.size.is_none() || self.crc32.is_none()
    }

    /// Returns true if the sizes of the header take 64 bits. A size that is not known may.
    fn has_long_sizes(&self) -> bool {
        self.size.is_none_or(|size| size >= IN_ZIP64)
    }

    fn flags(&self) -> u16 {
        if self.has_descriptor() {
            IS_UTF8 | HAS_DESCRIPTOR
        } else {
            IS_UTF8
        }
    }

    /// Adds the version, the flags, the method and the time, which both headers have.
    fn put_start(&self, version: u16, out: &mut BytesMut) {
        let (time, date) = dos_time(self.modified);
        out.put_u16_le(version);
        out.put_u16_le(self.flags());
        out.put_u16_le(if self.is_deflated { 8 } else { 0 });
        out.put_u16_le(time);
        out.put_u16_le(date);
    }

    fn put_name_lengths(&self, extra: usize, out: &mut BytesMut) {
        out.put_u16_le(u16::try_from(self.name.len()).expect("names are cut to less"));
        out.put_u16_le(u16::try_from(extra).expect("the extra fields are short"));
    }

    fn put_time_field(&self, out: &mut BytesMut) {
        if let Some(seconds) = unix_time(self.modified) {
            out.put_u16_le(0x5455);
            out.put_u16_le(5);
            // The time of modification is the one that follows.
            out.put_u8(1);
            out.put_i32_le(seconds);
        }
    }

    fn time_field_len(&self) -> usize {
        unix_time(self.modified).map_or(0, |_| TIME_FIELD)
    }

    /// Adds the header before the content (§4.3.7).
    pub(super) fn put_local_header(&self, out: &mut BytesMut) {
        let is_long = self.has_long_sizes();
        let size = self.size.unwrap_or(0);
        out.put_slice(b"PK\x03\x04");
        self.put_start(if is_long { VERSION_ZIP64 } else { VERSION }, out);
        let declared = self.crc32.filter(|_| !self.has_descriptor());
        out.put_u32_le(declared.unwrap_or(0));
        for _ in 0..2 {
            out.put_u32_le(if is_long { u32::MAX } else { short(size) });
        }
        self.put_name_lengths(self.local_extra_len(), out);
        out.put_slice(self.name.as_bytes());
        if is_long {
            put_zip64_field(&[size, size], out);
        }
        self.put_time_field(out);
    }

    fn local_extra_len(&self) -> usize {
        let zip64 = if self.has_long_sizes() {
            zip64_field_len(2)
        } else {
            0
        };
        zip64 + self.time_field_len()
    }

    pub(super) fn local_header_len(&self) -> u64 {
        (LOCAL_HEADER + self.name.len() + self.local_extra_len()) as u64
    }

    /// Adds the numbers after the content, if there is a place for them (§4.3.9).
    pub(super) fn put_descriptor(&self, written: Written, out: &mut BytesMut) {
        if !self.has_descriptor() {
            return;
        }
        out.put_slice(b"PK\x07\x08");
        out.put_u32_le(written.crc32);
        for size in [written.compressed, written.size] {
            if self.has_long_sizes() {
                out.put_u64_le(size);
            } else {
                out.put_u32_le(short(size));
            }
        }
    }

    pub(super) fn descriptor_len(&self) -> u64 {
        match (self.has_descriptor(), self.has_long_sizes()) {
            (false, _) => 0,
            (true, false) => 16,
            (true, true) => 24,
        }
    }

    /// Adds the header in the central directory (§4.3.12), of an entry that begins at `offset`.
    pub(super) fn put_central_header(&self, written: Written, offset: u64, out: &mut BytesMut) {
        let Written {
            crc32,
            compressed,
            size,
        } = written;
        let long = Long::of(&[size, compressed, offset]);
        let is_zip64 = self.has_long_sizes() || long.len > 0;
        let version = if is_zip64 { VERSION_ZIP64 } else { VERSION };
        out.put_slice(b"PK\x01\x02");
        out.put_u16_le(MADE_ON_UNIX | version);
        self.put_start(version, out);
        out.put_u32_le(crc32);
        out.put_u32_le(short(compressed));
        out.put_u32_le(short(size));
        self.put_name_lengths(zip64_field_len(long.len) + self.time_field_len(), out);
        // No comment, the first disk, and nothing known of the content.
        out.put_bytes(0, 6);
        let dos = if self.is_directory() {
            FOLDER_OF_DOS
        } else {
            0
        };
        out.put_u32_le(self.mode() << 16 | dos);
        out.put_u32_le(short(offset));
        out.put_slice(self.name.as_bytes());
        if long.len > 0 {
            put_zip64_field(&long.numbers[..long.len], out);
        }
        self.put_time_field(out);
    }

    /// Returns the length of that header, of an entry whose size is known.
    pub(super) fn central_header_len(&self, offset: u64) -> u64 {
        let size = self.size.unwrap_or(0);
        let long = Long::of(&[size, size, offset]).len;
        let extra = zip64_field_len(long) + self.time_field_len();
        (CENTRAL_HEADER + self.name.len() + extra) as u64
    }
}

/// The numbers that do not fit 32 bits, in the order of the zip64 field (§4.5.3).
struct Long {
    numbers: [u64; 3],
    len: usize,
}

impl Long {
    fn of(numbers: &[u64; 3]) -> Self {
        let mut long = Self {
            numbers: [0; 3],
            len: 0,
        };
        for number in numbers.iter().filter(|number| **number >= IN_ZIP64) {
            long.numbers[long.len] = *number;
            long.len += 1;
        }
        long
    }
}

fn zip64_field_len(numbers: usize) -> usize {
    if numbers == 0 { 0 } else { 4 + 8 * numbers }
}

fn put_zip64_field(numbers: &[u64], out: &mut BytesMut) {
    out.put_u16_le(1);
    out.put_u16_le(match numbers.len() {
        1 => 8,
        2 => 16,
        _ => 24,
    });
    for number in numbers {
        out.put_u64_le(*number);
    }
}

/// Returns the number as a field of 32 bits, or the value that refers to the zip64 field.
fn short(number: u64) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}

/// The central directory as a whole, of which the end of an archive tells.
#[derive(Clone, Copy, Debug)]
pub(super) struct Directory {
    pub(super) entries: u64,
    pub(super) start: u64,
    pub(super) len: u64,
}

impl Directory {
    fn is_zip64(&self) -> bool {
        self.entries >= MANY || self.len >= IN_ZIP64 || self.start >= IN_ZIP64
    }

    pub(super) fn end_len(&self) -> u64 {
        if self.is_zip64() {
            ZIP64_END + ZIP64_LOCATOR + END
        } else {
            END
        }
    }

    /// Adds the end of the archive (§4.3.14 to §4.3.16).
    pub(super) fn put_end(&self, out: &mut BytesMut) {
        if self.is_zip64() {
            self.put_zip64_end(out);
        }
        out.put_slice(b"PK\x05\x06");
        // The number of this disk and of the one where the directory starts.
        out.put_bytes(0, 4);
        for _ in 0..2 {
            out.put_u16_le(u16::try_from(self.entries).unwrap_or(u16::MAX));
        }
        out.put_u32_le(short(self.len));
        out.put_u32_le(short(self.start));
        // No comment.
        out.put_u16_le(0);
    }

    fn put_zip64_end(&self, out: &mut BytesMut) {
        out.put_slice(b"PK\x06\x06");
        // Without the signature and this number itself.
        out.put_u64_le(ZIP64_END - 12);
        out.put_u16_le(MADE_ON_UNIX | VERSION_ZIP64);
        out.put_u16_le(VERSION_ZIP64);
        out.put_bytes(0, 8);
        for number in [self.entries, self.entries, self.len, self.start] {
            out.put_u64_le(number);
        }
        out.put_slice(b"PK\x06\x07");
        out.put_u32_le(0);
        out.put_u64_le(self.start + self.len);
        // The number of disks.
        out.put_u32_le(1);
    }
}

/// Returns the time in whole seconds, if the field `UT` of Info-ZIP can hold it (§4.6.1).
fn unix_time(time: Option<SystemTime>) -> Option<i32> {
    i32::try_from(date::seconds(time?)).ok()
}

/// Returns the time and the date as MS-DOS has them (§4.4.6), in UTC: the zone of the reader is not known.
///
/// They begin in 1980 and end in 2107. An unknown time is the first of them.
fn dos_time(time: Option<SystemTime>) -> (u16, u16) {
    const DAY: u64 = 24 * 60 * 60;
    const FIRST: (u16, u16) = (0, 0x21);
    const LAST: (u16, u16) = (0xBF7D, 0xFF9F);
    let since = time.and_then(|time| time.duration_since(UNIX_EPOCH).ok());
    let Some(seconds) = since.map(|since| since.as_secs()) else {
        return FIRST;
    };
    let (year, month, day) = civil_date(seconds / DAY);
    match year {
        ..1980 => FIRST,
        2108.. => LAST,
        _ => {
            let (hour, minute) = (seconds % DAY / 3600, seconds / 60 % 60);
            let time = (hour << 11) | (minute << 5) | (seconds % 60 / 2);
            let date = ((year - 1980) << 9) | (month << 5) | day;
            (bits(time), bits(date))
        }
    }
}

fn bits(fields: u64) -> u16 {
    u16::try_from(fields).expect("the fields of a date and of a time fit")
}

/// Returns the year, the month and the day of the Gregorian calendar, by days since 1970.
fn civil_date(days: u64) -> (u64, u64, u64) {
    // Years begin in March here, so that the leap day is the last one.
    let days = days + 719_468;
    let (era, day) = (days / 146_097, days % 146_097);
    let year = (day - day / 1_460 + day / 36_524 - day / 146_096) / 365;
    let day = day - (365 * year + year / 4 - year / 100);
    let month = (5 * day + 2) / 153;
    let is_next_year = u64::from(month >= 10);
    (
        era * 400 + year + is_next_year,
        if month < 10 { month + 3 } else { month - 9 },
        day - (153 * month + 2) / 5 + 1,
    )
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn dos(seconds: u64) -> (u16, u16) {
        dos_time(Some(UNIX_EPOCH + Duration::from_secs(seconds)))
    }

    fn fields(year: u16, month: u16, day: u16) -> u16 {
        (year - 1980) << 9 | month << 5 | day
    }

    #[test]
    fn times_of_dos_begin_in_1980_and_end_in_2107() {
        assert_eq!(dos_time(None), (0, fields(1980, 1, 1)));
        assert_eq!(dos(0), (0, fields(1980, 1, 1)));
        assert_eq!(dos(315_532_799), (0, fields(1980, 1, 1)));
        assert_eq!(dos(315_532_802), (1, fields(1980, 1, 1)));
        let leap_day = 951_782_400;
        assert_eq!(dos(leap_day), (0, fields(2000, 2, 29)));
        assert_eq!(dos(leap_day + 86_400), (0, fields(2000, 3, 1)));
        let last = (0xBF7D, fields(2107, 12, 31));
        assert_eq!(dos(4_354_819_199), last);
        assert_eq!(dos(4_354_819_200), last);
        assert_eq!(dos(1 << 40), last);
    }

    #[test]
    fn dates_are_those_of_the_calendar() {
        let mut days = 0;
        for year in 1970..2400_u64 {
            let is_leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
            let february = if is_leap { 29 } else { 28 };
            let lens = [31, february, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
            for (month, len) in (1..).zip(lens) {
                for day in 1..=len {
                    assert_eq!(civil_date(days), (year, month, day));
                    days += 1;
                }
            }
        }
    }

    #[test]
    fn lengths_are_those_of_the_records() {
        let sizes = [0, 1, IN_ZIP64 - 1, IN_ZIP64, IN_ZIP64 + 1];
        let times = [None, Some(SystemTime::now())];
        for (size, modified) in sizes
            .iter()
            .flat_map(|size| times.map(|time| (*size, time)))
        {
            for (crc32, offset) in [None, Some(1)].iter().zip(sizes) {
                let record = Record {
                    name: "a/b.txt",
                    modified,
                    is_deflated: false,
                    size: Some(size),
                    crc32: *crc32,
                };
                let written = Written {
                    crc32: 1,
                    compressed: size,
                    size,
                };
                let mut out = BytesMut::new();
                record.put_local_header(&mut out);
                assert_eq!(out.split().len() as u64, record.local_header_len());
                record.put_descriptor(written, &mut out);
                assert_eq!(out.split().len() as u64, record.descriptor_len());
                record.put_central_header(written, offset, &mut out);
                assert_eq!(out.split().len() as u64, record.central_header_len(offset));
            }
        }
    }

    #[test]
    fn end_changes_at_the_thresholds_themselves() {
        let plain = Directory {
            entries: MANY - 1,
            start: IN_ZIP64 - 1,
            len: IN_ZIP64 - 1,
        };
        assert_eq!(plain.end_len(), END);
        for long in [
            Directory {
                entries: MANY,
                ..plain
            },
            Directory {
                start: IN_ZIP64,
                ..plain
            },
            Directory {
                len: IN_ZIP64,
                ..plain
            },
        ] {
            assert_eq!(long.end_len(), 98);
            let mut out = BytesMut::new();
            long.put_end(&mut out);
            assert_eq!(out.len(), 98);
        }
    }
}
