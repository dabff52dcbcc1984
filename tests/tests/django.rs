//! django-downloadview's demo and tests of virtual views, ported: `demo/demoproject/virtual`, and what `tests/{views,io,response}.py` say of them.

#![allow(clippy::unused_self, reason = "a view that needs nothing of itself")]

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

/// `TextDownloadView`.
#[derive(Clone, DownloadView)]
#[download_view(basename = "hello-world.txt", attachment, content = file)]
struct TextDownloadView;

impl TextDownloadView {
    fn file(self) -> &'static [u8] {
        b"Hello world!\n"
    }
}

/// `StringIODownloadView`.
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

/// `GeneratedDownloadView`.
#[derive(Clone, DownloadView)]
#[download_view(basename = "hello-world.txt", attachment, content = file)]
struct GeneratedDownloadView;

impl GeneratedDownloadView {
    async fn file(self) -> impl Iterator<Item = &'static str> {
        tokio::task::yield_now().await;
        generate_hello()
    }
}

/// The same as functions.
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

/// `urls.py`.
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

/// `assert_download_response`.
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

/// `tests/io.py`: text or bytes come to the same.
#[tokio::test]
async fn iterators_of_text_and_of_bytes_are_the_same_bytes() {
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

/// `VirtualFile.size` counts characters; a length is of bytes.
#[tokio::test]
async fn a_length_is_that_of_the_bytes() {
    let view = StringIODownloadView {
        name: "é.txt",
        file: Cursor::new("é\n".to_owned()),
    };
    assert_download(serve(DownloadRequest::default(), view).await)
        .await
        .size(3)
        .body("é\n");
}

/// `DownloadMixin`, a method a part.
#[derive(Clone)]
struct Mixin {
    basename: Option<&'static str>,
    mimetype: Option<&'static str>,
    encoding: Option<&'static str>,
    attachment: bool,
    modified_time: Option<SystemTime>,
    exists: bool,
    was_asked: Arc<AtomicBool>,
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
            was_asked: Arc::default(),
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
        self.was_asked.store(true, Ordering::Relaxed);
        if !self.exists {
            return Err((StatusCode::NOT_FOUND, "no such file").into_response());
        }
        Ok(Content::from_chunks(generate_hello()))
    }
}

const SINCE: &str = "Thu, 01 Jan 1970 00:01:00 GMT";

async fn since(view: Mixin) -> Downloaded {
    let router = Router::new().route("/", get(view.into_handler()));
    client_get(
        router,
        Request::get("/").header(header::IF_MODIFIED_SINCE, SINCE),
    )
    .await
}

#[tokio::test]
async fn get_basename_is_the_name_or_there_is_none() {
    let named = Mixin {
        basename: Some("fake"),
        ..Mixin::default()
    };
    since(named).await.attachment().basename("fake");
    since(Mixin::default())
        .await
        .header("Content-Disposition", "attachment");
}

#[tokio::test]
async fn get_mimetype_and_get_encoding_make_the_type() {
    let view = Mixin {
        mimetype: Some("text/x-fake"),
        encoding: Some("latin1"),
        ..Mixin::default()
    };
    since(view)
        .await
        .content_type("text/x-fake; charset=latin1");
}

#[tokio::test]
async fn attachment_false_is_inline_and_keeps_its_name() {
    let view = Mixin {
        attachment: false,
        basename: Some("fake.txt"),
        ..Mixin::default()
    };
    since(view).await.inline().basename("fake.txt");
}

/// `test_was_modified_since_fallback`, `VirtualDownloadViewTestCase.test_was_modified_since_not_implemented`.
#[tokio::test]
async fn what_does_not_say_when_it_was_modified_was_modified() {
    since(Mixin::default())
        .await
        .status(200)
        .body("Hello world!\n");
}

/// `test_render_to_response_not_modified`: here without asking for the file.
#[tokio::test]
async fn what_was_not_modified_is_304_and_its_file_is_not_asked_for() {
    let modified = |seconds| Some(SystemTime::UNIX_EPOCH + Duration::from_secs(seconds));
    let view = Mixin {
        modified_time: modified(60),
        ..Mixin::default()
    };
    since(view.clone()).await.status(304).body("");
    assert!(!view.was_asked.load(Ordering::Relaxed));
    let view = Mixin {
        modified_time: modified(61),
        ..Mixin::default()
    };
    since(view).await.status(200).body("Hello world!\n");
}

/// `test_render_to_response_file_not_found`.
#[tokio::test]
async fn a_file_that_is_not_found_is_the_views_own_answer() {
    let view = Mixin {
        exists: false,
        ..Mixin::default()
    };
    since(view).await.status(404).body("no such file");
}

/// `self.kwargs` of the URL.
#[tokio::test]
async fn arguments_of_the_url_are_extracted() {
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

/// `tests/response.py`; what stands before a slash is no part of a name.
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
        since(view)
            .await
            .basename(got)
            .header("Content-Disposition", &sent);
    }
}
