//! Runs the programs whose content comes from elsewhere: an object store, a subprocess, an async encoder.

mod counting;

use std::{io::Read, sync::Arc};

use axum::{
    Router,
    body::{Body, to_bytes},
    extract::Path,
    http::{HeaderMap, Method, Request},
    routing::get,
};
use counting::Counting;
use downloadview::{
    DownloadRequest,
    testing::{Downloaded, assert_download},
};
use flate2::read::GzDecoder;
use object_store::{ObjectStore, ObjectStoreExt, local::LocalFileSystem, memory::InMemory};
use tempfile::TempDir;
use tower::ServiceExt;

#[path = "../examples/async_encoder.rs"]
#[expect(dead_code, reason = "`main` listens at an address that may be taken")]
mod async_encoder;

#[path = "../examples/object_archive.rs"]
#[expect(dead_code, reason = "`main` listens at an address that may be taken")]
mod object_archive;

#[path = "../examples/object_store.rs"]
#[expect(dead_code, reason = "`main` listens at an address that may be taken")]
mod object_store_program;

#[path = "../examples/subprocess.rs"]
#[expect(dead_code, reason = "`main` listens at an address that may be taken")]
mod subprocess;

const OBJECT: &str = "id,name\n1,Ada\n2,Grace\n";

async fn ask(router: &Router, path: &str, fields: &[(&str, &str)]) -> Downloaded {
    let request = Request::get(path);
    let request = fields.iter().fold(request, |request, (name, value)| {
        request.header(*name, *value)
    });
    let request = request.body(Body::empty()).unwrap();
    assert_download(router.clone().oneshot(request).await.unwrap()).await
}

/// Serves an object and a part of it, and asserts which ranges of the store were read.
async fn serve_object(store: impl ObjectStore) {
    store
        .put(&"reports/2026.csv".into(), OBJECT.into())
        .await
        .unwrap();
    let store = Arc::new(Counting::new(store));
    let router = Router::new()
        .route("/{*path}", get(object_store_program::object))
        .with_state(Arc::clone(&store) as Arc<dyn ObjectStore>);

    let whole = ask(&router, "/reports/2026.csv", &[]).await;
    whole
        .status(200)
        .attachment()
        .basename("2026.csv")
        .content_type("text/csv")
        .size(22)
        .body(OBJECT);
    let tag = whole.headers()["etag"].to_str().unwrap();
    assert!(whole.headers().contains_key("last-modified"));
    assert_eq!(store.take(), [(0, 22)]);

    let part = ask(&router, "/reports/2026.csv", &[("Range", "bytes=8-13")]).await;
    part.status(206).etag(tag).body("1,Ada\n");
    assert_eq!(store.take(), [(8, 14)]);

    let unchanged = [("If-None-Match", tag)];
    ask(&router, "/reports/2026.csv", &unchanged)
        .await
        .status(304);
    ask(&router, "/reports/1999.csv", &[]).await.status(404);
    assert_eq!(store.take(), []);
}

#[tokio::test]
async fn an_object_in_memory_is_read_by_the_range() {
    serve_object(InMemory::new()).await;
}

#[tokio::test]
async fn an_object_on_disk_is_read_by_the_range() {
    let directory = TempDir::new().unwrap();
    serve_object(LocalFileSystem::new_with_prefix(directory.path()).unwrap()).await;
}

/// Serves an archive of objects and a part of it, and asserts which ranges of the store were read.
async fn serve_archive(store: impl ObjectStore) {
    for (path, content) in [
        ("reports/a.csv", OBJECT),
        ("reports/b.csv", "id\n"),
        ("other", ""),
    ] {
        store.put(&path.into(), content.into()).await.unwrap();
    }
    let store = Arc::new(Counting::new(store));
    let router = Router::new()
        .route("/{prefix}", get(object_archive::archive))
        .with_state(Arc::clone(&store) as Arc<dyn ObjectStore>);

    let whole = ask(&router, "/reports", &[]).await;
    whole.status(200).attachment().basename("reports.zip");
    let archive = whole.bytes();
    let mut read = zip::ZipArchive::new(std::io::Cursor::new(archive)).unwrap();
    let mut text = String::new();
    let mut entry = read.by_name("reports/a.csv").unwrap();
    assert!(
        entry
            .last_modified()
            .is_some_and(|time| time.year() >= 2026)
    );
    entry.read_to_string(&mut text).unwrap();
    assert_eq!(text, OBJECT);
    let length = archive.len().to_string();
    assert_eq!(whole.headers()["content-length"], length.as_str());
    let tag = whole.headers()["etag"].to_str().unwrap();
    assert_eq!(store.take(), [(0, 22), (0, 3)]);

    let start = archive.windows(5).position(|bytes| bytes == b"1,Ada");
    let range = format!("bytes={}-{}", start.unwrap(), start.unwrap() + 4);
    let part = ask(&router, "/reports", &[("Range", &range)]).await;
    part.status(206).etag(tag).body("1,Ada");
    assert_eq!(store.take(), [(8, 13)]);

    ask(&router, "/reports", &[("If-None-Match", tag)])
        .await
        .status(304);
    assert_eq!(store.take(), []);
    assert_replaced_object_aborts(&router, &*store).await;
}

/// Replaces an object after the archive was planned and before the object is fetched.
async fn assert_replaced_object_aborts(router: &Router, store: &dyn ObjectStore) {
    let large = vec![b'a'; 4 << 20];
    store.put(&"new/a".into(), large.into()).await.unwrap();
    store.put(&"new/b".into(), "old".into()).await.unwrap();
    let request = Request::get("/new").body(Body::empty()).unwrap();
    let response = router.clone().oneshot(request).await.unwrap();
    assert_eq!(response.status(), 200);
    store.put(&"new/b".into(), "new".into()).await.unwrap();
    let body = to_bytes(response.into_body(), usize::MAX).await;
    assert!(body.is_err(), "the archive mixes two versions");
}

#[tokio::test]
async fn an_archive_of_objects_in_memory_is_read_by_the_range() {
    serve_archive(InMemory::new()).await;
}

#[tokio::test]
async fn an_archive_of_objects_on_disk_is_read_by_the_range() {
    let directory = TempDir::new().unwrap();
    serve_archive(LocalFileSystem::new_with_prefix(directory.path()).unwrap()).await;
}

fn unzip(bytes: &[u8]) -> Vec<u8> {
    let mut unzipped = Vec::new();
    GzDecoder::new(bytes).read_to_end(&mut unzipped).unwrap();
    unzipped
}

#[tokio::test]
async fn the_output_of_a_subprocess_is_an_archive() {
    let response = subprocess::source(DownloadRequest::default()).await;
    let answer = assert_download(response).await;
    answer.status(200).attachment().basename("source.tar.gz");
    let archive = unzip(answer.bytes());
    let name = b"examples/subprocess.rs";
    assert!(archive.windows(name.len()).any(|window| window == name));
}

#[tokio::test]
async fn an_encoder_compresses_rows_as_they_come() {
    let request = DownloadRequest::new(Method::GET, &HeaderMap::new());
    let response = async_encoder::squares(request, Path(3)).await;
    let answer = assert_download(response).await;
    answer.status(200).basename("squares-to-3.csv.gz");
    assert_eq!(unzip(answer.bytes()), b"number,square\n1,1\n2,4\n3,9\n");
}
