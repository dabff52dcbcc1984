//! The place of each record and each content in an archive whose sizes are all known.

use std::ops::Range;

use super::record::{Directory, Record};

/// The places of everything, from which any position is found.
#[derive(Debug)]
pub(super) struct Layout {
    places: Vec<Place>,
    directory: Directory,
}

/// The positions at which the two headers of an entry begin.
#[derive(Clone, Copy, Debug)]
pub(super) struct Place {
    local: u64,
    central: u64,
}

/// One piece of an archive. The number is that of the entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Piece {
    /// The header before the content.
    Header(usize),
    Content(usize),
    /// The numbers after the content, if there are any.
    Descriptor(usize),
    /// The header in the central directory.
    Central(usize),
    /// The records after the central directory.
    End,
}

impl Layout {
    /// Lays the entries out one after the other. Returns `None` if a size is not known, and an error if the archive would have more
    /// than 2⁶⁴ bytes.
    pub(super) fn new<'a>(
        records: impl Iterator<Item = Record<'a>> + Clone,
    ) -> Result<Option<Self>, TooLong> {
        let mut places = Vec::with_capacity(records.size_hint().0);
        let mut position = 0;
        for record in records.clone() {
            let Some(size) = record.size else {
                return Ok(None);
            };
            places.push(Place {
                local: position,
                central: 0,
            });
            for len in [record.local_header_len(), size, record.descriptor_len()] {
                position = add(position, len)?;
            }
        }
        let start = position;
        for (place, record) in places.iter_mut().zip(records) {
            place.central = position;
            position = add(position, record.central_header_len(place.local))?;
        }
        let directory = Directory {
            entries: places.len() as u64,
            start,
            len: position - start,
        };
        add(position, directory.end_len())?;
        Ok(Some(Self { places, directory }))
    }

    /// Returns the number of bytes of the archive.
    pub(super) fn total(&self) -> u64 {
        self.end() + self.directory.end_len()
    }

    pub(super) fn directory(&self) -> Directory {
        self.directory
    }

    /// Returns the position at which an entry begins.
    pub(super) fn offset(&self, entry: usize) -> u64 {
        self.places[entry].local
    }

    /// Returns the positions of the content of an entry.
    pub(super) fn content(&self, entry: usize, record: &Record<'_>) -> Range<u64> {
        let start = self.offset(entry) + record.local_header_len();
        start..start + record.size.unwrap_or(0)
    }

    /// Returns the piece that the byte at `position` belongs to, and the positions of that piece.
    pub(super) fn find<'a>(
        &self,
        position: u64,
        record: impl FnOnce(usize) -> Record<'a>,
    ) -> (Piece, Range<u64>) {
        if position >= self.end() {
            return (Piece::End, self.end()..self.total());
        }
        if position >= self.directory.start {
            let entry = last(&self.places, |place| place.central <= position);
            let next = self.places.get(entry + 1);
            let end = next.map_or(self.end(), |next| next.central);
            return (Piece::Central(entry), self.places[entry].central..end);
        }
        let entry = last(&self.places, |place| place.local <= position);
        let content = self.content(entry, &record(entry));
        if position < content.start {
            (Piece::Header(entry), self.offset(entry)..content.start)
        } else if position < content.end {
            (Piece::Content(entry), content)
        } else {
            let next = self.places.get(entry + 1);
            let end = next.map_or(self.directory.start, |next| next.local);
            (Piece::Descriptor(entry), content.end..end)
        }
    }

    /// Returns the position after the central directory.
    fn end(&self) -> u64 {
        self.directory.start + self.directory.len
    }
}

/// Returns the last place for which `is_before` holds, which holds for the first.
fn last(places: &[Place], is_before: impl Fn(&Place) -> bool) -> usize {
    places.partition_point(is_before).saturating_sub(1)
}

/// Error of sizes whose sum no number holds.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct TooLong;

fn add(position: u64, len: u64) -> Result<u64, TooLong> {
    position.checked_add(len).ok_or(TooLong)
}

#[cfg(test)]
pub(super) mod tests {
    use std::{
        io::{Cursor, Read, Seek, SeekFrom},
        time::{Duration, UNIX_EPOCH},
    };

    use bytes::BytesMut;
    use proptest::prelude::*;

    use super::{super::record::Written, *};

    /// An entry whose bytes are all the same.
    #[derive(Clone, Debug)]
    struct Entry {
        name: String,
        size: u64,
        is_declared: bool,
        time: Option<u32>,
    }

    const BYTE: u8 = 0;

    impl Entry {
        fn new(name: impl Into<String>, size: u64) -> Self {
            Self {
                name: name.into(),
                size,
                is_declared: false,
                time: Some(1_700_000_000),
            }
        }

        fn crc32(&self) -> u32 {
            let mut hasher = crc32fast::Hasher::new();
            let block = [BYTE; 4096];
            // The checksum of what is too long to be read in a test does not matter.
            let mut left = self.size.min(1 << 20);
            while left > 0 {
                let n = left.min(4096);
                hasher.update(&block[..n as usize]);
                left -= n;
            }
            hasher.finalize()
        }

        fn record(&self) -> Record<'_> {
            let since = |time: u32| UNIX_EPOCH + Duration::from_secs(time.into());
            Record {
                name: &self.name,
                modified: self.time.map(since),
                is_deflated: false,
                size: Some(self.size),
                crc32: self.is_declared.then(|| self.crc32()),
            }
        }
    }

    /// An archive of which only the records exist.
    struct Sparse {
        entries: Vec<Entry>,
        layout: Layout,
        position: u64,
    }

    impl Sparse {
        fn new(entries: Vec<Entry>) -> Self {
            let layout = Layout::new(entries.iter().map(Entry::record));
            Self {
                layout: layout.unwrap().unwrap(),
                entries,
                position: 0,
            }
        }

        fn piece(&self, piece: Piece, len: u64) -> Vec<u8> {
            let mut out = BytesMut::new();
            let written = |entry: usize| Written {
                crc32: self.entries[entry].crc32(),
                compressed: self.entries[entry].size,
                size: self.entries[entry].size,
            };
            match piece {
                Piece::Header(i) => self.entries[i].record().put_local_header(&mut out),
                Piece::Content(_) => return vec![BYTE; len.try_into().unwrap()],
                Piece::Descriptor(i) => {
                    self.entries[i]
                        .record()
                        .put_descriptor(written(i), &mut out);
                }
                Piece::Central(i) => {
                    let offset = self.layout.offset(i);
                    let record = self.entries[i].record();
                    record.put_central_header(written(i), offset, &mut out);
                }
                Piece::End => self.layout.directory().put_end(&mut out),
            }
            assert_eq!(out.len() as u64, len, "{piece:?}");
            out.to_vec()
        }
    }

    impl Read for Sparse {
        fn read(&mut self, room: &mut [u8]) -> std::io::Result<usize> {
            let mut n = 0;
            while n < room.len() && self.position < self.layout.total() {
                let record = |entry: usize| self.entries[entry].record();
                let (piece, range) = self.layout.find(self.position, record);
                assert!(range.contains(&self.position));
                let wanted = (range.end - self.position).min((room.len() - n) as u64);
                let wanted = usize::try_from(wanted).unwrap();
                if matches!(piece, Piece::Content(_)) {
                    room[n..n + wanted].fill(BYTE);
                } else {
                    let bytes = self.piece(piece, range.end - range.start);
                    let from = usize::try_from(self.position - range.start).unwrap();
                    room[n..n + wanted].copy_from_slice(&bytes[from..from + wanted]);
                }
                n += wanted;
                self.position += wanted as u64;
            }
            Ok(n)
        }
    }

    impl Seek for Sparse {
        fn seek(&mut self, to: SeekFrom) -> std::io::Result<u64> {
            self.position = match to {
                SeekFrom::Start(position) => position,
                SeekFrom::End(by) => self.layout.total().saturating_add_signed(by),
                SeekFrom::Current(by) => self.position.saturating_add_signed(by),
            };
            Ok(self.position)
        }
    }

    /// Compares an archive with what the `zip` crate reads from it.
    fn assert_read(entries: Vec<Entry>) {
        let expected = entries.clone();
        let mut archive = zip::ZipArchive::new(Sparse::new(entries)).unwrap();
        assert_eq!(archive.len(), expected.len());
        for (i, entry) in expected.iter().enumerate() {
            let mut found = archive.by_index(i).unwrap();
            assert_eq!((found.name(), found.size()), (&entry.name[..], entry.size));
            assert_eq!(found.is_dir(), entry.name.ends_with('/'));
            if entry.size <= 1 << 20 {
                let mut content = Vec::new();
                found.read_to_end(&mut content).unwrap();
                assert_eq!(content.len() as u64, entry.size);
            }
        }
    }

    fn whole(entries: Vec<Entry>) -> Vec<u8> {
        let mut bytes = Vec::new();
        let mut archive = Sparse::new(entries);
        archive.read_to_end(&mut bytes).unwrap();
        assert_eq!(bytes.len() as u64, archive.layout.total());
        bytes
    }

    fn any_entry() -> impl Strategy<Value = Entry> {
        let time = proptest::option::of(any::<u32>());
        ("[a-zé/]{1,20}", 0..50_u64, any::<bool>(), time).prop_map(
            |(name, size, is_declared, time)| Entry {
                size: if name.ends_with('/') { 0 } else { size },
                is_declared: is_declared || name.ends_with('/'),
                name,
                time,
            },
        )
    }

    fn any_entries() -> impl Strategy<Value = Vec<Entry>> {
        let entries = proptest::collection::vec(any_entry(), 0..6);
        entries.prop_map(|mut entries| {
            for (i, entry) in entries.iter_mut().enumerate() {
                entry.name.insert_str(0, &i.to_string());
            }
            entries
        })
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(200))]

        #[test]
        fn every_subrange_is_the_slice(entries in any_entries()) {
            let bytes = whole(entries.clone());
            let mut archive = Sparse::new(entries);
            for start in 0..bytes.len() {
                let len = (bytes.len() - start).min(40);
                let mut part = vec![1; len];
                archive.seek(SeekFrom::Start(start as u64)).unwrap();
                archive.read_exact(&mut part).unwrap();
                prop_assert_eq!(&part[..], &bytes[start..start + len]);
            }
        }

        #[test]
        fn another_crate_reads_every_archive(entries in any_entries()) {
            assert_read(entries);
        }
    }

    #[test]
    fn archive_without_entries_is_its_end() {
        assert_eq!(whole(Vec::new()).len(), 22);
        zip::ZipArchive::new(Cursor::new(whole(Vec::new()))).unwrap();
    }

    #[test]
    fn sizes_around_4_gib_are_read() {
        const LIMIT: u64 = 0xFFFF_FFFF;
        for size in [LIMIT - 1, LIMIT, LIMIT + 1] {
            for is_declared in [false, true] {
                let large = Entry {
                    is_declared,
                    ..Entry::new("large", size)
                };
                assert_read(vec![Entry::new("first", 3), large, Entry::new("last", 5)]);
            }
        }
    }

    #[test]
    fn offsets_around_4_gib_are_read() {
        const LIMIT: u64 = 0xFFFF_FFFF;
        let header = Entry::new("large", 1).record().local_header_len();
        // After the content, its descriptor.
        for next in [LIMIT - 1, LIMIT, LIMIT + 1] {
            let entries = vec![
                Entry::new("large", next - header - 16),
                Entry::new("next", 7),
            ];
            assert_eq!(Sparse::new(entries.clone()).layout.offset(1), next);
            assert_read(entries);
        }
    }

    #[test]
    fn entries_around_65535_are_read() {
        for count in [0xFFFE, 0xFFFF, 0x1_0000, 70_000] {
            let entries = (0..count).map(|i| Entry::new(i.to_string(), 1));
            assert_read(entries.collect());
        }
    }

    #[test]
    fn archive_of_more_than_any_number_is_refused() {
        let entries = [Entry::new("a", u64::MAX / 2), Entry::new("b", u64::MAX / 2)];
        let layout = Layout::new(entries.iter().map(Entry::record));
        assert_eq!(layout.unwrap_err(), TooLong);
    }

    #[test]
    fn size_that_is_not_known_gives_no_layout() {
        let entry = Entry::new("a", 1);
        let unknown = Record {
            size: None,
            ..entry.record()
        };
        assert!(Layout::new([unknown].into_iter()).unwrap().is_none());
    }
}
