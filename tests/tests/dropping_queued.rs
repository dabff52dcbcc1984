//! Writer closures that wait for a permit. This is a separate test program because the limit applies to a process.

use axum::{
    body::Body,
    http::{Request, StatusCode},
};
use downloadview::{Download, DownloadRequest, limit_writers};
use tests::{
    blocking::{DropAction, Kind, Plan, Probe, Problems},
    runtimes, within,
};
use tokio::{
    runtime::Runtime,
    time::{Duration, sleep},
};

const DROP_ACTIONS: [DropAction; 2] = [
    DropAction::Quiet,
    DropAction::Panics("the connection was already closed"),
];

fn writer_download(drop_action: DropAction) -> (Download, Probe) {
    let probe = Probe::default();
    let plan = Plan::ENDLESS.with_drop_action(drop_action);
    (Kind::Writer.download(plan, &probe), probe)
}

async fn respond(download: Download) -> Body {
    let response = download.respond(&DownloadRequest::default()).await;
    response.into_body()
}

/// Takes the only permit and returns the body that holds it.
fn take_only_permit(other_runtime: &Runtime) -> Body {
    limit_writers(1);
    let (download, probe) = writer_download(DropAction::Quiet);
    other_runtime.block_on(async {
        let body = within(respond(download)).await;
        probe.wait_until_idle().await;
        body
    })
}

/// Waits for a moment and asserts that the closure has not run.
async fn assert_waits(probe: &Probe) {
    sleep(Duration::from_millis(100)).await;
    assert_eq!(probe.record().uses, 0);
}

/// This is a single test, because concurrent tests would wait for each other's permits.
#[test]
fn a_closure_that_waits_for_a_permit_is_dropped_where_blocking_is_allowed() {
    let [_, other_runtime] = runtimes();
    let body = take_only_permit(&other_runtime);
    let mut problems = Problems::default();
    for drop_action in DROP_ACTIONS {
        for runtime in runtimes() {
            problems.add("client left", cancel_request(&runtime, drop_action));
            problems.add("304", request_unmodified(&runtime, drop_action));
        }
        for runtime in runtimes() {
            let problem = shut_down(runtime, Runtime::shutdown_background, drop_action);
            problems.add("shutdown_background", problem);
        }
        for runtime in runtimes() {
            let at_once = |runtime: Runtime| runtime.shutdown_timeout(Duration::from_millis(100));
            problems.add("shutdown_timeout", shut_down(runtime, at_once, drop_action));
        }
    }
    drop(body);
    other_runtime.block_on(assert_permit_is_available());
}

fn cancel_request(runtime: &Runtime, drop_action: DropAction) -> Option<String> {
    let (download, probe) = writer_download(drop_action);
    let record = runtime.block_on(async {
        let answer = tokio::spawn(respond(download));
        assert_waits(&probe).await;
        answer.abort();
        probe.settled().await
    });
    assert_eq!(record.uses, 0, "the closure ran");
    record.problem(&["ClientLeft"])
}

/// A response without content needs no permit.
fn request_unmodified(runtime: &Runtime, drop_action: DropAction) -> Option<String> {
    let (download, probe) = writer_download(drop_action);
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
    drop_action: DropAction,
) -> Option<String> {
    let (download, probe) = writer_download(drop_action);
    runtime.block_on(async {
        tokio::spawn(respond(download));
        assert_waits(&probe).await;
    });
    shut_down(runtime);
    let [other_runtime, _] = runtimes();
    let record = other_runtime.block_on(probe.settled());
    assert_eq!(record.uses, 0, "the closure ran");
    record.problem(&["ClientLeft", "Failed"])
}

/// Asserts that the permit is available again.
async fn assert_permit_is_available() {
    let (download, _probe) = writer_download(DropAction::Quiet);
    drop(within(respond(download)).await);
}
