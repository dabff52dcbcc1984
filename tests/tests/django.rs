//! A port of django-downloadview's virtual views: the demo in `demo/demoproject/virtual` and the relevant tests in
//! `tests/{views,io,response}.py`.

#![allow(clippy::unused_self, reason = "some views do not use `self`")]

use std::{
    io::Cursor,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, SystemTime},
};

use axum::{
    Router,
    body::Body,
    extract::{FromRequestParts, Path},
    http::{Request, StatusCode, header},
    response::{IntoResponse, Response},
    routing::get,
};
use downloadview::{
    Content, DownloadRequest, DownloadView, Metadata, download_view, serve,
    testing::{Downloaded, assert_download},
};
use futures::{Stream, stream};
use tower::ServiceExt;

/// Ports `TextDownloadView`.
#[derive(Clone, DownloadView)]
#[download_view(basename = "hello-world.txt", attachment, content = file)]
struct TextDownloadView;

impl TextDownloadView {
    fn file(self) -> &'static [u8] {
        b"Hello world!\n"
    }
}

/// Ports `StringIODownloadView`.
#[derive(Clone, DownloadView)]
#[download_view(attachment)]
struct StringIODownloadView {
    #[download_view(basename)]
    name: &'static str,
    #[download_view(content)]
    file: Cursor<String>,
}

fn generate_hello() -> impl Iterator<Item = &'static str> {
    ["Hello ", "world!", "\n"].into_iter()
}

/// Ports `GeneratedDownloadView`.
#[derive(Clone, DownloadView)]
#[download_view(basename = "hello-world.txt", attachment, content = file)]
struct GeneratedDownloadView;

impl GeneratedDownloadView {
    async fn file(self) -> impl Iterator<Item = &'static str> {
        tokio::task::yield_now().await;
        generate_hello()
    }
}

/// Function views with the same content.
mod functions {
    use super::{Cursor, Stream, download_view, generate_hello, stream};

    #[download_view(basename = "hello-world.txt", attachment)]
    pub(super) async fn text() -> &'static str {
        "Hello world!\n"
    }

    #[download_view(basename = "hello-world.txt", attachment)]
    pub(super) async fn stringio() -> Cursor<&'static str> {
        Cursor::new("Hello world!\n")
    }

    #[download_view(basename = "hello-world.txt", attachment)]
    pub(super) async fn generated() -> impl Stream<Item = &'static str> {
        stream::iter(generate_hello())
    }
}

/// Ports `urls.py`.
fn urls() -> Router {
    let stringio = StringIODownloadView {
        name: "hello-world.txt",
        file: Cursor::new("Hello world!\n".to_owned()),
    };
    Router::new()
        .route("/text/", get(TextDownloadView.into_handler()))
        .route("/stringio/", get(stringio.into_handler()))
        .route("/generated/", get(GeneratedDownloadView.into_handler()))
        .route("/functions/text/", get(functions::text))
        .route("/functions/stringio/", get(functions::stringio))
        .route("/functions/generated/", get(functions::generated))
}

async fn client_get(router: Router, request: axum::http::request::Builder) -> Downloaded {
    let request = request.body(Body::empty()).unwrap();
    assert_download(router.oneshot(request).await.unwrap()).await
}

/// Ports `assert_download_response`.
async fn assert_hello_world(uri: &str) {
    client_get(urls(), Request::get(uri))
        .await
        .status(200)
        .attachment()
        .body("Hello world!\n")
        .basename("hello-world.txt")
        .content_type("text/plain; charset=utf-8");
}

#[tokio::test]
async fn text_serves_hello_world_from_text() {
    assert_hello_world("/text/").await;
    assert_hello_world("/functions/text/").await;
}

#[tokio::test]
async fn stringio_serves_hello_world_from_a_cursor() {
    assert_hello_world("/stringio/").await;
    assert_hello_world("/functions/stringio/").await;
}

#[tokio::test]
async fn generated_serves_hello_world_from_a_generator() {
    assert_hello_world("/generated/").await;
    assert_hello_world("/functions/generated/").await;
}

/// Ports `tests/io.py`, which accepts both text and bytes.
#[tokio::test]
async fn iterators_of_text_and_of_bytes_produce_the_same_content() {
    #[derive(DownloadView)]
    struct Generated<I, T>(#[download_view(content)] I)
    where
        I: Iterator<Item = T>,
        T: downloadview::IntoChunk;

    const HELLO: [&str; 5] = ["Hello ", "world!", "\n", "é", "\n"];
    let text = Generated(HELLO.into_iter());
    let bytes = Generated(HELLO.map(str::as_bytes).into_iter());
    let whole = "Hello world!\né\n";
    assert_download(serve(DownloadRequest::default(), text).await)
        .await
        .body(whole);
    assert_download(serve(DownloadRequest::default(), bytes).await)
        .await
        .body(whole);
}

/// `VirtualFile.size` counts characters, but a length in HTTP counts bytes.
#[tokio::test]
async fn a_length_counts_bytes() {
    let view = StringIODownloadView {
        name: "é.txt",
        file: Cursor::new("é\n".to_owned()),
    };
    assert_download(serve(DownloadRequest::default(), view).await)
        .await
        .size(3)
        .body("é\n");
}

/// Ports `DownloadMixin`. Each field replaces one of its methods.
#[derive(Clone)]
struct Mixin {
    basename: Option<&'static str>,
    mimetype: Option<&'static str>,
    encoding: Option<&'static str>,
    attachment: bool,
    modified_time: Option<SystemTime>,
    exists: bool,
    was_opened: Arc<AtomicBool>,
}

impl Default for Mixin {
    fn default() -> Self {
        Self {
            basename: None,
            mimetype: None,
            encoding: None,
            attachment: true,
            modified_time: None,
            exists: true,
            was_opened: Arc::default(),
        }
    }
}

impl DownloadView for Mixin {
    async fn metadata(&self) -> Result<Metadata, Response> {
        let mut metadata = Metadata::new();
        if self.attachment {
            metadata = metadata.attachment();
        }
        if let Some(basename) = self.basename {
            metadata = metadata.basename(basename);
        }
        if let Some(mimetype) = self.mimetype {
            metadata = metadata.content_type(mimetype);
        }
        if let Some(encoding) = self.encoding {
            metadata = metadata.charset(encoding);
        }
        if let Some(modified) = self.modified_time {
            metadata = metadata.last_modified(modified);
        }
        Ok(metadata)
    }

    async fn content(self) -> Result<Content, Response> {
        self.was_opened.store(true, Ordering::Relaxed);
        if !self.exists {
            return Err((StatusCode::NOT_FOUND, "no such file").into_response());
        }
        Ok(Content::from_chunks(generate_hello()))
    }
}

const SINCE: &str = "Thu, 01 Jan 1970 00:01:00 GMT";

async fn get_if_modified_since(view: Mixin) -> Downloaded {
    let router = Router::new().route("/", get(view.into_handler()));
    client_get(
        router,
        Request::get("/").header(header::IF_MODIFIED_SINCE, SINCE),
    )
    .await
}

#[tokio::test]
async fn a_basename_is_optional() {
    let named = Mixin {
        basename: Some("fake"),
        ..Mixin::default()
    };
    get_if_modified_since(named)
        .await
        .attachment()
        .basename("fake");
    get_if_modified_since(Mixin::default())
        .await
        .header("Content-Disposition", "attachment");
}

#[tokio::test]
async fn mimetype_and_encoding_form_the_content_type() {
    let view = Mixin {
        mimetype: Some("text/x-fake"),
        encoding: Some("latin1"),
        ..Mixin::default()
    };
    get_if_modified_since(view)
        .await
        .content_type("text/x-fake; charset=latin1");
}

#[tokio::test]
async fn attachment_false_is_inline_with_a_name() {
    let view = Mixin {
        attachment: false,
        basename: Some("fake.txt"),
        ..Mixin::default()
    };
    get_if_modified_since(view)
        .await
        .inline()
        .basename("fake.txt");
}

/// Ports `test_was_modified_since_fallback` and `VirtualDownloadViewTestCase.test_was_modified_since_not_implemented`.
#[tokio::test]
async fn content_without_a_date_counts_as_modified() {
    get_if_modified_since(Mixin::default())
        .await
        .status(200)
        .body("Hello world!\n");
}

/// Ports `test_render_to_response_not_modified`. Here the file is not even opened.
#[tokio::test]
async fn unmodified_content_is_304_and_is_not_opened() {
    let modified = |seconds| Some(SystemTime::UNIX_EPOCH + Duration::from_secs(seconds));
    let view = Mixin {
        modified_time: modified(60),
        ..Mixin::default()
    };
    get_if_modified_since(view.clone())
        .await
        .status(304)
        .body("");
    assert!(!view.was_opened.load(Ordering::Relaxed));
    let view = Mixin {
        modified_time: modified(61),
        ..Mixin::default()
    };
    get_if_modified_since(view)
        .await
        .status(200)
        .body("Hello world!\n");
}

/// Ports `test_render_to_response_file_not_found`.
#[tokio::test]
async fn the_response_of_the_view_is_sent_if_the_file_is_not_found() {
    let view = Mixin {
        exists: false,
        ..Mixin::default()
    };
    get_if_modified_since(view)
        .await
        .status(404)
        .body("no such file");
}

/// Replaces `self.kwargs`, the arguments of the URL.
#[tokio::test]
async fn arguments_in_the_url_are_extracted() {
    #[derive(FromRequestParts, DownloadView)]
    #[download_view(basename = "{name}.txt", content = file)]
    struct Named {
        #[from_request(via(Path))]
        name: String,
    }

    impl Named {
        fn file(&self) -> Option<String> {
            (self.name != "missing").then(|| format!("Hello {}!\n", self.name))
        }
    }

    let router = Router::new().route("/{name}/", get(serve::<Named>));
    client_get(router.clone(), Request::get("/a/"))
        .await
        .basename("a.txt")
        .body("Hello a!\n");
    client_get(router, Request::get("/missing/"))
        .await
        .status(404);
}

/// Ports `tests/response.py`. Here the directories before a slash are removed from a name.
#[tokio::test]
async fn names_are_encoded_and_escaped() {
    for (name, got, sent) in [
        (
            "espacé .txt",
            "espacé .txt",
            "filename=\"espace .txt\"; filename*=UTF-8''espac%C3%A9%20.txt",
        ),
        (
            "\"malicious.exe",
            "\"malicious.exe",
            "filename=\"_malicious.exe\"; filename*=UTF-8''%22malicious.exe",
        ),
        ("\"malicious\\file.exe", "file.exe", "filename=\"file.exe\""),
    ] {
        let view = Mixin {
            basename: Some(name),
            ..Mixin::default()
        };
        let sent = format!("attachment; {sent}");
        get_if_modified_since(view)
            .await
            .basename(got)
            .header("Content-Disposition", &sent);
    }
}
