//! The demo is started as a user starts it, and tested over a socket.

mod running;

use std::{
    collections::BTreeSet,
    io::{Cursor, Read},
    process::{Command, Output},
    time::{Duration, Instant},
};

use running::{Demo, body, header, run};

#[test]
fn every_link_on_the_page_gives_a_file() {
    let demo = Demo::start();
    let page = demo.text("/");
    for path in links(&page) {
        let response = demo.get(&path);
        let expected = match path.as_str() {
            "/sales/1999" => 404,
            "/failing/0" => 500,
            _ => 200,
        };
        assert_eq!(response.status(), expected, "{path}");
        let named = header(&response, "content-disposition").contains("filename=");
        assert_eq!(named, expected == 200 && path != "/totals", "{path}");
        let bytes = body(response);
        assert_eq!(bytes.is_err(), path == "/failing/100000", "{path}");
        assert!(
            expected != 200 || bytes.is_err() || !bytes.unwrap().is_empty(),
            "{path}"
        );
    }
}

#[test]
fn the_page_is_inline_html_that_needs_nothing_else() {
    let demo = Demo::start();
    let response = demo.get("/");
    assert_eq!(
        header(&response, "content-type"),
        "text/html; charset=utf-8"
    );
    assert!(header(&response, "content-disposition").starts_with("inline"));
    let page = String::from_utf8(body(response).unwrap()).unwrap();
    for outside in ["<script", "<link rel=\"stylesheet", "http://", "https://"] {
        assert!(!page.contains(outside), "{outside}");
    }
    assert!(page.contains(
        "<mark>#[download_view(basename = &quot;hello-world.txt&quot;, attachment)]</mark>"
    ));
}

#[test]
fn the_first_three_say_hello() {
    let demo = Demo::start();
    for (path, name) in [
        ("/hello", "hello-world.txt"),
        ("/reader", "hello-reader.txt"),
        ("/chunks", "hello-chunks.txt"),
    ] {
        let response = demo.get(path);
        assert_eq!(
            header(&response, "content-disposition"),
            format!("attachment; filename=\"{name}\"")
        );
        assert_eq!(
            header(&response, "content-type"),
            "text/plain; charset=utf-8"
        );
        assert_eq!(header(&response, "content-length"), "13");
        assert_eq!(body(response).unwrap(), b"Hello world!\n");
    }
}

#[test]
fn a_csv_has_the_rows_and_the_name_that_were_asked_for() {
    let demo = Demo::start();
    let response = demo.get("/orders/csv?year=2024&rows=1000");
    assert_eq!(
        header(&response, "content-disposition"),
        "attachment; filename=\"orders-2024.csv\""
    );
    assert_eq!(
        header(&response, "content-type"),
        "text/csv; charset=utf-8; header=present"
    );
    let file = body(response).unwrap();
    assert!(file.starts_with(b"number,day,customer,country,product,category,quantity,amount\r\n"));
    assert_eq!(rows(&file[..]), 1000);
    let lines = demo.text("/orders/jsonl?year=2024&rows=1000");
    assert_eq!(lines.lines().count(), 1000);
    assert!(lines.starts_with("{\"number\":"));
    let array = demo.text("/orders/json?year=2024&rows=1000");
    assert_eq!(array.lines().count(), 1002);
}

#[test]
fn the_months_of_the_archive_add_up_to_the_year() {
    let demo = Demo::start();
    let mut archive = zip::ZipArchive::new(Cursor::new(demo.file("/months?year=2025"))).unwrap();
    assert_eq!(archive.len(), 12);
    let months: usize = (0..12)
        .map(|index| rows(archive.by_index(index).unwrap()))
        .sum();
    assert_eq!(months, rows(&demo.file("/orders/csv?year=2025")[..]));
}

#[test]
fn the_archive_of_a_year_has_its_length_and_is_resumed() {
    let demo = Demo::start();
    let whole = demo.file("/year?year=2025");
    let head = demo.head("/year?year=2025");
    assert_eq!(header(&head, "content-length"), whole.len().to_string());
    assert_eq!(header(&head, "accept-ranges"), "bytes");
    let mut archive = zip::ZipArchive::new(Cursor::new(&whole)).unwrap();
    let months: usize = (0..12)
        .map(|index| rows(archive.by_index(index).unwrap()))
        .sum();
    assert_eq!(months, rows(&demo.file("/orders/csv?year=2025")[..]));
    let etag = header(&head, "etag");
    assert_eq!(header(&demo.get("/year?year=2025"), "etag"), etag);
}

#[test]
fn the_database_is_a_whole_database_of_a_hundred_thousand_orders() {
    let demo = Demo::start();
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(&file, demo.file("/database")).unwrap();
    let database = rusqlite::Connection::open(&file).unwrap();
    let count = |query| {
        database
            .query_row(query, [], |row| row.get::<_, u32>(0))
            .unwrap()
    };
    assert!(count("SELECT count(*) FROM orders") >= 100_000);
    let cards = demo.text("/contacts").matches("BEGIN:VCARD").count();
    assert_eq!(
        u32::try_from(cards).unwrap(),
        count("SELECT count(*) FROM customers")
    );
}

#[test]
fn the_plot_is_a_picture_and_the_report_a_pdf() {
    let demo = Demo::start();
    let plot = demo.file("/revenue/2025");
    let picture = png::Decoder::new(Cursor::new(plot)).read_info().unwrap();
    assert_eq!((picture.info().width, picture.info().height), (1280, 720));
    let report = demo.file("/sales/2025");
    assert!(report.starts_with(b"%PDF-") && report.ends_with(b"%%EOF"));
}

#[test]
fn names_of_all_kinds_arrive() {
    let demo = Demo::start();
    let name = |path: &str| header(&demo.get(path), "content-disposition").to_owned();
    assert!(
        name("/chinese")
            .contains("filename*=UTF-8''%E8%AE%A2%E5%8D%95%E6%8A%A5%E5%91%8A%20%F0%9F%93%A6.txt")
    );
    assert!(name("/named?name=..%2F..%2Fetc%2Fpasswd%0D%0A").contains("filename=\"passwd\""));
    assert!(name("/receipts/77").contains("filename*=UTF-8''Gr%C3%A1inne%20Walsh"));
}

#[test]
fn slow_rows_arrive_one_by_one() {
    let demo = Demo::start();
    let start = Instant::now();
    let mut file = demo.get("/slow").into_body().into_reader();
    let mut row = [0; 8];
    file.read_exact(&mut row).unwrap();
    assert_eq!(&row, b"1,ready\n");
    assert!(
        start.elapsed() < Duration::from_secs(2),
        "{:?}",
        start.elapsed()
    );
    let mut rest = String::new();
    file.read_to_string(&mut rest).unwrap();
    assert_eq!(rest.lines().count(), 9);
}

#[test]
fn head_tells_of_a_file_without_making_it() {
    let demo = Demo::start();
    let response = demo.head("/database");
    assert_eq!(response.status(), 200);
    assert!(header(&response, "content-length").parse::<u32>().unwrap() > 1_000_000);
}

#[test]
fn a_taken_port_is_said_in_one_line() {
    let demo = Demo::start();
    let address = demo.address.trim_start_matches("http://");
    let output = run(&["--addr", address]);
    assert_eq!(output.status.code(), Some(1));
    let message = error(&output);
    assert!(
        message.contains(address) && message.contains("--addr"),
        "{message}"
    );
    assert_eq!(message.lines().count(), 1, "{message}");
}

#[test]
fn a_bad_argument_is_named_and_the_usage_shown() {
    for arguments in [&["--port", "80"][..], &["--addr"], &["--addr", "nowhere"]] {
        let output = run(arguments);
        assert_eq!(output.status.code(), Some(2));
        assert!(error(&output).contains("usage: cargo run"), "{arguments:?}");
    }
    assert!(run(&["--help"]).status.success());
}

#[cfg(unix)]
#[test]
fn a_signal_ends_the_demo_also_under_a_slow_download() {
    for signal in ["-INT", "-TERM"] {
        let mut demo = Demo::start();
        let response = demo.get("/slow");
        let start = Instant::now();
        let kill = Command::new("kill")
            .args([signal, &demo.child.id().to_string()])
            .status();
        assert!(kill.unwrap().success());
        let status = demo.child.wait().unwrap();
        assert!(status.success(), "{signal}: {status}");
        assert!(
            start.elapsed() < Duration::from_secs(10),
            "{:?}",
            start.elapsed()
        );
        drop(response);
    }
}

fn links(page: &str) -> BTreeSet<String> {
    let hrefs = page
        .split("href=\"")
        .skip(1)
        .filter_map(|rest| rest.split('"').next());
    let links: BTreeSet<_> = hrefs
        .filter(|to| to.starts_with('/'))
        .map(|to| to.replace("&amp;", "&"))
        .collect();
    assert!(links.len() >= 16, "{links:?}");
    links
}

fn rows(csv: impl Read) -> usize {
    csv::Reader::from_reader(csv)
        .into_records()
        .map(Result::unwrap)
        .count()
}

fn error(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}
