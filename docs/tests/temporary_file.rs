//! The recipe of a temporary file, in a process whose temporary directory has nothing else.

use std::{fs, time::Duration};

use axum::{body::Body, http::Request};
use downloadview::testing::assert_download;
use tempfile::TempDir;
use tower::ServiceExt;

#[rustfmt::skip]
#[allow(unreachable_pub, reason = "a recipe is written as in a program of its reader")]
#[path = "../recipes/temporary_file.rs"]
mod temporary_file;

#[tokio::test]
async fn a_temporary_file_is_sent_and_deleted() {
    let directory = TempDir::new().unwrap();
    tempfile::env::override_temp_dir(directory.path()).unwrap();
    let files = || fs::read_dir(directory.path()).unwrap().count();

    let request = Request::get("/reports/2026").body(Body::empty()).unwrap();
    let response = temporary_file::app().oneshot(request).await.unwrap();
    assert_download(response)
        .await
        .basename("report-2026.txt")
        .size(19)
        .body("The report of 2026\n");

    // The file is deleted on the blocking pool.
    for _ in 0..1000 {
        if files() == 0 {
            return;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("the file was not deleted");
}
