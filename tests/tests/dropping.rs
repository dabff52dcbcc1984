//! Blocking sources are used and dropped only where blocking is allowed, and their destructors do not affect responses.

use std::{
    io::{self, Read, Seek, Write},
    sync::Mutex,
    time::Duration,
};

use axum::{
    Router,
    body::{Body, to_bytes},
    extract::State,
    http::{self, StatusCode},
    response::{IntoResponse, Response},
    routing::any,
};
use downloadview::{
    Content, Download, DownloadRequest, DownloadView, IntoContent, Metadata, download_view, serve,
};
use tests::{
    blocking::{
        self, DropAction, FAULT_MESSAGE, Fault, Kind, Plan, Probe, Problems, Record, Source,
        on_each,
    },
    log::Log,
    message::{Answer, Framing},
    multipart, runtimes, within,
};
use tokio::time::timeout;
use tower::ServiceExt;

/// A size that exceeds the buffers between source and client.
const LONG: usize = 400_000;
const SHORT: usize = 5;

/// A file, a request for it, and the expected response.
#[derive(Clone, Copy, Debug)]
struct Situation {
    name: &'static str,
    plan: Plan,
    size: Option<u64>,
    etag: Option<&'static str>,
    method: &'static str,
    field: Option<(&'static str, &'static str)>,
    status: u16,
    /// The parts of the file in the body, each as its start and its exclusive end.
    parts: &'static [(usize, usize)],
    end: &'static str,
}

const WHOLE: Situation = Situation {
    name: "whole",
    plan: Plan::of(LONG),
    size: None,
    etag: None,
    method: "GET",
    field: None,
    status: 200,
    parts: &[(0, LONG)],
    end: "Completed",
};

const SHORT_FILE: Situation = Situation {
    name: "short",
    plan: Plan::of(SHORT),
    parts: &[(0, SHORT)],
    ..WHOLE
};

const EMPTY: Situation = Situation {
    name: "empty",
    plan: Plan::of(0),
    parts: &[],
    ..WHOLE
};

const SIZED: Situation = Situation {
    name: "sized",
    size: Some(LONG as u64),
    etag: Some("v1"),
    ..WHOLE
};

const SHORT_AND_SIZED: Situation = Situation {
    name: "short and sized",
    size: Some(SHORT as u64),
    ..SHORT_FILE
};

const RANGE: Situation = Situation {
    name: "range",
    field: Some(("Range", "bytes=1000-299999")),
    status: 206,
    parts: &[(1000, 300_000)],
    ..SIZED
};

const LAST_BYTES: Situation = Situation {
    name: "range of the last bytes",
    field: Some(("Range", "bytes=-100")),
    parts: &[(LONG - 100, LONG)],
    ..RANGE
};

const RANGES: Situation = Situation {
    name: "two ranges",
    field: Some(("Range", "bytes=0-99,200000-299999")),
    parts: &[(0, 100), (200_000, 300_000)],
    ..RANGE
};

const NOT_MODIFIED: Situation = Situation {
    name: "304",
    field: Some(("If-None-Match", "\"v1\"")),
    status: 304,
    parts: &[],
    end: "NotSent",
    ..SIZED
};

const FAILED_PRECONDITION: Situation = Situation {
    name: "412",
    field: Some(("If-Match", "\"v2\"")),
    status: 412,
    ..NOT_MODIFIED
};

const UNSATISFIABLE: Situation = Situation {
    name: "416",
    field: Some(("Range", "bytes=400000-")),
    status: 416,
    ..NOT_MODIFIED
};

const HEAD: Situation = Situation {
    name: "HEAD",
    method: "HEAD",
    size: None,
    etag: None,
    field: None,
    status: 200,
    ..NOT_MODIFIED
};

const HEAD_OF_SIZED: Situation = Situation {
    name: "HEAD of a size",
    size: SIZED.size,
    ..HEAD
};

const SENT: [Situation; 8] = [
    WHOLE,
    SHORT_FILE,
    EMPTY,
    SIZED,
    SHORT_AND_SIZED,
    RANGE,
    LAST_BYTES,
    RANGES,
];

const NOT_SENT: [Situation; 5] = [
    NOT_MODIFIED,
    FAILED_PRECONDITION,
    UNSATISFIABLE,
    HEAD,
    HEAD_OF_SIZED,
];

impl Situation {
    const fn with_plan(self, plan: Plan) -> Self {
        Self { plan, ..self }
    }

    const fn with_drop_action(self, drop_action: DropAction) -> Self {
        self.with_plan(self.plan.with_drop_action(drop_action))
    }

    fn request(&self) -> http::Request<Body> {
        let mut request = http::Request::builder().method(self.method);
        if let Some((name, value)) = self.field {
            request = request.header(name, value);
        }
        request.body(Body::empty()).expect("a request")
    }

    fn download_request(&self) -> DownloadRequest {
        DownloadRequest::from_parts(&self.request().into_parts().0)
    }

    fn metadata(&self, probe: &Probe) -> Metadata {
        let mut metadata = Metadata::new().on_finish(probe.listener());
        if let Some(size) = self.size {
            metadata = metadata.size(size);
        }
        if let Some(etag) = self.etag {
            metadata = metadata.etag(etag);
        }
        metadata
    }

    fn download(&self, kind: Kind, probe: &Probe) -> Download {
        let mut download = kind.download(self.plan, probe);
        if let Some(size) = self.size {
            download = download.size(size);
        }
        if let Some(etag) = self.etag {
            download = download.etag(etag);
        }
        download
    }

    fn body(&self) -> Vec<u8> {
        let parts = self.parts.iter();
        parts
            .flat_map(|(start, end)| blocking::bytes(*start, *end))
            .collect()
    }

    /// Returns the expected verdict.
    fn verdict(&self) -> Verdict {
        Verdict {
            answer: Received::Status(self.status),
            ends: vec![self.end.to_owned()],
            is_dropped: true,
            misplaced: Vec::new(),
        }
    }
}

/// The observed or expected result of a download.
#[derive(Debug, PartialEq)]
struct Verdict {
    answer: Received,
    ends: Vec<String>,
    is_dropped: bool,
    misplaced: Vec<String>,
}

#[derive(Debug, PartialEq)]
enum Received {
    /// The response has this status and the expected body.
    Status(u16),
    /// The response has this status and an unexpected body of this length.
    OtherBody(u16, usize),
    /// The response is a 500, or its body fails.
    Failure,
    /// There is no response, for this reason.
    Nothing(String),
}

impl Verdict {
    fn of(answer: Received, record: Record) -> Self {
        Self {
            answer,
            ends: record.end_names().into_iter().map(str::to_owned).collect(),
            is_dropped: record.drops == record.created,
            misplaced: record.misplaced,
        }
    }

    fn problem_compared_to(&self, expected: &Self) -> Option<String> {
        (self != expected).then(|| format!("{self:?}"))
    }

    fn failed() -> Self {
        Self {
            answer: Received::Failure,
            ends: vec!["Failed".to_owned()],
            ..WHOLE.verdict()
        }
    }
}

/// A way to define the view that serves a file.
#[derive(Clone, Copy, Debug)]
enum Way {
    Download,
    ByHand,
    Derived,
    Function,
}

/// A case: a way to serve a kind of source in a situation.
#[derive(Clone, Debug)]
struct Case {
    way: Way,
    kind: Kind,
    situation: Situation,
    probe: Probe,
}

impl Case {
    fn new(way: Way, kind: Kind, situation: Situation) -> Self {
        Self {
            way,
            kind,
            situation,
            probe: Probe::default(),
        }
    }

    fn source(&self) -> Source {
        Source::new(self.situation.plan, &self.probe)
    }

    async fn respond(self) -> Response {
        let request = self.situation.download_request();
        match self.way {
            Way::Download => {
                let download = self.situation.download(self.kind, &self.probe);
                download.respond(&request).await
            }
            Way::ByHand => serve(request, ByHand::new(&self)).await,
            Way::Derived => serve(request, Derived::new(self)).await,
            Way::Function => self.call().await,
        }
    }

    async fn call(self) -> Response {
        let view = match self.kind {
            Kind::Reader => any(reader),
            Kind::SeekableReader => any(seekable_reader),
            Kind::Iterator => any(iterator),
            Kind::Writer => any(writer),
        };
        let request = self.situation.request();
        let router = Router::new().route("/", view).with_state(self);
        router.oneshot(request).await.expect("infallible")
    }

    /// Reads the whole response in a separate task, as a server does.
    async fn run(self) -> Verdict {
        let (situation, probe) = (self.situation, self.probe.clone());
        let answer = tokio::spawn(async move { receive(&situation, self.respond().await).await });
        let answer = match timeout(Duration::from_secs(10), answer).await {
            Ok(Ok(received)) => received,
            Ok(Err(error)) => Received::Nothing(error.to_string()),
            Err(_) => Received::Nothing("timed out".to_owned()),
        };
        Verdict::of(answer, probe.settled().await)
    }
}

async fn receive(situation: &Situation, response: Response) -> Received {
    let (head, body) = response.into_parts();
    let status = head.status.as_u16();
    let Ok(body) = to_bytes(body, usize::MAX).await else {
        return Received::Failure;
    };
    let body = if situation.parts.len() > 1 {
        content_of_parts(&head, body.to_vec())
    } else {
        body.to_vec()
    };
    match status {
        500 => Received::Failure,
        status if body == situation.body() => Received::Status(status),
        status => Received::OtherBody(status, body.len()),
    }
}

fn content_of_parts(head: &http::response::Parts, body: Vec<u8>) -> Vec<u8> {
    let content_type = head.headers.get("content-type").map(|value| value.to_str());
    let content_type = content_type.and_then(Result::ok).unwrap_or_default();
    let answer = Answer {
        status: head.status.as_u16(),
        fields: vec![("content-type".to_owned(), content_type.to_owned())],
        framing: Framing::Close,
        body,
    };
    let parts = multipart::parts(&answer).unwrap_or_default();
    parts.into_iter().flat_map(|part| part.bytes).collect()
}

/// A view with a field that is the source itself.
struct ByHand {
    metadata: Mutex<Option<Metadata>>,
    kind: Kind,
    source: Source,
}

impl ByHand {
    fn new(case: &Case) -> Self {
        Self {
            metadata: Mutex::new(Some(case.situation.metadata(&case.probe))),
            kind: case.kind,
            source: case.source(),
        }
    }
}

impl DownloadView for ByHand {
    async fn metadata(&self) -> Result<Metadata, Response> {
        let metadata = self.metadata.lock().expect("no panic").take();
        metadata.ok_or_else(|| StatusCode::GONE.into_response())
    }

    async fn content(self) -> Result<Content, Response> {
        Ok(self.kind.content(self.source))
    }
}

struct Held(Kind, Source);

impl IntoContent for Held {
    fn into_content(self) -> Content {
        self.0.content(self.1)
    }
}

#[derive(DownloadView)]
#[download_view(on_finish = self.probe.listener())]
struct Derived {
    #[download_view(size)]
    size: Option<u64>,
    #[download_view(etag)]
    etag: Option<&'static str>,
    probe: Probe,
    #[download_view(content)]
    held: Held,
}

impl Derived {
    fn new(case: Case) -> Self {
        Self {
            size: case.situation.size,
            etag: case.situation.etag,
            held: Held(case.kind, case.source()),
            probe: case.probe,
        }
    }
}

#[download_view(
    size = case.situation.size,
    etag = case.situation.etag,
    on_finish = case.probe.listener()
)]
async fn reader(State(case): State<Case>) -> impl Read {
    case.source()
}

#[download_view(
    size = case.situation.size,
    etag = case.situation.etag,
    on_finish = case.probe.listener()
)]
async fn seekable_reader(State(case): State<Case>) -> impl Read + Seek {
    case.source()
}

#[download_view(
    size = case.situation.size,
    etag = case.situation.etag,
    on_finish = case.probe.listener()
)]
async fn iterator(State(case): State<Case>) -> impl Iterator<Item = io::Result<Vec<u8>>> {
    case.source()
}

#[download_view(
    size = case.situation.size,
    etag = case.situation.etag,
    on_finish = case.probe.listener()
)]
async fn writer(State(case): State<Case>) -> impl FnOnce(&mut dyn Write) -> io::Result<()> {
    blocking::writer(case.source())
}

/// Asserts that every kind is served correctly in every situation on both runtimes.
fn assert_served(way: Way) {
    let mut problems = Problems::default();
    let runtimes = runtimes();
    for (name, runtime, kind) in on_each(&runtimes) {
        for situation in SENT.iter().chain(&NOT_SENT) {
            let observed = runtime.block_on(Case::new(way, kind, *situation).run());
            let case = format!("{name} {}", situation.name);
            problems.add(&case, observed.problem_compared_to(&situation.verdict()));
        }
    }
}

#[test]
fn a_download_uses_and_drops_its_source_where_blocking_is_allowed() {
    assert_served(Way::Download);
}

#[test]
fn a_manually_implemented_view_is_dropped_where_blocking_is_allowed() {
    assert_served(Way::ByHand);
}

#[test]
fn a_derived_view_is_dropped_where_blocking_is_allowed() {
    assert_served(Way::Derived);
}

#[test]
fn the_return_value_of_a_function_is_used_and_dropped_where_blocking_is_allowed() {
    assert_served(Way::Function);
}

#[test]
fn a_view_whose_metadata_fails_is_dropped_where_blocking_is_allowed() {
    let mut problems = Problems::default();
    for (name, runtime, kind) in on_each(&runtimes()) {
        let case = Case::new(Way::ByHand, kind, WHOLE);
        let probe = case.probe.clone();
        let observed = runtime.block_on(async {
            let view = ByHand {
                metadata: Mutex::new(None),
                ..ByHand::new(&case)
            };
            let task = tokio::spawn(serve(DownloadRequest::default(), view));
            let response = within(task).await.expect("no panic");
            assert_eq!(response.status(), 410);
            Verdict::of(Received::Status(410), probe.settled().await)
        });
        let expected = Verdict {
            answer: Received::Status(410),
            ..NOT_MODIFIED.verdict()
        };
        problems.add(&name, observed.problem_compared_to(&expected));
    }
}

#[test]
fn content_with_an_invalid_option_is_dropped_where_blocking_is_allowed() {
    let mut problems = Problems::default();
    for (name, runtime, kind) in on_each(&runtimes()) {
        let probe = Probe::default();
        let observed = runtime.block_on(async {
            let download = WHOLE.download(kind, &probe).header("no name", "value");
            let task = tokio::spawn(async move {
                receive(&WHOLE, download.respond(&DownloadRequest::default()).await).await
            });
            let answer = within(task).await.expect("no panic");
            Verdict::of(answer, probe.settled().await)
        });
        problems.add(&name, observed.problem_compared_to(&Verdict::failed()));
    }
}

#[test]
fn an_unused_download_is_dropped_where_blocking_is_allowed() {
    let mut problems = Problems::default();
    for (name, runtime, kind) in on_each(&runtimes()) {
        let probe = Probe::default();
        let observed = runtime.block_on(async {
            let download = WHOLE.download(kind, &probe);
            let task = tokio::spawn(async { drop(download) });
            within(task).await.expect("no panic");
            Verdict::of(Received::Status(304), probe.settled().await)
        });
        problems.add(&name, observed.problem_compared_to(&NOT_MODIFIED.verdict()));
    }
}

#[test]
fn a_source_that_fails_is_dropped_where_blocking_is_allowed() {
    let wrong_size = |size| Situation {
        size: Some(size),
        ..WHOLE
    };
    let mut problems = Problems::default();
    for (name, runtime, kind) in on_each(&runtimes()) {
        for situation in [
            WHOLE.with_plan(WHOLE.plan.with_fault(0, Fault::Error)),
            WHOLE.with_plan(WHOLE.plan.with_fault(0, Fault::Panic)),
            WHOLE.with_plan(WHOLE.plan.with_fault(LONG / 2, Fault::Error)),
            WHOLE.with_plan(WHOLE.plan.with_fault(LONG / 2, Fault::Panic)),
            SIZED.with_plan(SIZED.plan.with_fault(LONG / 2, Fault::Error)),
            SIZED.with_plan(SIZED.plan.with_fault(LONG / 2, Fault::Panic)),
            RANGE.with_plan(RANGE.plan.with_fault(LONG / 2, Fault::Error)),
            RANGE.with_plan(RANGE.plan.with_fault(LONG / 2, Fault::Panic)),
            wrong_size(LONG as u64 - 1),
            wrong_size(LONG as u64 + 1),
        ] {
            let observed = runtime.block_on(Case::new(Way::Download, kind, situation).run());
            let case = format!(
                "{name} {} {:?} {:?}",
                situation.name, situation.size, situation.plan.fault
            );
            problems.add(&case, observed.problem_compared_to(&Verdict::failed()));
        }
    }
}

const CLOSED: &str = "the connection was already closed";

/// Returns true if the source is dropped inside the call of a closure, where its panic is a panic of the closure.
fn is_panic_of_the_source(kind: Kind, situation: &Situation) -> bool {
    kind == Kind::Writer && situation.end == "Completed"
}

#[test]
fn a_panicking_destructor_does_not_affect_the_response() {
    let mut problems = Problems::default();
    for (name, runtime, kind) in on_each(&runtimes()) {
        for situation in SENT.iter().chain(&NOT_SENT) {
            if is_panic_of_the_source(kind, situation) {
                continue;
            }
            let case = situation.with_drop_action(DropAction::Panics(CLOSED));
            for way in [Way::Download, Way::ByHand, Way::Derived] {
                let observed = runtime.block_on(Case::new(way, kind, case).run());
                let case = format!("{name} {} {way:?}", situation.name);
                problems.add(&case, observed.problem_compared_to(&situation.verdict()));
            }
        }
    }
}

#[test]
fn a_writer_whose_captured_value_panics_when_dropped_fails() {
    let mut problems = Problems::default();
    for runtime in runtimes() {
        for situation in [WHOLE, SHORT_FILE, EMPTY, SIZED] {
            let case = situation.with_drop_action(DropAction::Panics(CLOSED));
            let observed = runtime.block_on(Case::new(Way::Download, Kind::Writer, case).run());
            problems.add(
                situation.name,
                observed.problem_compared_to(&Verdict::failed()),
            );
        }
    }
}

#[test]
fn an_error_of_a_source_is_reported_even_if_its_destructor_panics() {
    for (name, runtime, kind) in on_each(&runtimes()) {
        for at in [0, LONG / 2] {
            let plan = WHOLE.plan.with_fault(at, Fault::Error);
            let situation = WHOLE
                .with_plan(plan)
                .with_drop_action(DropAction::Panics(CLOSED));
            if is_panic_of_the_source(kind, &situation) {
                continue;
            }
            let case = Case::new(Way::Download, kind, situation);
            let probe = case.probe.clone();
            let observed = runtime.block_on(case.run());
            assert_eq!(observed, Verdict::failed(), "{name} at {at}");
            let ends = probe.record().ends;
            assert!(ends[0].contains(FAULT_MESSAGE), "{name} at {at}: {ends:?}");
        }
    }
}

#[test]
fn a_panicking_destructor_is_logged_once() {
    /// A message that no other test uses, because all tests of the process share the log.
    const MESSAGE: &str = "the last line of the log";
    let log = Log::start();
    let mut logged = 0;
    for kind in Kind::ALL {
        for (way, situation) in [
            (Way::Download, WHOLE),
            (Way::Download, SHORT_FILE),
            (Way::Download, NOT_MODIFIED),
            (Way::Download, HEAD),
            (Way::ByHand, WHOLE),
            (Way::ByHand, NOT_MODIFIED),
        ] {
            let situation = situation.with_drop_action(DropAction::Panics(MESSAGE));
            for runtime in runtimes() {
                runtime.block_on(async {
                    Case::new(way, kind, situation).run().await;
                    log.wait_for(logged + 1, MESSAGE).await;
                });
                // Dropping the runtime waits for the threads of the pool.
                drop(runtime);
                logged += 1;
                let case = format!("{kind:?} {way:?} {}", situation.name);
                let lines = log.on_any_thread(MESSAGE);
                assert_eq!(lines.len(), logged, "{case}: {lines:?}");
            }
        }
    }
}

#[test]
fn a_slow_destructor_delays_neither_the_response_nor_other_requests() {
    let late = WHOLE.plan.with_fault(LONG / 2, Fault::Error);
    let failing = Situation {
        end: "Failed",
        ..WHOLE.with_plan(late)
    };
    let mut problems = Problems::default();
    for (name, runtime, kind) in on_each(&runtimes()) {
        for situation in [WHOLE, SHORT_FILE, RANGE, NOT_MODIFIED, HEAD, failing] {
            let case = Case::new(
                Way::Download,
                kind,
                situation.with_drop_action(DropAction::Hangs),
            );
            let Some(problem) = runtime.block_on(run_during_slow_drop(case)) else {
                continue;
            };
            problems.add(&format!("{name} {}", situation.name), Some(problem));
            // Each failure takes seconds, so one is enough.
            break;
        }
    }
}

/// Serves `case` and another request while a destructor hangs. Returns a description of any problem.
async fn run_during_slow_drop(case: Case) -> Option<String> {
    let (kind, situation, probe) = (case.kind, case.situation, case.probe.clone());
    let answer = tokio::spawn(async move {
        let answer = receive(&case.situation.clone(), case.clone().respond().await).await;
        (answer, case.probe.record().drops)
    });
    probe.wait_for(|record| record.drops_begun > 0).await;
    let other = Case::new(Way::Download, kind, SHORT_FILE).run().await;
    let drops_before_other = probe.record().drops;
    // A closure drops its captured values before it returns.
    let is_closure = kind == Kind::Writer && situation.end != "NotSent";
    if is_closure {
        probe.release();
    }
    let (answer, drops_before_answer) = within(answer).await.expect("no panic");
    probe.release();
    let record = probe.settled().await;
    let is_early = drops_before_other == 0 && (is_closure || drops_before_answer == 0);
    let is_right = is_early && other == SHORT_FILE.verdict();
    let expected = if situation.end == "Failed" {
        Received::Failure
    } else {
        Received::Status(situation.status)
    };
    let is_right = is_right && answer == expected;
    record.problem(&[situation.end]).or_else(|| {
        (!is_right).then(|| format!("{answer:?} after {drops_before_answer} drops, another request: {other:?} after {drops_before_other}"))
    })
}
