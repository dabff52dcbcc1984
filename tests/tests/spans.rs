//! The span of a download. Events during the production of content belong to it. At the end, the fields of the outcome are
//! recorded in it and in an event of the surrounding span.

use std::{
    fmt::{self, Write},
    io,
    sync::{Mutex, PoisonError},
};

use axum::{
    Router,
    http::StatusCode,
    response::Response,
    routing::{any, get},
};
use downloadview::{Content, Download, DownloadRequest, download_view};
use tests::{call, http1, message::Request, server::Server};
use tracing::{
    Event, Subscriber,
    field::{Field, Visit},
    span::{Attributes, Id, Record},
};
use tracing_subscriber::{
    Layer, layer::Context, layer::SubscriberExt, registry, registry::LookupSpan,
    util::SubscriberInitExt,
};

static LINES: Mutex<Vec<String>> = Mutex::new(Vec::new());

/// A layer that records the fields of spans and events as lines.
struct Lines;

impl Lines {
    fn add(prefix: &str, record: impl FnOnce(&mut Fields)) {
        let mut fields = Fields(prefix.to_owned());
        record(&mut fields);
        let mut lines = LINES.lock().unwrap_or_else(PoisonError::into_inner);
        lines.push(fields.0);
    }

    fn take() -> Vec<String> {
        std::mem::take(&mut *LINES.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl<S: Subscriber + for<'a> LookupSpan<'a>> Layer<S> for Lines {
    fn on_new_span(&self, span: &Attributes<'_>, _: &Id, _: Context<'_, S>) {
        if span.metadata().target() == "downloadview" {
            Self::add(span.metadata().name(), |fields| span.record(fields));
        }
    }

    fn on_record(&self, _: &Id, values: &Record<'_>, _: Context<'_, S>) {
        Self::add("span", |fields| values.record(fields));
    }

    fn on_event(&self, event: &Event<'_>, context: Context<'_, S>) {
        let location = match context.event_span(event) {
            Some(span) => format!("in {}", span.name()),
            None if event.metadata().target() == "downloadview" => "outside".to_owned(),
            None => return,
        };
        Self::add(&location, |fields| event.record(fields));
    }
}

struct Fields(String);

impl Visit for Fields {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        if field.name() != "elapsed" {
            let _ = write!(self.0, " {field}={value:?}");
        }
    }
}

async fn view(request: DownloadRequest) -> Response {
    let rows = (0..3).map(|row| {
        tracing::info!(row, "made");
        if row < 2 {
            Ok("row\n".repeat(20_000))
        } else {
            Err(io::Error::other("the database is gone"))
        }
    });
    let download = Download::new(Content::from_chunks(rows));
    download.respond(&request).await
}

#[tokio::test]
async fn a_download_has_one_span_that_covers_its_content_and_records_its_end() {
    registry().with(Lines).init();
    let server = Server::start(Router::new().route("/", get(view))).await;
    let mut connection = http1::Connection::open(&server).await;
    let cut = connection.try_exchange(&Request::get("/")).await;
    cut.expect_err("the body should fail visibly");
    let lines = Lines::take();
    let count = |start: &str| lines.iter().filter(|line| line.starts_with(start)).count();
    assert_eq!(count("download view=\"Download\""), 1, "{lines:#?}");
    assert_eq!(count("in download message=made"), 3, "{lines:#?}");
    assert_eq!(count("span bytes=160000"), 1, "{lines:#?}");
    assert_eq!(count("span end=Failed("), 1, "{lines:#?}");
    // A formatter that shows the surrounding span and the event must not show each field twice.
    let failed = "outside message=download failed view=\"Download\" status=200 bytes=160000 error=the database is gone";
    assert_eq!(count(failed), 1, "{lines:#?}");
    assert_each_response_is_one_event().await;
}

#[download_view(etag = "v1", size = 4)]
async fn tagged() -> &'static str {
    "text"
}

#[download_view]
async fn missing() -> Option<String> {
    None
}

#[download_view(etag = Err::<&str, _>(StatusCode::GONE))]
async fn refused() -> &'static str {
    "never"
}

#[download_view]
async fn failed() -> io::Result<String> {
    Err(io::Error::other("no paper"))
}

/// Asserts that each response is one event. The test above calls this, because a process has only one subscriber.
async fn assert_each_response_is_one_event() {
    let router = Router::new()
        .route("/tagged", any(tagged))
        .route("/missing", any(missing))
        .route("/refused", any(refused))
        .route("/failed", any(failed));
    for (method, path, field, status) in [
        ("GET", "/tagged", ("X-None", ""), 200),
        ("HEAD", "/tagged", ("X-None", ""), 200),
        ("POST", "/tagged", ("X-None", ""), 200),
        ("GET", "/tagged", ("Range", "bytes=0-1"), 206),
        ("GET", "/tagged", ("Range", "bytes=9-"), 416),
        ("GET", "/tagged", ("If-None-Match", "\"v1\""), 304),
        ("GET", "/tagged", ("If-Match", "\"v2\""), 412),
        ("GET", "/missing", ("X-None", ""), 404),
        ("GET", "/refused", ("X-None", ""), 410),
        ("GET", "/failed", ("X-None", ""), 500),
    ] {
        let answer = call::send(router.clone(), method, path, &[field]).await;
        assert_eq!(answer.status, status);
        let lines = Lines::take();
        let events = lines.iter().filter(|line| line.contains("message="));
        let events: Vec<_> = events.collect();
        assert_eq!(events.len(), 1, "{method} {path} {field:?}: {lines:#?}");
        let field_text = format!(" status={status}");
        assert!(events[0].contains(&field_text), "{events:?}");
        assert!(events[0].contains(" view="), "{events:?}");
    }
}
