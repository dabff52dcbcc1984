//! Struct views in an application: how they are extracted, configured and returned, and when their content is created.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
        mpsc,
    },
    time::Duration,
};

use axum::{
    Router,
    body::Body,
    extract::{FromRef, FromRequestParts, Path, State},
    http::{HeaderValue, Request, StatusCode, header},
    middleware::{self, Next},
    response::{IntoResponse, Response},
    routing::{any, get},
};
use downloadview::{
    Content, DownloadRequest, DownloadView, IntoContent, Metadata, download_view, serve,
    testing::{Downloaded, assert_download},
};
use tests::{http1::Connection, limited, log::Log, message, server::Server};
use tower::ServiceExt;

async fn send(router: &Router, request: axum::http::request::Builder) -> Downloaded {
    let request = request.body(Body::empty()).unwrap();
    assert_download(router.clone().oneshot(request).await.unwrap()).await
}

async fn get_at(router: &Router, uri: &str) -> Downloaded {
    send(router, Request::get(uri)).await
}

/// Counts the calls of a content method.
#[derive(Clone, Default)]
struct Calls(Arc<AtomicUsize>);

impl Calls {
    fn count(&self) -> usize {
        self.0.load(Ordering::Relaxed)
    }
}

#[derive(Clone, DownloadView)]
#[download_view(basename = "counted.txt", etag = "v1", size = 7, content = text)]
struct Counted {
    calls: Calls,
}

impl Counted {
    fn text(&self) -> &'static str {
        self.calls.0.fetch_add(1, Ordering::Relaxed);
        "content"
    }
}

#[tokio::test]
async fn content_is_not_created_if_the_metadata_determines_the_response() {
    let calls = Calls::default();
    let view = Counted {
        calls: calls.clone(),
    };
    let router = Router::new().route("/", any(view.into_handler()));
    for (request, status) in [
        (Request::get("/").header("If-None-Match", "\"v1\""), 304),
        (Request::get("/").header("If-Match", "\"v2\""), 412),
        (Request::get("/").header("Range", "bytes=7-"), 416),
        (Request::head("/"), 200),
    ] {
        send(&router, request).await.status(status).body("");
        assert_eq!(calls.count(), 0, "{status}");
    }
    get_at(&router, "/").await.status(200).body("content");
    send(&router, Request::get("/").header("Range", "bytes=-3"))
        .await
        .status(206)
        .body("ent");
    send(
        &router,
        Request::post("/").header("If-None-Match", "\"v1\""),
    )
    .await
    .status(200);
    assert_eq!(calls.count(), 3);
}

/// A view that implements the trait manually.
#[derive(Clone)]
struct ByHand {
    calls: Calls,
    sender: mpsc::Sender<u64>,
}

impl DownloadView for ByHand {
    async fn metadata(&self) -> Result<Metadata, Response> {
        let sender = self.sender.clone();
        Ok(Metadata::new()
            .basename("by-hand.txt")
            .last_modified(std::time::SystemTime::UNIX_EPOCH)
            .stall_timeout(Duration::from_secs(5))
            .on_finish(move |outcome| sender.send(outcome.bytes).unwrap()))
    }

    async fn content(self) -> Result<Content, Response> {
        match self.calls.0.fetch_add(1, Ordering::Relaxed) {
            0 => Ok(Content::from_text("content")),
            _ => Err(StatusCode::GONE.into_response()),
        }
    }
}

#[tokio::test]
async fn the_trait_can_be_implemented_manually() {
    let (sender, receiver) = mpsc::channel();
    let view = ByHand {
        calls: Calls::default(),
        sender,
    };
    let router = Router::new().route("/", get(view.clone().into_handler()));
    let seen = Request::get("/").header("If-Modified-Since", "Thu, 01 Jan 1970 00:00:00 GMT");
    send(&router, seen).await.status(304);
    assert_eq!((receiver.recv(), view.calls.count()), (Ok(0), 0));
    get_at(&router, "/")
        .await
        .status(200)
        .basename("by-hand.txt")
        .body("content");
    assert_eq!(receiver.recv(), Ok(7));
    get_at(&router, "/").await.status(410);
    assert_eq!((receiver.recv(), view.calls.count()), (Ok(0), 2));
}

#[tokio::test]
async fn an_error_as_metadata_is_the_response() {
    #[derive(Clone)]
    struct Refused;

    impl DownloadView for Refused {
        async fn metadata(&self) -> Result<Metadata, Response> {
            Err((StatusCode::FORBIDDEN, "not yours").into_response())
        }

        async fn content(self) -> Result<Content, Response> {
            unreachable!("access is refused")
        }
    }

    let router = Router::new().route("/", get(Refused.into_handler()));
    get_at(&router, "/").await.status(403).body("not yours");
}

#[derive(Clone)]
struct Db(&'static str);

#[derive(Clone, FromRef)]
struct App {
    db: Db,
    calls: Calls,
}

#[derive(FromRequestParts, DownloadView)]
#[from_request(state(App))]
#[download_view(basename = "{name}.txt", content = text)]
struct Named {
    #[from_request(via(Path))]
    name: String,
    #[from_request(via(State))]
    db: Db,
    method: axum::http::Method,
}

impl Named {
    async fn text(self) -> String {
        tokio::task::yield_now().await;
        format!("{} {} {}", self.method, self.db.0, self.name)
    }
}

#[tokio::test]
async fn a_view_extracts_parts_of_the_state() {
    let app = App {
        db: Db("rows"),
        calls: Calls::default(),
    };
    let router = Router::new()
        .route("/{name}", get(serve::<Named>))
        .with_state(app);
    get_at(&router, "/a")
        .await
        .basename("a.txt")
        .body("GET rows a");
    send(&router, Request::head("/a"))
        .await
        .status(200)
        .basename("a.txt")
        .body("");
}

async fn mark(request: axum::extract::Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    response
        .headers_mut()
        .insert("X-Marked", HeaderValue::from_static("yes"));
    response
}

#[tokio::test]
async fn views_work_in_nested_routers_with_middleware() {
    let app = App {
        db: Db("rows"),
        calls: Calls::default(),
    };
    let calls = app.calls.clone();
    let inner = Router::new()
        .route("/named/{name}", get(serve::<Named>))
        .route("/counted", get(Counted { calls }.into_handler()))
        .layer(middleware::from_fn(mark));
    let router = Router::new().nest("/files", inner).with_state(app);
    get_at(&router, "/files/named/b")
        .await
        .header("X-Marked", "yes")
        .body("GET rows b");
    get_at(&router, "/files/counted")
        .await
        .header("X-Marked", "yes")
        .etag("v1")
        .body("content");
}

#[tokio::test]
async fn a_rejection_is_that_of_the_extractor() {
    #[derive(FromRequestParts, DownloadView)]
    #[download_view(content = text)]
    struct Numbered {
        #[from_request(via(Path))]
        id: u32,
    }

    impl Numbered {
        fn text(self) -> String {
            self.id.to_string()
        }
    }

    let router = Router::new().route("/{id}", get(serve::<Numbered>));
    get_at(&router, "/7").await.status(200).body("7");
    get_at(&router, "/x").await.status(400);
}

#[tokio::test]
async fn one_type_can_serve_several_routes() {
    #[derive(Clone, DownloadView)]
    struct Page {
        #[download_view(basename)]
        name: &'static str,
        #[download_view(attachment)]
        save: bool,
        #[download_view(content)]
        text: &'static str,
    }

    let page = |name, save| {
        Page {
            name,
            save,
            text: "text",
        }
        .into_handler()
    };
    let router = Router::new()
        .route("/show", get(page("show.html", false)))
        .route("/save", get(page("save.html", true)));
    for _ in 0..2 {
        get_at(&router, "/show")
            .await
            .inline()
            .basename("show.html")
            .content_type("text/html");
        get_at(&router, "/save")
            .await
            .attachment()
            .basename("save.html")
            .body("text");
    }
}

#[tokio::test]
async fn options_of_a_returned_view_take_precedence_except_its_validators() {
    #[derive(DownloadView)]
    #[download_view(
        basename = "own.csv",
        cache_control = "no-cache",
        etag = "own",
        header("X-Own", "own")
    )]
    struct Own(#[download_view(content)] &'static str);

    #[download_view(
        basename = "function.txt",
        attachment,
        etag = "function",
        header("X-Own", "function")
    )]
    async fn view() -> Own {
        Own("text")
    }

    let router = Router::new().route("/", get(view));
    get_at(&router, "/")
        .await
        .basename("own.csv")
        .content_type("text/csv")
        .attachment()
        .header("Cache-Control", "no-cache")
        .header("X-Own", "own")
        .etag("function")
        .body("text");
}

#[tokio::test]
async fn a_view_can_be_served_in_a_test() {
    let view = Counted {
        calls: Calls::default(),
    };
    let response = serve(DownloadRequest::default(), view).await;
    assert_eq!(response.headers()[header::ETAG], "\"v1\"");
}

#[derive(Clone, DownloadView)]
#[download_view(basename = "rows.csv", etag = "rows", size = 300_000, content = rows)]
struct Rows {
    count: u32,
}

impl Rows {
    fn rows(&self) -> impl Iterator<Item = String> + use<> {
        (0..self.count).map(|row| format!("{row:09}\n"))
    }
}

#[tokio::test]
async fn a_generated_view_is_resumed_over_a_socket() {
    limited(async {
        let router = Router::new().route("/rows", get(Rows { count: 30_000 }.into_handler()));
        let server = Server::start(router).await;
        let mut connection = Connection::open(&server).await;
        let head = connection.exchange(&message::Request::head("/rows")).await;
        assert_eq!((head.status, head.content_length()), (200, Some(300_000)));
        let whole = connection.exchange(&message::Request::get("/rows")).await;
        assert_eq!((whole.status, whole.body.len()), (200, 300_000));
        assert_eq!(
            whole.field("content-disposition"),
            Some("inline; filename=\"rows.csv\"")
        );
        let rest = message::Request::get("/rows")
            .field("Range", "bytes=299990-")
            .field("If-Range", "\"rows\"");
        let rest = connection.exchange(&rest).await;
        assert_eq!((rest.status, &rest.body[..]), (206, &b"000029999\n"[..]));
        let again = message::Request::get("/rows").field("If-None-Match", "\"rows\"");
        assert_eq!(connection.exchange(&again).await.status, 304);
    })
    .await;
}

#[tokio::test]
async fn a_failed_view_is_logged_with_the_name_of_its_type() {
    #[derive(DownloadView)]
    #[download_view(content = text)]
    struct Failing<T: Into<u8>>(T);

    impl<T: Into<u8>> Failing<T> {
        fn text(self) -> std::io::Result<String> {
            Err(std::io::Error::other(format!("no row {}", self.0.into())))
        }
    }

    #[derive(DownloadView)]
    #[download_view(size = 5)]
    struct Short<T: IntoContent>(#[download_view(content)] T);

    let log = Log::start();
    let response = serve(DownloadRequest::default(), Failing(7_u8)).await;
    assert_eq!(response.status(), 500);
    let line = log.take().concat();
    assert!(
        line.contains("view=\"Failing\"") && line.contains("no row 7"),
        "{line}"
    );
    serve(DownloadRequest::default(), Short("four")).await;
    let line = log.take().concat();
    assert!(line.contains("view=\"Short\""), "{line}");
}

#[tokio::test]
async fn a_panic_in_the_content_is_reported_as_a_failure() {
    struct Panicking(std::sync::mpsc::Sender<String>);

    impl DownloadView for Panicking {
        async fn metadata(&self) -> Result<Metadata, Response> {
            let sender = self.0.clone();
            let report =
                move |outcome: downloadview::Outcome| sender.send(format!("{:?}", outcome.end));
            Ok(Metadata::new().on_finish(move |outcome| report(outcome).unwrap()))
        }

        async fn content(self) -> Result<Content, Response> {
            panic!("no paper")
        }
    }

    let (sender, receiver) = std::sync::mpsc::channel();
    let served = tokio::spawn(async { serve(DownloadRequest::default(), Panicking(sender)).await });
    assert!(served.await.unwrap_err().is_panic());
    let ends: Vec<_> = receiver.iter().collect();
    assert!(ends.len() == 1 && ends[0].starts_with("Failed"), "{ends:?}");
}
