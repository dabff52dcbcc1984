//! `Defaults`: settings for all downloads of a router, and their precedence.

use std::{
    io::{self, Write},
    panic::AssertUnwindSafe,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use axum::{
    Router,
    body::Body,
    extract::Path,
    http::{Request, StatusCode},
    response::{IntoResponse, Response},
    routing::{any, get},
};
use downloadview::{
    Content, Defaults, Download, DownloadRequest, DownloadView, End, Outcome, download_view,
};
use futures::{FutureExt, stream};
use tests::{call::send, log::Log, within};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tower::ServiceExt;

type Outcomes = UnboundedReceiver<(&'static str, Outcome)>;

/// Returns defaults whose callback sends each outcome with a name.
fn observer(name: &'static str, sender: &UnboundedSender<(&'static str, Outcome)>) -> Defaults {
    let sender = sender.clone();
    Defaults::new().on_finish(move |outcome| sender.send((name, outcome)).unwrap())
}

/// Adds an observer to a router and returns the receiver of its outcomes.
fn observed(router: Router) -> (Router, Outcomes) {
    let (sender, receiver) = unbounded_channel();
    (router.layer(observer("layer", &sender)), receiver)
}

async fn next(outcomes: &mut Outcomes) -> (End, u64) {
    let (_, outcome) = within(outcomes.recv()).await.unwrap();
    assert!(
        outcomes.try_recv().is_err(),
        "the outcome was reported twice"
    );
    (outcome.end, outcome.bytes)
}

#[download_view(basename = "text.txt", etag = "v1")]
async fn text() -> &'static str {
    "Hello world!\n"
}

#[download_view(basename = "{what}.txt")]
async fn answer(Path(what): Path<u16>) -> Result<String, StatusCode> {
    match what {
        200 => Ok("found".to_owned()),
        status => Err(StatusCode::from_u16(status).unwrap()),
    }
}

#[download_view]
async fn failing() -> Result<String, io::Error> {
    Err(io::Error::other("no such table"))
}

#[download_view]
async fn slow() -> String {
    futures::future::pending().await
}

#[derive(Clone, DownloadView)]
struct Terms(#[download_view(content)] &'static str);

async fn by_hand(request: DownloadRequest) -> Response {
    Download::from_chunks(["a", "b"].into_iter())
        .respond(&request)
        .await
}

fn router() -> Router {
    Router::new()
        .route("/text", any(text))
        .route("/answer/{what}", get(answer))
        .route("/failing", get(failing))
        .route("/slow", get(slow))
        .route("/terms", get(Terms("Be nice.\n").into_handler()))
        .route("/by-hand", get(by_hand))
}

#[tokio::test]
async fn an_observer_is_notified_once_of_each_download() {
    let (router, mut outcomes) = observed(router());
    for (uri, size) in [
        ("/text", 13),
        ("/terms", 9),
        ("/by-hand", 2),
        ("/answer/200", 5),
    ] {
        let answer = send(router.clone(), "GET", uri, &[]).await;
        assert_eq!((answer.status, answer.body.len()), (200, size), "{uri}");
        let (end, bytes) = next(&mut outcomes).await;
        assert!(matches!(end, End::Completed), "{uri}: {end:?}");
        assert_eq!(bytes, size as u64, "{uri}");
    }
}

#[tokio::test]
async fn an_observer_is_notified_of_responses_without_content() {
    let (router, mut outcomes) = observed(router());
    for (method, uri, field, status) in [
        ("HEAD", "/text", ("X", "x"), 200),
        ("GET", "/text", ("If-None-Match", "\"v1\""), 304),
        ("GET", "/text", ("If-Match", "\"v2\""), 412),
        ("GET", "/text", ("Range", "bytes=13-"), 416),
        ("GET", "/answer/404", ("X", "x"), 404),
    ] {
        let answer = send(router.clone(), method, uri, &[field]).await;
        assert_eq!(answer.status, status);
        let (end, bytes) = next(&mut outcomes).await;
        assert!(
            !matches!(end, End::Completed | End::Failed(_)),
            "{status}: {end:?}"
        );
        assert_eq!(bytes, 0);
    }
    assert_eq!(send(router, "GET", "/failing", &[]).await.status, 500);
    assert!(matches!(next(&mut outcomes).await.0, End::Failed(_)));
}

/// Returns a tag, or fails in the way that `what` names.
fn tag(what: &str) -> Result<Result<&'static str, StatusCode>, io::Error> {
    match what {
        "refused" => Ok(Err(StatusCode::FORBIDDEN)),
        "failed" => Err(io::Error::other("no ink")),
        "good" => Ok(Ok("v1")),
        _ => panic!("no paper"),
    }
}

#[download_view(etag = tag(&what))]
async fn optional(Path(what): Path<String>) -> &'static str {
    "text"
}

#[derive(Clone, DownloadView)]
#[download_view(etag = tag(self.what))]
struct Optional {
    what: &'static str,
    #[download_view(content)]
    text: &'static str,
}

fn optional_router() -> Router {
    let structure = |what| get(Optional { what, text: "text" }.into_handler());
    Router::new()
        .route("/function/{what}", any(optional))
        .route("/struct/refused", structure("refused"))
        .route("/struct/failed", structure("failed"))
        .route("/struct/panicked", structure("panicked"))
        .route("/struct/good", structure("good"))
}

#[tokio::test]
async fn an_observer_is_notified_of_options_that_refuse_or_fail() {
    let (router, mut outcomes) = observed(optional_router());
    for view in ["function", "struct"] {
        for (what, status, expected) in [
            ("good", Some(200), "Completed"),
            ("refused", Some(403), "Refused"),
            ("failed", Some(500), "no ink"),
            ("panicked", None, "panicked"),
        ] {
            let uri = format!("/{view}/{what}");
            let answer = send(router.clone(), "GET", &uri, &[]);
            let answer = AssertUnwindSafe(answer).catch_unwind().await;
            assert_eq!(answer.ok().map(|answer| answer.status), status, "{uri}");
            let (_, outcome) = within(outcomes.recv()).await.unwrap();
            assert!(outcomes.try_recv().is_err(), "{uri} is reported twice");
            let end = format!("{:?}", outcome.end);
            assert!(end.contains(expected), "{uri}: {end}");
            let reported = outcome.status.map(|status| status.as_u16());
            assert_eq!(reported, status, "{uri}");
        }
    }
}

#[tokio::test]
async fn an_option_that_fails_is_logged_once_as_an_error() {
    let log = Log::start();
    let (router, mut outcomes) = observed(optional_router());
    for uri in ["/function/failed", "/struct/failed"] {
        assert_eq!(send(router.clone(), "GET", uri, &[]).await.status, 500);
        within(outcomes.recv()).await.unwrap();
        let lines = log.take();
        assert_eq!(lines.len(), 1, "{uri}: {lines:?}");
    }
}

#[tokio::test]
async fn an_observer_is_notified_if_the_client_leaves_while_the_function_runs() {
    let (router, mut outcomes) = observed(router());
    let request = Request::get("/slow").body(Body::empty()).unwrap();
    let answer = router.oneshot(request);
    assert!(
        tokio::time::timeout(Duration::from_millis(20), answer)
            .await
            .is_err()
    );
    assert!(matches!(next(&mut outcomes).await.0, End::ClientLeft));
}

#[tokio::test]
async fn a_request_that_reaches_no_view_is_not_observed() {
    let (router, mut outcomes) = observed(router());
    let answer = send(router.clone(), "GET", "/answer/many", &[]).await;
    assert_eq!(answer.status, 400);
    assert_eq!(send(router, "GET", "/none", &[]).await.status, 404);
    assert!(outcomes.try_recv().is_err());
}

#[tokio::test]
async fn observers_of_nested_layers_and_of_the_download_are_all_called() {
    let (sender, mut outcomes) = unbounded_channel();
    let own = sender.clone();
    let view = move |request: DownloadRequest| {
        let own = own.clone();
        let download = Download::new("text").on_finish(move |outcome| {
            own.send(("own", outcome)).unwrap();
        });
        async move { download.respond(&request).await }
    };
    let inner = Router::new()
        .route("/", get(view))
        .layer(observer("inner", &sender));
    let router = Router::new()
        .nest("/nested", inner)
        .layer(observer("outer", &sender));
    send(router, "GET", "/nested", &[]).await;
    let mut names = Vec::new();
    while let Ok((name, outcome)) = outcomes.try_recv() {
        assert_eq!(outcome.bytes, 4);
        names.push(name);
    }
    names.sort_unstable();
    assert_eq!(names, ["inner", "outer", "own"]);
}

/// Returns the end of a download whose body is not read, or `None` if it has not ended after 200 ms.
async fn end_without_a_reader(layers: &[Defaults], option: Option<Duration>) -> Option<End> {
    let (sender, mut receiver) = unbounded_channel();
    let view = move |request: DownloadRequest| {
        let sender = sender.clone();
        let endless = Download::from_stream(stream::repeat("0123456789abcdef"));
        let endless = endless.on_finish(move |outcome| sender.send(outcome.end).unwrap());
        let endless = match option {
            Some(timeout) => endless.send_timeout(timeout),
            None => endless,
        };
        async move { endless.respond(&request).await }
    };
    let router = Router::new().route("/", get(view));
    let router = layers
        .iter()
        .fold(router, |router, layer| router.layer(layer.clone()));
    let request = Request::get("/").body(Body::empty()).unwrap();
    let _response = router.oneshot(request).await.unwrap();
    let end = tokio::time::timeout(Duration::from_millis(200), receiver.recv()).await;
    end.ok().flatten()
}

#[tokio::test]
async fn the_send_timeout_of_the_download_then_of_the_inner_layer_takes_precedence() {
    let short = Defaults::new().send_timeout(Duration::from_millis(20));
    let long = Defaults::new().send_timeout(Duration::from_secs(60));
    let unset = Defaults::new();
    for (layers, option, is_expected) in [
        (vec![], None, false),
        (vec![short.clone()], None, true),
        (vec![long.clone(), short.clone()], None, false),
        (vec![short.clone(), long.clone()], None, true),
        (vec![unset.clone(), short.clone()], None, true),
        (vec![short.clone(), unset], None, true),
        (vec![short], Some(Duration::MAX), false),
        (vec![long], Some(Duration::from_millis(20)), true),
    ] {
        let end = end_without_a_reader(&layers, option).await;
        let is_stalled = matches!(end, Some(End::ClientStalled));
        assert_eq!(is_stalled, is_expected, "{layers:?} {option:?}: {end:?}");
    }
}

#[tokio::test]
async fn a_panicking_callback_does_not_affect_other_callbacks_or_the_download() {
    let calls = Arc::new(AtomicUsize::new(0));
    let counter = Arc::clone(&calls);
    let defaults =
        Defaults::new()
            .on_finish(|_| panic!("no disk"))
            .on_finish(move |outcome: Outcome| {
                assert!(matches!(outcome.end, End::Completed));
                counter.fetch_add(1, Ordering::SeqCst);
            });
    let write = |out: &mut dyn Write| -> io::Result<()> { out.write_all(b"text") };
    let view = move |request: DownloadRequest| async move {
        Download::new(Content::from_writer(write))
            .respond(&request)
            .await
    };
    let router = Router::new().route("/", get(view)).layer(defaults);
    assert_eq!(send(router, "GET", "/", &[]).await.text(), "text");
    assert_eq!(calls.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn a_layer_does_not_change_other_handlers() {
    let plain = || async { StatusCode::NO_CONTENT.into_response() };
    let router = Router::new().route("/", get(plain)).layer(Defaults::new());
    assert_eq!(send(router, "GET", "/", &[]).await.status, 204);
}

#[test]
#[should_panic(expected = "`send_timeout` cannot be zero")]
fn a_send_timeout_of_zero_is_refused_when_the_router_is_built() {
    let _ = Defaults::new().send_timeout(Duration::ZERO);
}
