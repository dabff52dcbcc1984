//! Ranges of archives: every one is the slice, whatever is known of the checksums, and opens only what it needs.

use std::{io::Cursor, path::Path, sync::Arc, time::SystemTime};

use bytes::Bytes;
use downloadview::{Content, Download, Entry, IntoEntry, Zip};
use tests::{
    archives::{Folder, Store, bytes, read, router},
    call::send,
    http1::Connection,
    limited,
    message::Request,
    random::{PrintSeedOnPanic, Random, number},
    server::Server,
};

/// A kind of entry.
#[derive(Clone, Copy, Debug)]
enum Kind {
    Text,
    File,
    DeclaredFile,
    Open,
    DeclaredOpen,
    Range,
    DeclaredRange,
    Seekable,
    Once,
    Directory,
}

const KINDS: [Kind; 10] = [
    Kind::Text,
    Kind::File,
    Kind::DeclaredFile,
    Kind::Open,
    Kind::DeclaredOpen,
    Kind::Range,
    Kind::DeclaredRange,
    Kind::Seekable,
    Kind::Once,
    Kind::Directory,
];

/// The entries of an archive, with their content and its CRC.
type Plan = Arc<Vec<(Kind, Bytes, u32)>>;

fn entry(kind: Kind, size: u64) -> (Kind, Bytes, u32) {
    let content = bytes(0..size);
    let crc32 = crc32(&content);
    (kind, content.into(), crc32)
}

fn random_plan(random: &mut Random, largest: usize) -> Plan {
    let count = random.below(6);
    let mut random_entry = |_| {
        let kind = KINDS[random.below(KINDS.len())];
        entry(kind, random.below(largest) as u64)
    };
    Arc::new((0..count).map(&mut random_entry).collect())
}

/// Writes the files of a plan, all with the same time.
fn write(plan: &Plan, time: SystemTime) -> Arc<Folder> {
    let folder = Folder::new();
    for (i, (_, content, _)) in plan.iter().enumerate() {
        let path = folder.write(&i.to_string(), content, 100);
        let file = std::fs::File::options().write(true).open(path).unwrap();
        file.set_modified(time).unwrap();
    }
    Arc::new(folder)
}

fn archive(plan: &Plan, folder: &Path) -> Zip {
    let mut zip = Zip::new();
    for (i, (kind, content, crc32)) in plan.iter().enumerate() {
        let name = format!("{kind:?} {i}");
        let (content, size, crc32) = (content.clone(), content.len() as u64, *crc32);
        let store = Store::default();
        let entry = match kind {
            Kind::Directory => {
                zip.directory(name);
                continue;
            }
            Kind::Text => content.into_entry(),
            Kind::File => Entry::file(folder.join(i.to_string())),
            Kind::DeclaredFile => Entry::file(folder.join(i.to_string())).crc32(crc32),
            Kind::Open => store.entry(size).etag("v1"),
            Kind::DeclaredOpen => store.entry(size).crc32(crc32),
            Kind::Range => store.range_entry(size).etag("v1"),
            Kind::DeclaredRange => store.range_entry(size).crc32(crc32),
            Kind::Seekable => Content::from_seekable_reader(Cursor::new(content))
                .into_entry()
                .etag("v1"),
            Kind::Once => Download::from_reader(Cursor::new(content))
                .size(size)
                .etag("v1")
                .into_entry(),
        };
        zip.add(name, entry);
    }
    zip
}

fn crc32(bytes: &[u8]) -> u32 {
    let mut crc = flate2::Crc::new();
    crc.update(bytes);
    crc.sum()
}

async fn serve(plan: &Plan, folder: &Arc<Folder>) -> (Server, Connection) {
    let (plan, folder) = (Arc::clone(plan), Arc::clone(folder));
    let server = Server::start(router(move || archive(&plan, folder.path()))).await;
    let connection = Connection::open(&server).await;
    (server, connection)
}

async fn assert_range(connection: &mut Connection, whole: &[u8], start: usize, end: usize) {
    let range = format!("bytes={start}-{}", end - 1);
    let answer = connection.exchange(&Request::get("/").range(&range)).await;
    assert_eq!(answer.status, 206, "{range}");
    assert!(answer.body == whole[start..end], "{range}");
}

/// Compares ranges of archives whose checksums are not known, known in part and known.
#[tokio::test]
async fn ranges_of_random_archives_are_the_slices() {
    let seed = number("ZIP_SEED", 1);
    let _seed = PrintSeedOnPanic("ZIP_SEED", seed);
    let mut random = Random::new(seed);
    for case in 0..number("ZIP_CASES", 30) {
        let largest = if case % 4 == 0 { 300_000 } else { 200 };
        let plan = random_plan(&mut random, largest);
        let time = SystemTime::now() - std::time::Duration::from_millis(100_123);
        let (known, unknown) = (write(&plan, time), write(&plan, time));
        let (_server, mut connection) = serve(&plan, &known).await;
        let whole = limited(connection.exchange(&Request::get("/"))).await.body;
        assert_eq!(read(&whole).len(), plan.len(), "{plan:?}");
        for folder in [unknown, known] {
            let (_server, mut connection) = serve(&plan, &folder).await;
            for _ in 0..60 {
                let start = random.below(whole.len());
                let end = start + 1 + random.below(whole.len() - start);
                assert_range(&mut connection, &whole, start, end).await;
                // The records at the end are where most checksums are needed.
                let start = whole.len() - 1 - random.below(whole.len().min(300));
                assert_range(&mut connection, &whole, start, whole.len()).await;
            }
        }
    }
}

#[tokio::test]
async fn every_range_of_a_small_archive_is_the_slice() {
    let plan = Arc::new(vec![
        entry(Kind::File, 7),
        entry(Kind::Once, 3),
        entry(Kind::DeclaredRange, 5),
    ]);
    let folder = write(
        &plan,
        SystemTime::now() - std::time::Duration::from_secs(100),
    );
    let (_server, mut connection) = serve(&plan, &folder).await;
    let whole = connection.exchange(&Request::get("/")).await.body;
    assert_eq!(read(&whole)[1].1, bytes(0..3));
    for start in 0..whole.len() {
        for end in (start + 1..=whole.len()).step_by(3) {
            assert_range(&mut connection, &whole, start, end).await;
        }
    }
}

#[tokio::test]
async fn range_opens_only_what_it_touches() {
    let store = Store::default();
    let make = {
        let store = store.clone();
        move || {
            let mut zip = Zip::new();
            for (name, size) in [("a", 1000), ("b", 2000), ("c", 3000)] {
                let entry = store.range_entry(size);
                zip.add(name, entry.crc32(crc32(&bytes(0..size))));
            }
            zip
        }
    };
    let whole = send(router(make.clone()), "GET", "/", &[]).await.body;
    assert_eq!(read(&whole).len(), 3);
    assert_eq!(store.opened(), [(0, 1000), (0, 2000), (0, 3000)]);
    // Each header has 30 bytes and a name of one.
    let b = 31 + 1000 + 31;
    let directory = b + 2000 + 31 + 3000;
    for (start, end, opened) in [
        (0, 31, vec![]),
        (b - 31, b, vec![]),
        (b + 10, b + 20, vec![(10, 20)]),
        (b - 50, b + 5, vec![(981, 1000), (0, 5)]),
        (b + 1990, b + 2040, vec![(1990, 2000), (0, 9)]),
        (directory, whole.len(), vec![]),
    ] {
        let range = format!("bytes={start}-{}", end - 1);
        let answer = send(router(make.clone()), "GET", "/", &[("Range", &range)]).await;
        assert!(answer.body == whole[start..end], "{range}");
        assert_eq!(store.opened(), opened, "{range}");
    }
}

#[tokio::test]
async fn entry_is_read_for_its_checksum_at_most_once() {
    let store = Store::default();
    let make = {
        let store = store.clone();
        move || {
            let mut zip = Zip::new();
            zip.add("a", store.range_entry(1000).etag("v1"))
                .add("b", store.range_entry(2000).etag("v1"));
            zip
        }
    };
    let whole = send(router(make.clone()), "GET", "/", &[]).await.body;
    assert_eq!(store.opened(), [(0, 1000), (0, 2000)]);
    let a = 31..1031;
    for (start, end, opened) in [
        // The content alone needs no checksum.
        (a.start + 5, a.end, vec![(5, 1000)]),
        (a.start + 5, a.end + 16, vec![(0, 1000)]),
        (a.end, a.end + 1, vec![(0, 1000)]),
        (a.start + 5, whole.len(), vec![(0, 1000), (0, 2000)]),
        (whole.len() - 22, whole.len(), vec![]),
        (whole.len() - 23, whole.len(), vec![(0, 2000)]),
        (a.end + 20, whole.len() - 22, vec![(0, 2000), (0, 1000)]),
    ] {
        let range = format!("bytes={start}-{}", end - 1);
        let answer = send(router(make.clone()), "GET", "/", &[("Range", &range)]).await;
        assert!(answer.body == whole[start..end], "{range}");
        assert_eq!(store.opened(), opened, "{range}");
    }
}

#[tokio::test]
async fn file_that_was_sent_as_a_whole_is_not_read_again() {
    let folder = Folder::new();
    let path = folder.write("a", bytes(0..1000), 100);
    let file = path.clone();
    let make = move || [("a", Entry::file(&file))].into_iter().collect::<Zip>();
    let whole = send(router(make.clone()), "GET", "/", &[]).await.body;
    // The same status, other bytes: only a file that is read again shows them.
    let time = std::fs::metadata(&path).unwrap().modified().unwrap();
    std::fs::write(&path, vec![0; 1000]).unwrap();
    let file = std::fs::File::options().write(true).open(&path).unwrap();
    file.set_modified(time).unwrap();
    let fields = [("Range", "bytes=-90")];
    let answer = send(router(make), "GET", "/", &fields).await;
    assert!(answer.body == whole[whole.len() - 90..]);
}

/// The entity tag stays the same, but the new bytes must not get the old checksum.
#[tokio::test]
async fn file_that_changed_but_kept_its_time_has_its_new_checksum() {
    let folder = Folder::new();
    let path = folder.write("a", bytes(0..1000), 100);
    let file = path.clone();
    let make = move || [("a", Entry::file(&file))].into_iter().collect::<Zip>();
    send(router(make.clone()), "GET", "/", &[]).await;
    let time = std::fs::metadata(&path).unwrap().modified().unwrap();
    std::fs::write(&path, vec![7; 1000]).unwrap();
    let file = std::fs::File::options().write(true).open(&path).unwrap();
    file.set_modified(time).unwrap();
    let whole = send(router(make), "GET", "/", &[]).await.body;
    assert_eq!(read(&whole)[0].1, vec![7; 1000]);
}

/// An entry of more than 4 GiB, of which nothing exists.
#[tokio::test]
async fn ranges_beyond_4_gib_are_sent() {
    const SIZE: u64 = 5 << 30;
    let store = Store::default();
    let make = {
        let store = store.clone();
        move || {
            let mut zip = Zip::new();
            zip.add("large", store.range_entry(SIZE).crc32(1))
                .add("small", "after it");
            zip
        }
    };
    let head = send(router(make.clone()), "HEAD", "/", &[]).await;
    let total: u64 = head.field("content-length").parse().unwrap();
    let start = 30 + 5 + 20 + SIZE;
    let fields = [("Range", &format!("bytes={}-", start - 1000)[..])];
    let answer = send(router(make), "GET", "/", &fields).await;
    assert_eq!(answer.status, 206);
    assert_eq!(answer.body.len() as u64, total - start + 1000);
    assert_eq!(answer.body[..1000], bytes(SIZE - 1000..SIZE));
    assert_eq!(&answer.body[1000..1004], b"PK\x03\x04");
    assert_eq!(store.opened(), [(SIZE - 1000, SIZE)]);
}

#[tokio::test]
async fn archive_of_70_000_entries_is_sent() {
    let make = || {
        let entries = 0..70_000;
        entries.map(|i| (format!("{i}.txt"), "x")).collect::<Zip>()
    };
    let server = Server::start(router(make)).await;
    let mut connection = Connection::open(&server).await;
    let whole = limited(connection.exchange(&Request::get("/"))).await;
    assert_eq!(whole.content_length(), Some(whole.body.len() as u64));
    assert_eq!(read(&whole.body).len(), 70_000);
    let middle = whole.body.len() * 3 / 4;
    assert_range(&mut connection, &whole.body, middle, whole.body.len()).await;
}
