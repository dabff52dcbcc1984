//! The options of `#[download_view]`: literals, expressions that use the arguments, and the time of their evaluation.

use std::{
    io,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
        mpsc,
    },
    time::{Duration, SystemTime},
};

use axum::{
    Router,
    extract::{Path, State},
    http::{HeaderValue, StatusCode},
    routing::{MethodRouter, any},
};
use downloadview::{DownloadRequest, End, Outcome, download_view};
use futures::{FutureExt, Stream, stream};
use tests::call::{Answer, download, get, send};

/// Counts the calls of a function.
#[derive(Clone, Default)]
struct Runs(Arc<AtomicUsize>);

impl Runs {
    fn count(&self) -> usize {
        self.0.load(Ordering::Relaxed)
    }

    fn run(&self) -> &'static str {
        self.0.fetch_add(1, Ordering::Relaxed);
        "content"
    }
}

async fn get_at(router: Router, uri: &str) -> Answer {
    send(router, "GET", uri, &[]).await
}

#[tokio::test]
async fn literals_become_header_fields() {
    #[download_view(
        basename = "table.csv",
        attachment,
        content_type = "text/csv; header=present",
        charset = "iso-8859-1",
        size = 3,
        etag = "v1",
        cache_control = "private, max-age=60",
        header("X-Text", "text"),
        header("X-Text", "twice"),
        header("Content-Language", "en")
    )]
    async fn view() -> Vec<u8> {
        b"a;b".to_vec()
    }

    download(&Router::new().route("/", any(view)), "/")
        .await
        .attachment()
        .basename("table.csv")
        .content_type("text/csv; header=present; charset=iso-8859-1")
        .size(3)
        .etag("v1")
        .header("Cache-Control", "private, max-age=60")
        .header("X-Text", "text")
        .header("X-Text", "twice")
        .header("Content-Language", "en")
        .body("a;b");
}

#[tokio::test]
async fn switches_are_flags_or_expressions() {
    #[download_view(basename = "a", inline)]
    fn explicit() -> &'static str {
        ""
    }
    #[download_view(basename = "a", attachment = false)]
    fn literal() -> &'static str {
        ""
    }
    #[download_view(basename = "a", attachment = save)]
    fn expression(Path(save): Path<bool>) -> &'static str {
        ""
    }

    let router = Router::new()
        .route("/explicit", any(explicit))
        .route("/literal", any(literal))
        .route("/{save}", any(expression));
    download(&router, "/explicit").await.inline().basename("a");
    download(&router, "/literal").await.inline().basename("a");
    download(&router, "/true").await.attachment().basename("a");
    download(&router, "/false").await.inline().basename("a");
}

#[tokio::test]
async fn a_basename_can_format_arguments() {
    #[download_view(basename = "{name}-{id:04}{{{name:?}}}.txt")]
    fn view(Path((id, name)): Path<(u32, String)>) -> &'static str {
        "content"
    }

    let router = Router::new().route("/{id}/{name}", any(view));
    let answer = get_at(router.clone(), "/7/x").await;
    assert_eq!(
        answer.field("content-disposition"),
        r#"inline; filename="x-0007{_x_}.txt"; filename*=UTF-8''x-0007%7B%22x%22%7D.txt"#
    );
}

#[tokio::test]
async fn a_slash_in_a_value_is_replaced() {
    #[download_view(basename = "of-{name}.txt")]
    fn view(Path(name): Path<String>) -> &'static str {
        "content"
    }

    let router = Router::new().route("/{name}", any(view));
    let answer = get_at(router, "/a%2Fb%5Cc").await;
    assert_eq!(
        answer.field("content-disposition"),
        "inline; filename=\"of-a_b_c.txt\""
    );
}

#[tokio::test]
async fn a_slash_at_the_end_of_a_value_does_not_hide_the_extension() {
    #[download_view(basename = "{name}")]
    fn view(Path(name): Path<String>) -> &'static str {
        "content"
    }

    let router = Router::new().route("/{name}", any(view));
    let answer = get_at(router, "/plans.pdf%2F%5C").await;
    assert_eq!(
        answer.field("content-disposition"),
        "inline; filename=\"plans.pdf\""
    );
    assert_eq!(answer.field("content-type"), "application/pdf");
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

fn dynamic(runs: Runs) -> Router {
    #[download_view(
        basename = name,
        attachment = *id > 2,
        content_type = format!("text/{name}"),
        etag = db.revision(*id).await,
        last_modified = (*id > 2).then(|| SystemTime::UNIX_EPOCH + Duration::from_secs(1)),
        cache_control = Some(name),
        header("X-Id", id),
        header("X-Name", name),
        header("X-Value", HeaderValue::from_static("v")),
        header("X-None", None::<String>),
        stall_timeout = Duration::from_secs(u64::from(*id)),
    )]
    async fn view(
        Path((id, name)): Path<(u32, String)>,
        State((db, runs)): State<(Db, Runs)>,
    ) -> &'static str {
        runs.run()
    }

    Router::new()
        .route("/{id}/{name}", any(view))
        .with_state((Db, runs))
}

#[tokio::test]
async fn expressions_use_the_arguments_by_reference() {
    download(&dynamic(Runs::default()), "/3/csv")
        .await
        .status(200)
        .attachment()
        .basename("csv")
        .content_type("text/csv; charset=utf-8")
        .etag("r3")
        .header("Last-Modified", "Thu, 01 Jan 1970 00:00:01 GMT")
        .header("Cache-Control", "csv")
        .header("X-Id", "3")
        .header("X-Name", "csv")
        .header("X-Value", "v")
        .no_header("X-None");
}

#[tokio::test]
async fn an_option_that_is_none_is_not_set() {
    let answer = get_at(dynamic(Runs::default()), "/1/csv").await;
    assert_eq!((answer.status, answer.text()), (200, "content"));
    assert_eq!(answer.field("last-modified"), "");
    assert_ne!(answer.field("etag"), "\"r1\"");
}

#[tokio::test]
async fn an_error_in_an_option_is_the_response_and_the_function_does_not_run() {
    let runs = Runs::default();
    let answer = get_at(dynamic(runs.clone()), "/0/csv").await;
    assert_eq!((answer.status, answer.text()), (418, "no revisions"));
    assert_eq!(runs.count(), 0);
}

#[tokio::test]
async fn an_error_in_an_option_that_is_not_a_response_is_500() {
    fn broken() -> io::Result<u64> {
        Err(io::Error::other("the password"))
    }
    #[download_view(size = broken())]
    fn view() -> &'static str {
        "content"
    }

    let answer = get(view).await;
    assert_eq!((answer.status, answer.text()), (500, ""));
}

#[tokio::test]
async fn the_function_does_not_run_if_its_options_determine_the_response() {
    #[download_view(etag = "v1", size = 7)]
    async fn view(State(runs): State<Runs>) -> &'static str {
        runs.run()
    }

    let runs = Runs::default();
    let router = Router::new().route("/", any(view)).with_state(runs.clone());
    let not_modified = send(router.clone(), "GET", "/", &[("if-none-match", "\"v1\"")]).await;
    assert_eq!((not_modified.status, runs.count()), (304, 0));
    let failed = send(router.clone(), "GET", "/", &[("if-match", "\"v2\"")]).await;
    assert_eq!((failed.status, runs.count()), (412, 0));
    let beyond = send(router.clone(), "GET", "/", &[("range", "bytes=7-")]).await;
    assert_eq!((beyond.status, runs.count()), (416, 0));
    let whole = send(router, "GET", "/", &[("if-none-match", "\"v2\"")]).await;
    assert_eq!(
        (whole.status, whole.text(), runs.count()),
        (200, "content", 1)
    );
}

#[tokio::test]
async fn options_accept_values_and_references() {
    #[derive(Clone)]
    struct All {
        text: String,
        caching: String,
        shared: Arc<str>,
        maybe: Option<String>,
        flag: Option<bool>,
        size: u64,
        time: SystemTime,
    }
    #[download_view(
        basename = &all.shared,
        etag = all.maybe,
        cache_control = all.caching.as_str(),
        content_type = &&all.text,
        attachment = &all.flag,
        size = &all.size,
        last_modified = &all.time,
        header("X-A", &all.text),
        header("X-B", all.maybe.as_ref()),
        header("X-C", 5),
    )]
    fn view(State(all): State<All>) -> impl Stream<Item = &'static str> {
        stream::iter(["content"])
    }

    let all = All {
        text: "text/x".to_owned(),
        caching: "no-store".to_owned(),
        shared: "shared".into(),
        maybe: Some("maybe".to_owned()),
        flag: Some(true),
        size: 7,
        time: SystemTime::UNIX_EPOCH,
    };
    download(&Router::new().route("/", any(view)).with_state(all), "/")
        .await
        .attachment()
        .basename("shared")
        .etag("maybe")
        .size(7)
        .header("X-A", "text/x")
        .header("X-B", "maybe")
        .header("X-C", "5");
}

/// A state that cannot be cloned.
struct Known {
    revision: Result<String, io::Error>,
    name: Option<Result<Text, StatusCode>>,
    owner: Option<Text>,
}

/// Text that is not `Clone`.
struct Text(&'static str);

impl AsRef<str> for Text {
    fn as_ref(&self) -> &str {
        self.0
    }
}

fn known(known: Known) -> Router {
    #[download_view(etag = &known.revision, basename = known.name, cache_control = &known.owner)]
    fn view(State(known): State<Arc<Known>>) -> &'static str {
        "content"
    }

    Router::new()
        .route("/", any(view))
        .with_state(Arc::new(known))
}

#[tokio::test]
async fn options_accept_references_to_results_and_options() {
    let all = Known {
        revision: Ok("r1".to_owned()),
        name: Some(Ok(Text("a.txt"))),
        owner: Some(Text("private")),
    };
    let answer = get_at(known(all), "/").await;
    assert_eq!(answer.field("etag"), "\"r1\"");
    assert_eq!(
        answer.field("content-disposition"),
        "inline; filename=\"a.txt\""
    );
    assert_eq!(answer.field("cache-control"), "private");
    let none = Known {
        revision: Ok("r1".to_owned()),
        name: None,
        owner: None,
    };
    let answer = get_at(known(none), "/").await;
    assert_eq!(answer.field("content-disposition"), "");
}

#[tokio::test]
async fn a_borrowed_error_is_the_response_or_is_logged() {
    let logged = Known {
        revision: Err(io::Error::other("the password")),
        name: None,
        owner: None,
    };
    let answer = get_at(known(logged), "/").await;
    assert_eq!((answer.status, answer.text()), (500, ""));
    let answered = Known {
        revision: Ok(String::new()),
        name: Some(Err(StatusCode::GONE)),
        owner: None,
    };
    assert_eq!(get_at(known(answered), "/").await.status, 410);
}

#[tokio::test]
async fn options_accept_any_form_of_expression() {
    struct Tag {
        id: u32,
    }
    impl Tag {
        fn text(&self) -> String {
            format!("r{}", self.id)
        }
    }
    #[download_view(
        basename = Tag { id: *id }.text() + ".txt",
        etag = if let 1 = *id { "one" } else { "other" },
        size = { 7 },
        attachment = *id == Tag { id: 1 }.id,
        header("X-Tag", Tag { id: *id }.text()),
        on_finish = |_| assert_eq!(Tag { id: 1 }.text(), "r1"),
    )]
    fn view(Path(id): Path<u32>) -> &'static str {
        "content"
    }

    let answer = get_at(Router::new().route("/{id}", any(view)), "/1").await;
    assert_eq!(
        answer.field("content-disposition"),
        "attachment; filename=\"r1.txt\""
    );
    assert_eq!(answer.field("etag"), "\"one\"");
    assert_eq!(answer.field("x-tag"), "r1");
}

#[tokio::test]
async fn on_finish_infers_its_parameter_and_is_called_once() {
    #[download_view(on_finish = {
        let sender = sender.clone();
        move |outcome| sender.send(outcome.bytes).unwrap()
    })]
    fn view(State(sender): State<mpsc::Sender<u64>>) -> &'static str {
        "content"
    }

    let (sender, receiver) = mpsc::channel();
    get_at(Router::new().route("/", any(view)).with_state(sender), "/").await;
    assert_eq!(receiver.iter().collect::<Vec<_>>(), [7]);
}

#[tokio::test]
async fn on_finish_is_called_if_the_function_fails() {
    fn fail(how: &str) -> io::Result<Result<Option<&'static str>, StatusCode>> {
        match how {
            "error" => Err(io::Error::other("no disk")),
            "answer" => Ok(Err(StatusCode::FORBIDDEN)),
            "none" => Ok(Ok(None)),
            how => panic!("{how}"),
        }
    }
    type EndSender = mpsc::Sender<End>;
    #[download_view(on_finish = |outcome| sender.send(outcome.end).unwrap())]
    async fn view(
        Path(how): Path<String>,
        State(sender): State<EndSender>,
    ) -> io::Result<Result<Option<&'static str>, StatusCode>> {
        fail(&how)
    }
    #[download_view(blocking, on_finish = |outcome| sender.send(outcome.end).unwrap())]
    fn blocking(
        Path(how): Path<String>,
        State(sender): State<EndSender>,
    ) -> io::Result<Result<Option<&'static str>, StatusCode>> {
        fail(&how)
    }
    async fn end(view: MethodRouter<EndSender>, uri: &'static str) -> (Option<u16>, String) {
        let (sender, receiver) = mpsc::channel();
        let router = Router::new().route("/{how}", view).with_state(sender);
        let answer = tokio::spawn(async move { get_at(router, uri).await.status });
        let status = answer.await.ok();
        let ends: Vec<End> = receiver.iter().collect();
        let [end] = &ends[..] else { panic!("{ends:?}") };
        match end {
            End::Failed(error) => (status, error.to_string()),
            end => (status, format!("{end:?}")),
        }
    }

    for (uri, status, end_text) in [
        ("/error", Some(500), "no disk"),
        ("/answer", Some(403), "Refused"),
        ("/none", Some(404), "Refused"),
        ("/panic", None, "the view panicked"),
    ] {
        let expected = (status, end_text.to_owned());
        assert_eq!(end(any(view), uri).await, expected, "{uri}");
        assert_eq!(end(any(blocking), uri).await, expected, "blocking {uri}");
    }
}

#[tokio::test]
async fn on_finish_is_called_if_an_earlier_option_fails() {
    #[download_view(
        etag = Err::<&str, _>(StatusCode::GONE),
        on_finish = |outcome| sender.send(outcome).unwrap()
    )]
    async fn refused(State(sender): State<mpsc::Sender<Outcome>>) -> &'static str {
        drop(sender);
        "never"
    }
    #[download_view(
        etag = Err::<&str, _>(io::Error::other("no ink")),
        on_finish = |outcome| sender.send(outcome).unwrap()
    )]
    async fn failed(State(sender): State<mpsc::Sender<Outcome>>) -> &'static str {
        drop(sender);
        "never"
    }

    for (view, status, end_text) in [(any(refused), 410, "Refused"), (any(failed), 500, "no ink")] {
        let (sender, receiver) = mpsc::channel();
        let router = Router::new().route("/", view).with_state(sender);
        assert_eq!(get_at(router, "/").await.status, status);
        let outcomes: Vec<Outcome> = receiver.iter().collect();
        let [outcome] = &outcomes[..] else {
            panic!("{outcomes:?}")
        };
        assert!(
            format!("{:?}", outcome.end).contains(end_text),
            "{outcome:?}"
        );
        assert_eq!(outcome.status.map(|status| status.as_u16()), Some(status));
    }
}

#[tokio::test]
async fn on_finish_is_called_if_the_client_leaves_while_the_function_runs() {
    const WORK: Duration = Duration::from_millis(2);
    #[download_view(on_finish = |outcome| sender.send(outcome).unwrap())]
    async fn view(State(sender): State<mpsc::Sender<Outcome>>) -> &'static str {
        std::thread::sleep(WORK);
        std::future::pending().await
    }

    let (sender, receiver) = mpsc::channel();
    let router = Router::new().route("/", any(view)).with_state(sender);
    assert!(get_at(router, "/").now_or_never().is_none());
    let outcomes: Vec<Outcome> = receiver.iter().collect();
    let [outcome] = &outcomes[..] else {
        panic!("{outcomes:?}")
    };
    assert!(matches!(outcome.end, End::ClientLeft), "{outcome:?}");
    assert!(outcome.elapsed >= WORK, "{outcome:?}");
}

#[tokio::test]
async fn on_finish_may_be_a_function() {
    static CALLS: AtomicUsize = AtomicUsize::new(0);
    fn count(_: Outcome) {
        CALLS.fetch_add(1, Ordering::Relaxed);
    }
    #[download_view(on_finish = count)]
    fn view() -> &'static str {
        "content"
    }

    get(view).await;
    assert_eq!(CALLS.load(Ordering::Relaxed), 1);
}

#[tokio::test]
async fn on_finish_may_be_an_option_or_a_result() {
    #[derive(Clone)]
    struct Audit {
        sink: Option<fn(Outcome)>,
    }
    static CALLS: AtomicUsize = AtomicUsize::new(0);
    fn count(_: Outcome) {
        CALLS.fetch_add(1, Ordering::Relaxed);
    }
    #[download_view(on_finish = (*count_it).then_some(|_: Outcome| count_one()))]
    fn option(Path(count_it): Path<bool>) -> &'static str {
        "content"
    }
    fn count_one() {
        CALLS.fetch_add(1, Ordering::Relaxed);
    }
    #[download_view(on_finish = audit.sink)]
    fn field(State(audit): State<Audit>) -> &'static str {
        "content"
    }
    #[download_view(on_finish = sink)]
    fn argument(State(Audit { sink }): State<Audit>) -> &'static str {
        "content"
    }

    let router = Router::new()
        .route("/option/{count_it}", any(option))
        .route("/field", any(field))
        .route("/argument", any(argument))
        .with_state(Audit { sink: Some(count) });
    for (uri, status, calls) in [
        ("/option/true", 200, 1),
        ("/option/false", 200, 1),
        ("/field", 200, 2),
        ("/argument", 200, 3),
    ] {
        assert_eq!(get_at(router.clone(), uri).await.status, status, "{uri}");
        assert_eq!(CALLS.load(Ordering::Relaxed), calls, "{uri}");
    }
}

#[tokio::test]
async fn on_finish_may_be_generic_and_its_error_is_the_response() {
    #[download_view(on_finish = drop)]
    fn generic() -> &'static str {
        "content"
    }
    #[download_view(on_finish = refused().await)]
    fn result() -> &'static str {
        "content"
    }
    async fn refused() -> Result<fn(Outcome), StatusCode> {
        std::future::ready(Err(StatusCode::FORBIDDEN)).await
    }

    assert_eq!(get(generic).await.status, 200);
    assert_eq!(get(result).await.status, 403);
}

#[tokio::test]
async fn a_blocking_function_runs_on_the_blocking_pool() {
    #[download_view(blocking)]
    fn view() -> Result<String, io::Error> {
        tokio::runtime::Handle::current().block_on(async { Ok("content".to_owned()) })
    }

    assert_eq!(get(view).await.text(), "content");
}

#[tokio::test]
async fn a_panic_in_a_blocking_function_panics_the_view() {
    #[download_view(blocking)]
    fn view() -> &'static str {
        panic!("as in a plain handler")
    }

    let panic = tokio::spawn(get(view)).await.unwrap_err().into_panic();
    assert_eq!(panic.downcast_ref::<&str>(), Some(&"as in a plain handler"));
}

#[tokio::test]
async fn a_view_can_be_called_in_a_test() {
    #[download_view(basename = "{id}.txt")]
    async fn view(Path(id): Path<u32>) -> &'static str {
        "content"
    }

    let response = view(DownloadRequest::default(), Path(7)).await;
    assert_eq!(response.status(), 200);
}

#[tokio::test]
async fn an_on_finish_closure_copies_only_the_arguments_that_it_uses() {
    struct Opaque;

    impl<S: Sync> axum::extract::FromRequestParts<S> for Opaque {
        type Rejection = std::convert::Infallible;

        async fn from_request_parts(
            _: &mut axum::http::request::Parts,
            _: &S,
        ) -> Result<Self, Self::Rejection> {
            Ok(Self)
        }
    }

    // The field, the method and the closure parameter are distinct from the arguments of the same names.
    #[download_view(on_finish = |end| {
        let _ = log.lock().map(|mut log| log.push((end.bytes, format!("{:?}", end.view_name()))));
    })]
    async fn view(
        State(log): State<Log>,
        bytes: Opaque,
        end: Opaque,
        view_name: Opaque,
    ) -> &'static str {
        let _ = (bytes, end, view_name);
        "content"
    }

    let log = Log::default();
    let router = Router::new().route("/", any(view)).with_state(log.clone());
    send(router, "GET", "/", &[]).await;
    assert_eq!(*log.lock().unwrap(), [(7, "()".to_owned())]);
}

type Log = Arc<std::sync::Mutex<Vec<(u64, String)>>>;

trait ViewName {
    fn view_name(&self) {}
}

impl ViewName for Outcome {}

#[tokio::test]
async fn ranges_are_turned_off_by_a_literal_or_an_expression() {
    #[download_view(etag = "v1", ranges = false)]
    async fn never() -> &'static str {
        "content"
    }

    #[download_view(etag = "v1", ranges = *id > 1)]
    async fn later(Path(id): Path<u32>) -> &'static str {
        "content"
    }

    let router = Router::new()
        .route("/never", any(never))
        .route("/later/{id}", any(later));
    for (path, status, accepted) in [
        ("/never", 200, "none"),
        ("/later/1", 200, "none"),
        ("/later/2", 206, "bytes"),
    ] {
        let answer = send(router.clone(), "GET", path, &[("range", "bytes=0-1")]).await;
        assert_eq!(
            (answer.status, answer.field("accept-ranges")),
            (status, accepted),
            "{path}"
        );
    }
}

#[tokio::test]
async fn text_of_unknown_encoding_has_no_charset() {
    #[download_view(basename = "old.txt", no_charset)]
    async fn view() -> Vec<u8> {
        vec![0xe9]
    }

    let answer = send(Router::new().route("/", any(view)), "GET", "/", &[]).await;
    assert_eq!(answer.field("content-type"), "text/plain");
}
