//! Archives: what is in them, their heads, and what is opened for an answer.

use std::{
    io::{self, Cursor},
    path::Path,
    time::{Duration, SystemTime},
};

use axum::{Json, Router, http::StatusCode};
use downloadview::{
    Content, Download, DownloadRequest, Entry, Failure, IntoEntry, Rows, Zip, download_view,
};
use futures::stream;
use tests::{
    archives::{Folder, Store, bytes, read, router, touch},
    call::{Answer, get, send},
};

async fn fetch(make: impl Fn() -> Zip + Clone + Send + Sync + 'static) -> Answer {
    send(router(make), "GET", "/", &[]).await
}

fn names(archive: &[u8]) -> Vec<String> {
    read(archive).into_iter().map(|(name, _)| name).collect()
}

fn every_kind(path: &Path) -> Zip {
    let mut zip = Zip::new();
    zip.add("text", "Enjoy!\n")
        .add("bytes", vec![0, 1, 2])
        .add("empty", "")
        .add("path", Entry::file(path))
        .add("file", std::fs::File::open(path).unwrap())
        .add("reader", Content::from_seekable_reader(Cursor::new("seek")))
        .add("sized", Download::from_reader(Cursor::new("sized")).size(5))
        .add("response", Content::from_response(Json([1, 2])))
        .add("download", Download::new("Hello").size(5).etag("v1"))
        .add("opened", Store::default().entry(10))
        .add("range", Store::default().range_entry(20))
        .directory("folder")
        .add("inner.zip", inner());
    zip
}

#[tokio::test]
async fn every_kind_of_content_is_an_entry() {
    let folder = Folder::new();
    let path = folder.write("file", "from a file", 100);
    let make = move || every_kind(&path);
    let answer = fetch(make).await;
    assert_eq!(answer.status, 200);
    assert_eq!(
        answer.field("content-length"),
        answer.body.len().to_string()
    );
    assert_eq!(answer.field("content-type"), "application/zip");
    let expected: [(&str, &[u8]); 12] = [
        ("text", b"Enjoy!\n"),
        ("bytes", &[0, 1, 2]),
        ("empty", b""),
        ("path", b"from a file"),
        ("file", b"from a file"),
        ("reader", b"seek"),
        ("sized", b"sized"),
        ("response", b"[1,2]"),
        ("download", b"Hello"),
        ("opened", &bytes(0..10)),
        ("range", &bytes(0..20)),
        ("folder/", b""),
    ];
    let mut found = read(&answer.body);
    let (name, inner) = found.pop().unwrap();
    assert_eq!(
        (&name[..], names(&inner)),
        ("inner.zip", vec!["a".to_owned()])
    );
    let found: Vec<_> = found
        .iter()
        .map(|(name, content)| (&name[..], &content[..]))
        .collect();
    assert_eq!(found, expected);
}

fn inner() -> Zip {
    [("a", "inside")].into_iter().collect()
}

#[tokio::test]
async fn nested_archive_has_the_validator_of_its_plan() {
    let reader = || Download::from_reader(Cursor::new("12345")).etag("v1");
    let nested = |entry: Entry| {
        let inner: Zip = [("a", entry)].into_iter().collect();
        [("inner.zip", inner)].into_iter().collect::<Zip>()
    };
    let answer = fetch(move || nested(Entry::new("inside"))).await;
    assert!(answer.field("etag").starts_with('"'));
    let answer = fetch(move || nested(reader().size(5).into_entry())).await;
    assert!(answer.field("etag").starts_with('"'));
    let answer = fetch(move || nested(reader().into_entry())).await;
    assert_eq!(answer.field("etag"), "");
    assert_eq!(names(&read(&answer.body)[0].1), ["a"]);
}

#[tokio::test]
async fn rows_are_entries_in_the_format_of_their_extension() {
    let rows = || Rows::new([("Zoë", 1), ("a \"b\"", 2)].map(|(name, id)| Row { id, name }));
    let make = move || {
        let mut zip = Zip::new();
        zip.add("index.csv", rows())
            .add("tables.v2/index.jsonl", rows())
            .add("last", "1");
        zip
    };
    let answer = fetch(make).await;
    assert_eq!(answer.field("content-length"), "");
    let found = read(&answer.body);
    assert_eq!(
        names(&answer.body),
        ["index.csv", "tables.v2/index.jsonl", "last"]
    );
    let text = |entry: usize| String::from_utf8(found[entry].1.clone()).unwrap();
    assert_eq!(text(0), "id,name\r\n1,Zoë\r\n2,\"a \"\"b\"\"\"\r\n");
    assert_eq!(
        text(1),
        "{\"id\":1,\"name\":\"Zoë\"}\n{\"id\":2,\"name\":\"a \\\"b\\\"\"}\n"
    );
}

#[tokio::test]
async fn rows_whose_path_has_no_extension_of_a_table_are_a_500_that_names_the_entry() {
    let mut zip = Zip::new();
    zip.add("first", bytes(0..1_000_000))
        .add("tables.csv/index", Rows::new([Row { id: 1, name: "a" }]));
    let answer = Download::new(zip)
        .respond(&DownloadRequest::default())
        .await;
    assert_eq!(answer.status(), 500);
    let failure = answer.extensions().get::<Failure>().unwrap().to_string();
    let expected = "archive entry \"tables.csv/index\": rows cannot be written as";
    assert!(failure.starts_with(expected), "{failure}");
}

#[derive(Clone, serde::Serialize)]
struct Row {
    id: u32,
    name: &'static str,
}

#[tokio::test]
async fn view_returns_an_archive_or_an_error() {
    #[download_view(basename = "all.zip", attachment)]
    async fn all() -> Zip {
        [("a", "1")].into_iter().collect()
    }

    #[download_view(basename = "some.cbz")]
    async fn some() -> Result<Zip, StatusCode> {
        Ok([("a", "1")].into_iter().collect())
    }

    #[download_view]
    async fn none() -> Result<Zip, StatusCode> {
        Err(StatusCode::NOT_FOUND)
    }

    let answer = get(all).await;
    let disposition = "attachment; filename=\"all.zip\"";
    assert_eq!(answer.field("content-disposition"), disposition);
    assert_eq!(names(&answer.body), ["a"]);
    assert_ne!(get(some).await.field("content-type"), "application/zip");
    assert_eq!(get(none).await.status, 404);
}

#[tokio::test]
async fn entries_come_from_iterators_too() {
    let mut zip: Zip = [("a", "1".into_entry())].into_iter().collect();
    zip.extend([("b".to_owned(), Entry::new("2"))]);
    assert!(format!("{zip:?}").contains("\"b\""));
    let answer = Download::new(zip)
        .respond(&DownloadRequest::default())
        .await;
    let body = axum::body::to_bytes(answer.into_body(), 1000)
        .await
        .unwrap();
    assert_eq!(names(&body), ["a", "b"]);
}

#[tokio::test]
async fn answer_without_content_opens_nothing() {
    let store = Store::default();
    let make = {
        let store = store.clone();
        move || {
            let mut zip = Zip::new();
            zip.add("a", store.entry(100_000).etag("v1"))
                .add("b", store.range_entry(50).crc32(7));
            zip
        }
    };
    let head = send(router(make.clone()), "HEAD", "/", &[]).await;
    assert_eq!((head.status, head.body.len()), (200, 0));
    assert_eq!(head.field("accept-ranges"), "bytes");
    let (etag, length) = (head.field("etag"), head.field("content-length"));
    assert!(etag.starts_with('"') && length.parse::<u64>().unwrap() > 100_050);
    for (field, value, status) in [
        ("If-None-Match", etag, 304),
        ("If-Match", "\"other\"", 412),
        ("Range", "bytes=200000-", 416),
    ] {
        let answer = send(router(make.clone()), "GET", "/", &[(field, value)]).await;
        assert_eq!((answer.status, answer.body.len()), (status, 0));
    }
    assert_eq!(store.opened(), []);
}

#[tokio::test]
async fn tag_is_strong_and_follows_everything_that_the_bytes_depend_on() {
    async fn tag(make: impl Fn() -> Zip + Clone + Send + Sync + 'static) -> String {
        fetch(make).await.field("etag").to_owned()
    }
    let one = |path: &str, entry: Entry| [(path.to_owned(), entry)].into_iter().collect::<Zip>();
    let time = SystemTime::UNIX_EPOCH + Duration::from_secs(1_700_000_000);
    let tags = [
        tag(move || one("a", Entry::new("1"))).await,
        tag(move || one("a", Entry::new("2"))).await,
        tag(move || one("a", Entry::new("12"))).await,
        tag(move || one("b", Entry::new("1"))).await,
        tag(move || one("a", Entry::new("1").last_modified(time))).await,
        tag(move || one("a", Store::default().entry(1).etag("v1"))).await,
        tag(move || one("a", Store::default().entry(1).etag("v2"))).await,
        tag(Zip::new).await,
    ];
    for (i, tag) in tags.iter().enumerate() {
        assert!(tag.starts_with('"'), "{tag}");
        assert!(!tags[..i].contains(tag), "{tag}");
    }
    assert_eq!(tag(move || one("a", Entry::new("1"))).await, tags[0]);
}

#[tokio::test]
async fn entry_without_a_validator_leaves_the_length_and_takes_the_ranges() {
    for weak in [false, true] {
        let make = move || {
            let mut zip = Zip::new();
            let entry = Store::default().entry(10);
            let entry = if weak { entry.etag("W/\"v1\"") } else { entry };
            zip.add("a", "1").add("b", entry);
            zip
        };
        let answer = send(router(make), "GET", "/", &[("Range", "bytes=5-9")]).await;
        assert_eq!(answer.status, 200);
        assert_eq!(
            answer.field("content-length"),
            answer.body.len().to_string()
        );
        assert_eq!(answer.field("accept-ranges"), "none");
        assert_eq!(
            (answer.field("etag"), answer.field("last-modified")),
            ("", "")
        );
    }
}

#[tokio::test]
async fn file_that_was_just_written_is_no_strong_validator() {
    let folder = Folder::new();
    let path = folder.write("a", "1", 0);
    let file = path.clone();
    let make = move || [("a", Entry::file(&file))].into_iter().collect::<Zip>();
    // A time in the future stays so for as long as the test may take.
    let file = std::fs::File::options().write(true).open(&path).unwrap();
    file.set_modified(SystemTime::now() + Duration::from_secs(1000))
        .unwrap();
    assert_eq!(fetch(make.clone()).await.field("etag"), "");
    touch(&path, 10);
    assert_ne!(fetch(make).await.field("etag"), "");
}

#[tokio::test]
async fn entry_of_unknown_size_takes_the_length_and_the_ranges() {
    let make = || {
        let mut zip = Zip::new();
        let rows = stream::iter(["some ", "rows\n"]);
        zip.add("first", "1")
            .add("rows", Download::from_stream(rows).etag("v1"))
            .add("last", Store::default().entry(300_000).etag("v1"));
        zip
    };
    for method in ["GET", "HEAD"] {
        let answer = send(router(make), method, "/", &[("Range", "bytes=5-9")]).await;
        assert_eq!(answer.status, 200);
        assert_eq!(answer.field("content-length"), "");
        assert_eq!(answer.field("accept-ranges"), "none");
        assert!(answer.field("etag").starts_with("W/\""));
    }
    let answer = fetch(make).await;
    let found = read(&answer.body);
    assert_eq!(found[1], ("rows".to_owned(), b"some rows\n".to_vec()));
    assert_eq!(found[2].1, bytes(0..300_000));
    let fields = [("If-None-Match", answer.field("etag"))];
    assert_eq!(send(router(make), "GET", "/", &fields).await.status, 304);
}

#[tokio::test]
async fn small_archive_of_unknown_size_has_no_length_either() {
    let make = || {
        [("a", Content::from_chunks(["1"].into_iter()))]
            .into_iter()
            .collect::<Zip>()
    };
    let answer = fetch(make).await;
    assert_eq!(
        (answer.field("content-length"), answer.field("etag")),
        ("", "")
    );
    assert_eq!(read(&answer.body), [("a".to_owned(), b"1".to_vec())]);
}

#[tokio::test]
async fn deflated_entry_is_smaller() {
    let folder = Folder::new();
    let path = folder.write("log", "the same line\n".repeat(100_000), 100);
    let make = move || {
        let mut zip = Zip::new();
        zip.add("log", Entry::file(&path).deflate())
            .add("text", Entry::new("").deflate())
            .add("random", Entry::new(bytes(0..1_000_000)).deflate());
        zip
    };
    let answer = fetch(make).await;
    assert!(answer.field("etag").starts_with("W/\""));
    let found = read(&answer.body);
    assert_eq!(found[0].1.len(), 1_400_000);
    assert_eq!(found[2].1, bytes(0..1_000_000));
    assert!(answer.body.len() < 1_000_000);
}

#[tokio::test]
async fn tree_is_sorted_and_leaves_links_out() {
    let folder = Folder::new();
    for name in ["b.txt", "a/2.txt", "a/1.txt", "c/deep/er.txt"] {
        folder.write(name, name, 100);
    }
    std::fs::create_dir(folder.path().join("empty")).unwrap();
    std::os::unix::fs::symlink("/etc/passwd", folder.path().join("link")).unwrap();
    std::os::unix::fs::symlink("/etc", folder.path().join("z")).unwrap();
    let root = folder.path().to_owned();
    let make = move || {
        let mut zip = Zip::new();
        zip.tree("t", &root).tree("", &root);
        zip
    };
    let answer = fetch(make).await;
    let tree = ["a/1.txt", "a/2.txt", "b.txt", "c/deep/er.txt", "empty/"];
    let expected: Vec<_> = tree
        .map(|name| format!("t/{name}"))
        .into_iter()
        .chain(tree.map(str::to_owned))
        .collect();
    assert_eq!(names(&answer.body), expected);
    assert!(answer.field("etag").starts_with('"'));
    for (name, content) in read(&answer.body) {
        assert!(name.trim_start_matches("t/").as_bytes() == content || content.is_empty());
    }
}

#[tokio::test]
async fn names_are_safe_and_different() {
    let make = || {
        ["../a", "a", "A", "a/b", "", "C:\\x\\..\\y"]
            .map(|name| (name, "1"))
            .into_iter()
            .collect::<Zip>()
    };
    assert_eq!(
        names(&fetch(make).await.body),
        ["a", "a (2)", "A (3)", "a (4)/b", "unnamed", "x/y"]
    );
}

#[tokio::test]
async fn large_bytes_are_not_copied() {
    let large = bytes::Bytes::from(vec![7; 3 << 20]);
    let memory = large.as_ptr_range();
    let zip: Zip = [("large", large.clone())].into_iter().collect();
    let response = Download::new(zip)
        .respond(&DownloadRequest::default())
        .await;
    let mut frames = response.into_body().into_data_stream();
    let mut shared = 0;
    while let Some(frame) = futures::StreamExt::next(&mut frames).await {
        let frame = frame.unwrap();
        if memory.contains(&frame.as_ptr()) {
            shared += frame.len();
        }
    }
    assert_eq!(shared, large.len());
}

#[tokio::test]
async fn kernel_files_have_no_size() {
    let make = || {
        [("status", Entry::file("/proc/self/status"))]
            .into_iter()
            .collect::<Zip>()
    };
    let answer = fetch(make).await;
    assert_eq!(answer.field("content-length"), "");
    assert!(read(&answer.body)[0].1.starts_with(b"Name:"));
}

#[tokio::test]
async fn options_of_the_view_win_over_the_plan() {
    #[download_view(etag = "v7", last_modified = SystemTime::UNIX_EPOCH + Duration::from_secs(1_000_000_000))]
    async fn all() -> Zip {
        [(
            "a",
            Content::from_reader(Cursor::new("12345"))
                .into_entry()
                .size(5),
        )]
        .into_iter()
        .collect()
    }
    let app = Router::new().route("/", axum::routing::get(all));
    let whole = send(app.clone(), "GET", "/", &[]).await;
    assert_eq!(whole.field("etag"), "\"v7\"");
    assert_eq!(
        whole.field("last-modified"),
        "Sun, 09 Sep 2001 01:46:40 GMT"
    );
    let range = send(app.clone(), "GET", "/", &[("Range", "bytes=3-40")]).await;
    assert_eq!((range.status, &range.body[..]), (206, &whole.body[3..41]));
    // The reader can be read once, so there is no second part.
    let ranges = send(app, "GET", "/", &[("Range", "bytes=0-9,20-29")]).await;
    assert_eq!((ranges.status, &ranges.body), (200, &whole.body));
}

#[tokio::test]
async fn content_that_can_be_opened_again_has_several_ranges() {
    let make = || {
        let mut zip = Zip::new();
        zip.add("a", Store::default().entry(1000).etag("v1")).add(
            "b",
            Content::from_seekable_reader(Cursor::new(vec![7; 1000]))
                .into_entry()
                .etag("v1"),
        );
        zip
    };
    let whole = fetch(make).await.body;
    let fields = [("Range", "bytes=1100-1300,0-9,1500-1600,-40,40-50")];
    let ranges = send(router(make), "GET", "/", &fields).await;
    assert_eq!(ranges.status, 206);
    for part in [
        1100..1301,
        0..10,
        1500..1601,
        whole.len() - 40..whole.len(),
        40..51,
    ] {
        let part = &whole[part];
        assert!(ranges.body.windows(part.len()).any(|window| window == part));
    }
}

#[tokio::test]
async fn errors_of_a_view_need_no_annotation() {
    async fn load() -> io::Result<Vec<u8>> {
        Ok(vec![1])
    }
    let make = || [("a", Entry::open(1, load))].into_iter().collect::<Zip>();
    assert_eq!(read(&fetch(make).await.body)[0].1, [1]);
}
