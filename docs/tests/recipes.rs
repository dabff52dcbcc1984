//! The recipes do what `recipes.md` says, and the page shows the code that is tested here.

#![allow(
    unreachable_pub,
    clippy::pedantic,
    reason = "a recipe is written as in a program of its reader"
)]

use std::{
    collections::{BTreeSet, HashMap},
    fs,
    io::Read,
    path::{Path, PathBuf},
    sync::{Arc, Mutex},
};

use axum::{
    Router,
    body::Body,
    http::{HeaderMap, Request, StatusCode},
    routing::get,
};
use downloadview::{
    End,
    testing::{Downloaded, assert_download},
};
use object_store::{ObjectStore, ObjectStoreExt, memory::InMemory};
use sqlx::SqlitePool;
use tempfile::TempDir;
use tokio::{net::TcpListener, sync::Semaphore, sync::mpsc};
use tower::ServiceExt;

#[rustfmt::skip]
#[path = "../recipes/async_encoder.rs"]
mod async_encoder;
#[rustfmt::skip]
#[path = "../recipes/audit_log.rs"]
mod audit_log;
#[rustfmt::skip]
#[path = "../recipes/authorising_extractor.rs"]
mod authorising_extractor;
#[rustfmt::skip]
#[path = "../recipes/authorising_option.rs"]
mod authorising_option;
#[rustfmt::skip]
#[path = "../recipes/error_pages.rs"]
mod error_pages;
#[rustfmt::skip]
#[path = "../recipes/file_on_disk.rs"]
mod file_on_disk;
#[rustfmt::skip]
#[path = "../recipes/object.rs"]
mod object;
#[rustfmt::skip]
#[path = "../recipes/one_time_link.rs"]
mod one_time_link;
#[rustfmt::skip]
#[path = "../recipes/openapi_aide.rs"]
mod openapi_aide;
#[rustfmt::skip]
#[path = "../recipes/openapi_utoipa.rs"]
mod openapi_utoipa;
#[rustfmt::skip]
#[path = "../recipes/permit.rs"]
mod permit;
#[rustfmt::skip]
#[path = "../recipes/proxy.rs"]
mod proxy;
#[rustfmt::skip]
#[path = "../recipes/rusqlite_rows.rs"]
mod rusqlite_rows;
#[rustfmt::skip]
#[path = "../recipes/sqlx_rows.rs"]
mod sqlx_rows;
#[rustfmt::skip]
#[path = "../recipes/subprocess.rs"]
mod subprocess;
#[rustfmt::skip]
#[path = "../recipes/subscriber.rs"]
mod subscriber;

const DIRECTORY: &str = env!("CARGO_MANIFEST_DIR");

async fn ask(app: Router, method: &str, path: &str, fields: &[(&str, &str)]) -> Downloaded {
    let request = Request::builder().method(method).uri(path);
    let request = fields.iter().fold(request, |request, (name, value)| {
        request.header(*name, *value)
    });
    let response = app.oneshot(request.body(Body::empty()).unwrap()).await;
    assert_download(response.unwrap()).await
}

async fn fetch(app: Router, path: &str) -> Downloaded {
    ask(app, "GET", path, &[]).await
}

fn recipes() -> BTreeSet<PathBuf> {
    let files = fs::read_dir(Path::new(DIRECTORY).join("recipes")).unwrap();
    files.map(|file| file.unwrap().path()).collect()
}

#[test]
fn the_page_shows_each_recipe_and_no_other_code() {
    let page = fs::read_to_string(Path::new(DIRECTORY).join("recipes.md")).unwrap();
    let shown = page.split("```rust\n").skip(1);
    let shown: BTreeSet<&str> = shown
        .map(|rest| rest.split("```").next().unwrap())
        .collect();
    let tested: BTreeSet<String> = recipes()
        .iter()
        .map(|path| fs::read_to_string(path).unwrap())
        .collect();
    assert_eq!(shown, tested.iter().map(String::as_str).collect());
}

#[test]
fn a_recipe_has_at_most_25_lines() {
    for path in recipes() {
        let lines = fs::read_to_string(&path)
            .unwrap()
            .lines()
            .filter(|line| !line.is_empty())
            .count();
        assert!(lines <= 25, "{} has {lines} lines", path.display());
    }
}

const ORDERS: &str = "CREATE TABLE orders (id INTEGER, year INTEGER, cents INTEGER);
    INSERT INTO orders VALUES (1, 2026, 420), (2, 2026, 310), (3, 2025, 999);";

fn database() -> (TempDir, PathBuf) {
    let directory = TempDir::new().unwrap();
    let path = directory.path().join("orders.sqlite");
    rusqlite::Connection::open(&path)
        .unwrap()
        .execute_batch(ORDERS)
        .unwrap();
    (directory, path)
}

#[tokio::test]
async fn rows_of_sqlx_are_a_file() {
    let (_directory, path) = database();
    let pool = SqlitePool::connect(&format!("sqlite:{}", path.display()))
        .await
        .unwrap();
    let answer = fetch(sqlx_rows::app(pool.clone()), "/orders/2026").await;
    answer
        .basename("orders-2026.csv")
        .body("id,cents\r\n1,420\r\n2,310\r\n");
    pool.close().await;
    fetch(sqlx_rows::app(pool), "/orders/2026")
        .await
        .status(500);
}

#[tokio::test]
async fn rows_of_rusqlite_are_a_file() {
    let (_directory, path) = database();
    let answer = fetch(rusqlite_rows::app(path), "/orders/2026").await;
    answer
        .basename("orders-2026.csv")
        .body("id,cents\n1,420\n2,310\n");
}

/// Serves a file and says which requests have come for it.
async fn origin() -> (String, Arc<Mutex<Vec<String>>>) {
    let seen = Arc::<Mutex<Vec<String>>>::default();
    let note = Arc::clone(&seen);
    let file = get(
        move |method: axum::http::Method,
              headers: HeaderMap,
              request: downloadview::DownloadRequest| {
            note.lock()
                .unwrap()
                .push(format!("{method} {:?}", headers.get("range")));
            async move {
                let download = downloadview::Download::new("0123456789")
                    .etag("v1")
                    .content_type("text/html");
                download.respond(&request).await
            }
        },
    );
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let app: Router = Router::new().route("/{name}", file);
    tokio::spawn(async { axum::serve(listener, app).await });
    (address, seen)
}

#[tokio::test]
async fn a_proxied_response_is_a_download_with_ranges_and_a_head() {
    let (address, seen) = origin().await;
    let app = || proxy::app(reqwest::Client::new(), address.clone());

    fetch(app(), "/digits.txt")
        .await
        .attachment()
        .basename("digits.txt")
        .body("0123456789");
    let part = ask(app(), "GET", "/digits.txt", &[("Range", "bytes=3-4")]).await;
    part.status(206)
        .attachment()
        .basename("digits.txt")
        .body("34");
    let head = ask(app(), "HEAD", "/digits.txt", &[]).await;
    head.status(200).header("Content-Length", "10").body("");
    ask(app(), "GET", "/digits.txt", &[("If-None-Match", "\"v1\"")])
        .await
        .status(304);
    ask(app(), "GET", "/..%2Fsecret", &[]).await.status(404);
    assert_eq!(
        *seen.lock().unwrap(),
        [
            "GET None",
            "GET Some(\"bytes=3-4\")",
            "HEAD None",
            "GET None"
        ]
    );
}

#[tokio::test]
async fn an_object_of_a_store_has_ranges() {
    let store: Arc<dyn ObjectStore> = Arc::new(InMemory::new());
    store
        .put(&"reports/2026.csv".into(), "id,name\n1,Ada\n".into())
        .await
        .unwrap();
    let app = || object::app(Arc::clone(&store));
    fetch(app(), "/reports/2026.csv")
        .await
        .basename("2026.csv")
        .size(14);
    let part = ask(app(), "GET", "/reports/2026.csv", &[("Range", "bytes=8-")]).await;
    part.status(206).body("1,Ada\n");
}

fn unzip(bytes: &[u8]) -> Vec<u8> {
    let mut unzipped = Vec::new();
    flate2::read::GzDecoder::new(bytes)
        .read_to_end(&mut unzipped)
        .unwrap();
    unzipped
}

#[tokio::test]
async fn the_output_of_a_subprocess_is_an_archive() {
    let answer = fetch(subprocess::app(), "/archives/recipes").await;
    let archive = unzip(answer.basename("recipes.tar.gz").bytes());
    let name = b"recipes/subprocess.rs";
    assert!(archive.windows(name.len()).any(|window| window == name));
    fetch(subprocess::app(), "/archives/target")
        .await
        .status(404);
}

#[tokio::test]
async fn an_async_encoder_makes_an_archive() {
    let answer = fetch(async_encoder::app(), "/squares/3").await;
    assert_eq!(
        unzip(answer.basename("squares-to-3.csv.gz").bytes()),
        b"1,1\n2,4\n3,9\n"
    );
}

#[tokio::test]
async fn a_file_on_disk_is_sent_and_others_are_not() {
    let app = || file_on_disk::app(concat!(env!("CARGO_MANIFEST_DIR"), "/recipes"));
    let file = fetch(app(), "/uploads/permit.rs").await;
    file.status(200).basename("permit.rs").attachment();
    fetch(app(), "/uploads/none.rs").await.status(404);
    for path in ["..%2FCargo.toml", "..", "%2Fetc%2Fpasswd", "."] {
        let path = format!("/uploads/{path}");
        fetch(app(), &path).await.status(404);
    }
}

#[tokio::test]
async fn an_audit_log_has_each_download() {
    let (log, mut outcomes) = mpsc::unbounded_channel();
    fetch(audit_log::app(log), "/salaries").await.status(200);
    let outcome = outcomes.recv().await.unwrap();
    assert!(matches!(outcome.end, End::Completed));
    assert!(outcome.view.ends_with("salaries"));
    assert_eq!(outcome.bytes, 12);
    audit_log::write_log(outcomes).await;
}

#[tokio::test]
async fn a_permit_is_held_until_the_download_has_ended() {
    let downloads = Arc::new(Semaphore::new(1));
    let app = permit::app(Arc::clone(&downloads));
    let request = || Request::get("/dump").body(Body::empty()).unwrap();
    let first = app.clone().oneshot(request()).await.unwrap();
    assert_eq!(first.status(), 200);
    assert_eq!(app.clone().oneshot(request()).await.unwrap().status(), 503);
    drop(first);
    assert_eq!(app.oneshot(request()).await.unwrap().status(), 200);
}

#[tokio::test]
async fn utoipa_documents_a_view() {
    use utoipa::OpenApi;
    let api = openapi_utoipa::Api::openapi();
    assert!(api.paths.paths["/reports/{year}"].get.is_some());
    fetch(openapi_utoipa::app(), "/reports/2026")
        .await
        .basename("report-2026.csv");
}

#[tokio::test]
async fn aide_documents_a_view() {
    let mut api = aide::openapi::OpenApi::default();
    let app = openapi_aide::app(&mut api);
    assert!(api.paths.unwrap().paths.contains_key("/reports/{year}"));
    fetch(app, "/reports/2026")
        .await
        .basename("report-2026.csv");
}

#[tokio::test]
async fn an_extractor_authorises_answers_without_content_too() {
    let app = authorising_extractor::app;
    let unchanged = ("If-None-Match", "\"plans-2026\"");
    let token = ("Authorization", "Bearer of-ada");
    ask(app(), "GET", "/plans/2026", &[token])
        .await
        .body("The plans of Ada for 2026\n");
    ask(app(), "GET", "/plans/2026", &[token, unchanged])
        .await
        .status(304);
    ask(app(), "GET", "/plans/2026", &[unchanged])
        .await
        .status(401);
}

#[tokio::test]
async fn an_option_authorises_answers_without_content_too() {
    let app = authorising_option::app;
    fetch(app(), "/reports/7").await.status(200);
    let unchanged = [("If-None-Match", "\"report-7-r1\"")];
    ask(app(), "GET", "/reports/7", &unchanged)
        .await
        .status(304);
    ask(app(), "GET", "/reports/0", &unchanged)
        .await
        .status(403);
    ask(app(), "GET", "/reports/100", &unchanged)
        .await
        .status(404);
}

#[tokio::test]
async fn a_failure_gets_an_error_page() {
    let response = error_pages::app().oneshot(Request::get("/report").body(Body::empty()).unwrap());
    let response = response.await.unwrap();
    assert_eq!(response.status(), StatusCode::INTERNAL_SERVER_ERROR);
    assert_eq!(
        response.headers()["content-type"],
        "text/html; charset=utf-8"
    );
}

#[tokio::test]
async fn a_one_time_link_works_until_its_download_is_complete() {
    let directory = TempDir::new().unwrap();
    let path = directory.path().join("secret.txt");
    fs::write(&path, "for you only\n").unwrap();
    let links: one_time_link::Links =
        Arc::new(Mutex::new(HashMap::from([("abc".to_owned(), path)])));
    let app = || one_time_link::app(Arc::clone(&links));
    ask(app(), "HEAD", "/links/abc", &[]).await.status(200);
    let left = app().oneshot(Request::get("/links/abc").body(Body::empty()).unwrap());
    drop(left.await.unwrap());
    fetch(app(), "/links/abc")
        .await
        .status(200)
        .basename("secret.txt")
        .body("for you only\n");
    fetch(app(), "/links/abc").await.status(404);
}
