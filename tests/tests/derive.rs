//! `#[derive(DownloadView)]`: the sources of the options and of the content.

#![allow(clippy::unused_self, reason = "some views do not use `self`")]

use std::{
    io,
    sync::mpsc,
    time::{Duration, SystemTime},
};

use axum::{
    Router,
    body::Body,
    extract::{FromRequestParts, Path, State},
    http::{HeaderValue, Request, StatusCode},
    response::Response,
    routing::get,
};
use downloadview::{
    DownloadRequest, DownloadView, Outcome, serve,
    testing::{Downloaded, assert_download},
};
use tower::ServiceExt;

/// Serves the view to a plain GET request.
async fn serve_view(view: impl DownloadView) -> Downloaded {
    assert_download(serve(DownloadRequest::default(), view).await).await
}

async fn get_at(router: Router, uri: &str) -> Downloaded {
    let request = Request::get(uri).body(Body::empty()).unwrap();
    assert_download(router.oneshot(request).await.unwrap()).await
}

#[derive(FromRequestParts, DownloadView)]
#[download_view(basename = "invoice-{number:04}.csv", attachment, content = rows)]
struct Invoice {
    #[from_request(via(Path))]
    number: u32,
}

impl Invoice {
    async fn rows(self) -> String {
        tokio::task::yield_now().await;
        format!("number\n{}\n", self.number)
    }
}

#[tokio::test]
async fn a_view_is_extracted_and_its_method_creates_the_content() {
    let router = Router::new().route("/{number}", get(serve::<Invoice>));
    get_at(router, "/7")
        .await
        .status(200)
        .attachment()
        .basename("invoice-0007.csv")
        .content_type("text/csv")
        .body("number\n7\n");
}

#[derive(DownloadView)]
#[download_view(attachment)]
struct Rendered {
    #[download_view(basename)]
    name: String,
    #[download_view(last_modified)]
    get_at: SystemTime,
    #[download_view(etag)]
    revision: String,
    #[download_view(content)]
    pdf: Vec<u8>,
}

#[tokio::test]
async fn fields_can_hold_the_content_and_the_metadata() {
    let rendered = Rendered {
        name: "report.pdf".to_owned(),
        get_at: SystemTime::UNIX_EPOCH + Duration::from_secs(1),
        revision: "r7".to_owned(),
        pdf: b"%PDF-1.7".to_vec(),
    };
    serve_view(rendered)
        .await
        .status(200)
        .attachment()
        .basename("report.pdf")
        .content_type("application/pdf")
        .header("Last-Modified", "Thu, 01 Jan 1970 00:00:01 GMT")
        .etag("r7")
        .size(8)
        .body("%PDF-1.7");
}

#[derive(DownloadView)]
struct All {
    #[download_view(basename, header("X-Name"))]
    name: &'static str,
    #[download_view(attachment)]
    save: bool,
    #[download_view(content_type)]
    media_type: String,
    #[download_view(size)]
    length: u64,
    #[download_view(etag)]
    tag: String,
    #[download_view(last_modified)]
    changed: SystemTime,
    #[download_view(cache_control)]
    caching: String,
    #[download_view(header("X-Id"))]
    #[download_view(header("X-Copy"))]
    id: u32,
    #[download_view(header("X-Value"))]
    value: HeaderValue,
    #[download_view(stall_timeout)]
    timeout: Duration,
    #[download_view(on_finish)]
    callback: Option<fn(Outcome)>,
    #[download_view(content)]
    content: &'static [u8],
}

#[tokio::test]
async fn fields_can_hold_the_value_of_every_option() {
    let all = All {
        name: "a.csv",
        save: true,
        media_type: "text/x-table".to_owned(),
        length: 7,
        tag: "W/\"1\"".to_owned(),
        changed: SystemTime::UNIX_EPOCH,
        caching: "no-store".to_owned(),
        id: 5,
        value: HeaderValue::from_static("v"),
        timeout: Duration::from_secs(1),
        callback: Some(drop),
        content: b"content",
    };
    serve_view(all)
        .await
        .attachment()
        .basename("a.csv")
        .content_type("text/x-table; charset=utf-8")
        .size(7)
        .etag("W/\"1\"")
        .header("Last-Modified", "Thu, 01 Jan 1970 00:00:00 GMT")
        .header("Cache-Control", "no-store")
        .header("X-Name", "a.csv")
        .header("X-Id", "5")
        .header("X-Copy", "5")
        .header("X-Value", "v")
        .body("content");
}

#[tokio::test]
async fn a_field_that_is_none_does_not_set_its_option() {
    #[derive(Default, DownloadView)]
    struct Perhaps {
        #[download_view(basename)]
        name: Option<String>,
        #[download_view(attachment)]
        save: Option<bool>,
        #[download_view(size)]
        length: Option<u64>,
        #[download_view(etag)]
        tag: Option<&'static str>,
        #[download_view(last_modified)]
        changed: Option<SystemTime>,
        #[download_view(content)]
        content: String,
    }

    serve_view(Perhaps::default())
        .await
        .inline()
        .no_header("Content-Disposition")
        .no_header("Last-Modified")
        .size(0);
    let given = Perhaps {
        name: Some("a.txt".to_owned()),
        save: Some(true),
        length: Some(1),
        tag: Some("v1"),
        changed: Some(SystemTime::UNIX_EPOCH),
        content: "a".to_owned(),
    };
    serve_view(given)
        .await
        .attachment()
        .basename("a.txt")
        .etag("v1")
        .size(1)
        .body("a");
}

#[tokio::test]
async fn options_of_the_struct_can_be_literals() {
    #[derive(DownloadView)]
    #[download_view(
        basename = "table.csv",
        attachment,
        content_type = "text/csv; header=present"
    )]
    #[download_view(
        charset = "iso-8859-1",
        size = 3,
        etag = "v1",
        cache_control = "no-cache"
    )]
    #[download_view(header("Content-Language", "en"), content = bytes)]
    struct Table;

    impl Table {
        fn bytes(self) -> &'static [u8] {
            b"a;b"
        }
    }

    for _ in 0..2 {
        serve_view(Table)
            .await
            .attachment()
            .basename("table.csv")
            .content_type("text/csv; header=present; charset=iso-8859-1")
            .size(3)
            .etag("v1")
            .header("Cache-Control", "no-cache")
            .header("Content-Language", "en")
            .body("a;b");
    }
}

#[derive(Clone)]
struct Db;

impl Db {
    async fn revision(&self, id: u32) -> Result<Option<String>, (StatusCode, &'static str)> {
        std::future::ready(()).await;
        match id {
            0 => Err((StatusCode::IM_A_TEAPOT, "no revisions")),
            1 => Ok(None),
            id => Ok(Some(format!("r{id}"))),
        }
    }
}

#[derive(FromRequestParts, DownloadView)]
#[download_view(
    basename = self.name(),
    attachment = self.id > 2,
    content_type = format!("text/{}", self.kind.0),
    etag = self.db.revision(self.id).await,
    last_modified = (self.id > 2).then_some(SystemTime::UNIX_EPOCH),
    cache_control = Some(self.kind.0.as_str()),
    header("X-Id", self.id),
    header("X-Kind", self.kind.0),
    header("X-None", None::<String>),
    on_finish = drop,
    content = text,
)]
#[from_request(state(Db))]
struct Dynamic {
    #[from_request(via(Path))]
    id: u32,
    #[from_request(via(State))]
    db: Db,
    kind: Kind,
}

struct Kind(String);

impl<S: Sync> FromRequestParts<S> for Kind {
    type Rejection = StatusCode;

    async fn from_request_parts(
        parts: &mut axum::http::request::Parts,
        _: &S,
    ) -> Result<Self, StatusCode> {
        Ok(Self(
            parts.uri.query().ok_or(StatusCode::BAD_REQUEST)?.to_owned(),
        ))
    }
}

impl Dynamic {
    fn name(&self) -> String {
        format!("{}.{}", self.id, self.kind.0)
    }

    async fn text(&self) -> Result<String, StatusCode> {
        let revision = self
            .db
            .revision(self.id)
            .await
            .map_err(|(status, _)| status)?;
        Ok(revision.unwrap_or_default())
    }
}

fn dynamic() -> Router {
    Router::new()
        .route("/{id}", get(serve::<Dynamic>))
        .with_state(Db)
}

#[tokio::test]
async fn expressions_can_use_self() {
    get_at(dynamic(), "/3?csv")
        .await
        .status(200)
        .attachment()
        .basename("3.csv")
        .content_type("text/csv; charset=utf-8")
        .etag("r3")
        .header("Last-Modified", "Thu, 01 Jan 1970 00:00:00 GMT")
        .header("Cache-Control", "csv")
        .header("X-Id", "3")
        .header("X-Kind", "csv")
        .no_header("X-None")
        .body("r3");
    get_at(dynamic(), "/1?csv")
        .await
        .status(200)
        .inline()
        .no_header("Last-Modified")
        .body("");
}

#[tokio::test]
async fn an_error_in_an_option_is_the_response() {
    get_at(dynamic(), "/0?csv")
        .await
        .status(418)
        .body("no revisions");
    get_at(dynamic(), "/0").await.status(400);
}

#[tokio::test]
async fn an_error_in_an_option_that_is_not_a_response_is_500() {
    #[derive(DownloadView)]
    #[download_view(size = self.size())]
    struct Broken(#[download_view(content)] String);

    impl Broken {
        fn size(&self) -> io::Result<u64> {
            Err(io::Error::other(self.0.clone()))
        }
    }

    serve_view(Broken("the password".to_owned()))
        .await
        .status(500)
        .body("");
}

#[tokio::test]
async fn a_basename_can_format_fields() {
    #[derive(DownloadView)]
    #[download_view(basename = "{r}-{id:04}-{r:>width$}{{{name:?}}}-{type}.txt")]
    struct Named {
        id: u8,
        r: char,
        width: usize,
        name: &'static str,
        r#type: String,
        #[download_view(content)]
        text: &'static str,
    }

    let named = Named {
        id: 7,
        r: 'é',
        width: 3,
        name: "x",
        r#type: "a/b".to_owned(),
        text: "",
    };
    serve_view(named)
        .await
        .basename("é-0007-  é{\"x\"}-a_b.txt");
}

#[tokio::test]
async fn a_basename_can_format_fields_of_a_tuple() {
    #[derive(DownloadView)]
    #[download_view(basename = "{2:03}{{0}}-{0}.txt")]
    struct Tuple(&'static str, #[download_view(content)] &'static str, u8);

    serve_view(Tuple("a", "text", 7))
        .await
        .basename("007{0}-a.txt")
        .body("text");
}

#[tokio::test]
async fn on_finish_and_stall_timeout_can_be_expressions() {
    #[derive(DownloadView)]
    #[download_view(
        stall_timeout = self.timeout,
        on_finish = {
            let sender = self.sender.clone();
            move |outcome| sender.send(outcome.bytes).unwrap()
        },
    )]
    struct View {
        timeout: Duration,
        sender: mpsc::Sender<u64>,
        #[download_view(content)]
        text: String,
    }

    let (sender, receiver) = mpsc::channel();
    let timeout = Duration::from_secs(5);
    serve_view(View {
        timeout,
        sender,
        text: "text".to_owned(),
    })
    .await
    .body("text");
    assert_eq!(receiver.iter().collect::<Vec<_>>(), [4]);
}

#[tokio::test]
async fn on_finish_copies_the_fields_that_it_uses() {
    #[derive(DownloadView)]
    #[download_view(
        on_finish = |outcome| {
            let message = format!("{} {}", self.r#type, outcome.bytes);
            self.sender.send(message).unwrap();
        },
    )]
    struct View {
        r#type: String,
        sender: mpsc::Sender<String>,
        #[download_view(content)]
        rows: Box<dyn Iterator<Item = String> + Send>,
    }

    let (sender, receiver) = mpsc::channel();
    serve_view(View {
        r#type: "rows".to_owned(),
        sender,
        rows: Box::new(["a".to_owned()].into_iter()),
    })
    .await
    .body("a");
    assert_eq!(receiver.iter().collect::<Vec<_>>(), ["rows 1"]);
}

#[tokio::test]
async fn the_content_of_a_view_may_be_a_view() {
    #[derive(DownloadView)]
    #[download_view(basename = "outer.txt", etag = "outer")]
    struct Outer(#[download_view(content)] Inner);

    #[derive(DownloadView)]
    #[download_view(basename = "inner.txt", etag = "inner")]
    struct Inner {
        #[download_view(content)]
        text: &'static str,
    }

    let outer = Outer(Inner { text: "text" });
    serve_view(outer)
        .await
        .basename("inner.txt")
        .etag("outer")
        .body("text");
}

#[tokio::test]
async fn content_that_is_none_is_404_and_an_error_is_the_response() {
    #[derive(DownloadView)]
    struct Perhaps(#[download_view(content)] Option<Result<String, StatusCode>>);

    serve_view(Perhaps(None)).await.status(404);
    serve_view(Perhaps(Some(Err(StatusCode::GONE))))
        .await
        .status(410);
    serve_view(Perhaps(Some(Ok("text".to_owned()))))
        .await
        .status(200)
        .body("text");
}

#[tokio::test]
async fn a_function_can_return_a_struct_view() {
    #[downloadview::download_view(
        basename = "function.pdf",
        etag = "function",
        cache_control = "no-cache"
    )]
    async fn render(Path(name): Path<String>) -> Result<Rendered, StatusCode> {
        Ok(Rendered {
            name,
            get_at: SystemTime::UNIX_EPOCH,
            revision: "struct".to_owned(),
            pdf: vec![1],
        })
    }

    let router = Router::new().route("/{name}", get(render));
    get_at(router, "/a.pdf")
        .await
        .basename("a.pdf")
        .attachment()
        .etag("function")
        .header("Cache-Control", "no-cache")
        .body([1]);
}

#[tokio::test]
async fn a_field_can_hold_a_response() {
    #[derive(DownloadView)]
    #[download_view(basename = "held.txt")]
    struct Held(#[download_view(content)] Response);

    serve_view(Held(Response::new(Body::from("text"))))
        .await
        .basename("held.txt")
        .body("text");
}
