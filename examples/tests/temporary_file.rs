//! Runs the program of this name. Its file exists as long as its download.

use std::fs;

use downloadview::{DownloadRequest, testing::assert_download};
use tempfile::TempDir;

#[path = "../examples/temporary_file.rs"]
#[expect(dead_code, reason = "`main` listens at an address that may be taken")]
mod program;

#[tokio::test]
async fn file_is_deleted_when_its_download_has_ended() {
    let directory = TempDir::new().unwrap();
    tempfile::env::override_temp_dir(directory.path()).unwrap();
    let files = || fs::read_dir(directory.path()).unwrap().count();

    let response = program::snapshot(DownloadRequest::default()).await;
    assert_eq!(files(), 1);
    let download = assert_download(response).await;
    download.basename("squares.sqlite");
    assert!(download.bytes().starts_with(b"SQLite format 3\0"));
    assert_eq!(files(), 0);

    let unread = program::snapshot(DownloadRequest::default()).await;
    assert_eq!(files(), 1);
    drop(unread);
    assert_eq!(files(), 0);
}
