//! Files that are given by their path: how they are opened, named and served.

use std::{
    fs,
    io::{self, ErrorKind},
    path::{Path, PathBuf},
};

use downloadview::{Content, Download, DownloadRequest, download_view, testing::Downloaded};
use tests::call::get;

/// A directory with a file, which is removed when it is dropped.
struct Directory(PathBuf);

impl Directory {
    fn new(file: &str) -> (Self, PathBuf) {
        let name = format!("downloadview-path-{}-{file}", std::process::id());
        let directory = std::env::temp_dir().join(name);
        fs::create_dir_all(&directory).unwrap();
        let path = directory.join(file);
        fs::write(&path, "id,name\n").unwrap();
        (Self(directory), path)
    }
}

impl Drop for Directory {
    fn drop(&mut self) {
        fs::remove_dir_all(&self.0).unwrap();
    }
}

async fn serve(download: Download) -> Downloaded {
    let response = download.respond(&DownloadRequest::default()).await;
    downloadview::testing::assert_download(response).await
}

#[tokio::test]
async fn the_file_provides_the_name_the_type_and_the_validators() {
    let (_directory, path) = Directory::new("Zürich.csv");
    let answer = serve(Download::from_path(&path).await.unwrap()).await;
    answer
        .status(200)
        .inline()
        .basename("Zürich.csv")
        .content_type("text/csv; charset=utf-8")
        .size(8)
        .body("id,name\n");
    assert!(answer.headers().contains_key("etag"));
    assert!(answer.headers().contains_key("last-modified"));
}

#[tokio::test]
async fn an_explicit_name_and_type_take_precedence() {
    let (_directory, path) = Directory::new("people.csv");
    let download = Download::from_path(&path).await.unwrap();
    serve(download.basename("notes.txt").attachment())
        .await
        .attachment()
        .basename("notes.txt")
        .content_type("text/plain");
    let download = Download::from_path(&path).await.unwrap();
    serve(download.content_type("application/x-own"))
        .await
        .basename("people.csv")
        .content_type("application/x-own");
}

#[tokio::test]
async fn an_explicit_name_without_an_extension_keeps_the_type_of_the_file() {
    let (_directory, path) = Directory::new("untyped.csv");
    let download = Download::from_path(&path).await.unwrap();
    serve(download.basename("people").charset("iso-8859-1"))
        .await
        .basename("people")
        .content_type("text/csv; charset=iso-8859-1");
}

#[tokio::test]
async fn options_of_the_attribute_take_precedence() {
    async fn open(name: &'static str) -> io::Result<Content> {
        let (_directory, path) = Directory::new(name);
        Content::from_path(path).await
    }

    #[download_view(basename = "from-options.json", attachment)]
    async fn named() -> io::Result<Content> {
        open("named.csv").await
    }

    #[download_view(attachment)]
    async fn unnamed() -> io::Result<Content> {
        open("unnamed.csv").await
    }

    let answer = get(named).await;
    let expected = "attachment; filename=\"from-options.json\"";
    assert_eq!(answer.field("content-disposition"), expected);
    assert_eq!(answer.field("content-type"), "application/json");
    let answer = get(unnamed).await;
    let expected = "attachment; filename=\"unnamed.csv\"";
    assert_eq!(answer.field("content-disposition"), expected);
    assert_eq!(answer.field("content-type"), "text/csv; charset=utf-8");
}

#[tokio::test]
async fn a_file_that_cannot_be_opened_is_an_error() {
    let kind = |path: PathBuf| async move { Content::from_path(path).await.unwrap_err().kind() };
    let (directory, path) = Directory::new("gone.csv");
    assert_eq!(kind(path.join("nothing")).await, ErrorKind::NotADirectory);
    assert_eq!(kind(directory.0.clone()).await, ErrorKind::IsADirectory);
    assert_eq!(
        kind(Path::new("no such file").into()).await,
        ErrorKind::NotFound
    );
}
