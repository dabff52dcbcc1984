//! Writer closures that wait for their permit: a process of its own, for the limit is the process's.

use axum::{
    body::Body,
    http::{Request, StatusCode},
};
use downloadview::{Download, DownloadRequest, limit_writers};
use tests::{
    blocking::{Farewell, Kind, Plan, Probe, Problems},
    runtimes, within,
};
use tokio::{
    runtime::Runtime,
    time::{Duration, sleep},
};

const FAREWELLS: [Farewell; 2] = [
    Farewell::Quiet,
    Farewell::Panics("the connection was already closed"),
];

fn closure(farewell: Farewell) -> (Download, Probe) {
    let probe = Probe::default();
    let plan = Plan::ENDLESS.with_farewell(farewell);
    (Kind::Writer.download(plan, &probe), probe)
}

async fn respond(download: Download) -> Body {
    let response = download.respond(&DownloadRequest::default()).await;
    response.into_body()
}

/// Takes the only permit for as long as the body is held.
fn occupy(elsewhere: &Runtime) -> Body {
    limit_writers(1);
    let (download, probe) = closure(Farewell::Quiet);
    elsewhere.block_on(async {
        let body = within(respond(download)).await;
        probe.at_rest().await;
        body
    })
}

/// Asserts that the closure does not run yet, although there was time for it.
async fn assert_waits(probe: &Probe) {
    sleep(Duration::from_millis(100)).await;
    assert_eq!(probe.record().uses, 0);
}

/// One test, for the tests of a process run at once and would wait for each other's permits.
#[test]
fn what_waits_for_a_permit_is_dropped_where_blocking_is_allowed() {
    let [_, elsewhere] = runtimes();
    let body = occupy(&elsewhere);
    let mut problems = Problems::default();
    for farewell in FAREWELLS {
        for runtime in runtimes() {
            problems.add("client left", leave(&runtime, farewell));
            problems.add("304", settle(&runtime, farewell));
        }
        for runtime in runtimes() {
            let problem = shut_down(runtime, Runtime::shutdown_background, farewell);
            problems.add("shutdown_background", problem);
        }
        for runtime in runtimes() {
            let at_once = |runtime: Runtime| runtime.shutdown_timeout(Duration::from_millis(100));
            problems.add("shutdown_timeout", shut_down(runtime, at_once, farewell));
        }
    }
    drop(body);
    elsewhere.block_on(assert_free());
}

fn leave(runtime: &Runtime, farewell: Farewell) -> Option<String> {
    let (download, probe) = closure(farewell);
    let record = runtime.block_on(async {
        let answer = tokio::spawn(respond(download));
        assert_waits(&probe).await;
        answer.abort();
        probe.settled().await
    });
    assert_eq!(record.uses, 0, "it ran");
    record.problem(&["ClientLeft"])
}

/// What needs no content needs no permit.
fn settle(runtime: &Runtime, farewell: Farewell) -> Option<String> {
    let (download, probe) = closure(farewell);
    let request = Request::get("/").header("If-None-Match", "\"v1\"").body(());
    let request = DownloadRequest::from_parts(&request.expect("a request").into_parts().0);
    runtime.block_on(async {
        let answer = tokio::spawn(async move { download.etag("v1").respond(&request).await });
        let answer = within(answer).await.map(|response| response.status());
        let problem = probe.settled().await.problem(&["NotSent"]);
        match answer {
            Ok(StatusCode::NOT_MODIFIED) => problem,
            answer => Some(format!("{answer:?}")),
        }
    })
}

fn shut_down(
    runtime: Runtime,
    shut_down: impl FnOnce(Runtime),
    farewell: Farewell,
) -> Option<String> {
    let (download, probe) = closure(farewell);
    runtime.block_on(async {
        tokio::spawn(respond(download));
        assert_waits(&probe).await;
    });
    shut_down(runtime);
    let [elsewhere, _] = runtimes();
    let record = elsewhere.block_on(probe.settled());
    assert_eq!(record.uses, 0, "it ran");
    record.problem(&["ClientLeft", "Failed"])
}

/// Asserts that nobody kept the permit.
async fn assert_free() {
    let (download, _probe) = closure(Farewell::Quiet);
    drop(within(respond(download)).await);
}
