//! Blocking sources are dropped where blocking is allowed if the client leaves or the runtime is shut down.

use std::{sync::mpsc, time::Duration};

use axum::body::Body;
use downloadview::{Download, DownloadRequest};
use tests::{
    blocking::{DropAction, Fault, Kind, Plan, Probe, Problems, Record, on_each},
    http1, http2,
    message::Request,
    runtimes, runtimes_of,
    server::Server,
    within,
};
use tokio::{runtime::Runtime, task::spawn_blocking, time::sleep};

const RECEIVED: usize = 200_000;
const PANICS: DropAction = DropAction::Panics("the connection was already closed");
const DROP_ACTIONS: [DropAction; 2] = [DropAction::Quiet, PANICS];

/// Serves a download to a client that receives this number of bytes. Returns the connection and the server.
async fn receive(download: Download, bytes: usize) -> (http1::Connection, Server) {
    let server = Server::of(download).await;
    let mut connection = http1::Connection::open(&server).await;
    let request = Request::get("/").to_http1();
    connection.write(&request).await.expect("a server");
    within(connection.receive(bytes)).await;
    (connection, server)
}

/// The state of a source when its download is interrupted.
#[derive(Clone, Copy, Debug)]
enum Moment {
    /// It is producing.
    Busy,
    /// It is idle because its output is not taken.
    Idle,
}

const MOMENTS: [Moment; 2] = [Moment::Busy, Moment::Idle];

impl Moment {
    async fn wait(self, probe: &Probe) {
        if let Self::Idle = self {
            probe.wait_until_idle().await;
        }
    }
}

#[test]
fn a_client_that_leaves_drops_the_source_where_blocking_is_allowed() {
    let mut problems = Problems::default();
    for (name, runtime, kind) in on_each(&runtimes()) {
        for moment in MOMENTS {
            for drop_action in DROP_ACTIONS {
                let probe = Probe::default();
                let download = kind.download(Plan::ENDLESS.with_drop_action(drop_action), &probe);
                let record = runtime.block_on(async {
                    let (connection, _server) = receive(download, RECEIVED).await;
                    moment.wait(&probe).await;
                    drop(connection);
                    probe.settled().await
                });
                let case = format!("{name} {moment:?} {drop_action:?}");
                problems.add(&case, record.problem(&["ClientLeft"]));
            }
        }
    }
}

#[test]
fn a_reset_stream_drops_the_source_where_blocking_is_allowed() {
    let mut problems = Problems::default();
    for (name, runtime, kind) in on_each(&runtimes()) {
        let probe = Probe::default();
        let download = kind.download(Plan::ENDLESS, &probe);
        let record = runtime.block_on(async {
            let server = Server::of(download).await;
            let mut connection = http2::Connection::open(&server).await;
            within(connection.leave_midway(&Request::get("/"))).await;
            probe.settled().await
        });
        problems.add(&name, record.problem(&["ClientLeft"]));
    }
}

#[test]
fn a_slow_destructor_after_a_client_left_does_not_delay_other_requests() {
    let mut problems = Problems::default();
    for (name, runtime, kind) in on_each(&runtimes()) {
        let probe = Probe::default();
        let download = kind.download(Plan::ENDLESS.with_drop_action(DropAction::Hangs), &probe);
        let (drops, record) = runtime.block_on(async {
            let (connection, _server) = receive(download, RECEIVED).await;
            probe.wait_until_idle().await;
            drop(connection);
            probe.wait_for(|record| record.drops_begun > 0).await;
            let (_another, _server) =
                receive(kind.download(Plan::ENDLESS, &Probe::default()), RECEIVED).await;
            let drops = probe.record().drops;
            probe.release();
            (drops, probe.settled().await)
        });
        problems.add(&name, record.problem(&["ClientLeft"]));
        problems.add(
            &name,
            (drops > 0).then(|| "another request waited for the destructor".to_owned()),
        );
    }
}

#[test]
fn a_client_that_leaves_while_the_source_hangs_is_reported_at_once() {
    let mut problems = Problems::default();
    for (name, runtime, kind) in on_each(&runtimes()) {
        for position in [0, 2 * RECEIVED] {
            let probe = Probe::default();
            let plan = Plan::ENDLESS.with_fault(position, Fault::Hang);
            let record = runtime.block_on(async {
                let (connection, _server) =
                    receive(kind.download(plan, &probe), position / 2).await;
                probe.wait_for(|record| record.is_hanging).await;
                drop(connection);
                probe.wait_for(|record| !record.ends.is_empty()).await;
                assert_eq!(
                    probe.record().drops,
                    0,
                    "{name}: the source was dropped while in use"
                );
                probe.release();
                probe.settled().await
            });
            problems.add(
                &format!("{name} at {position}"),
                record.problem(&["ClientLeft"]),
            );
        }
    }
}

#[test]
fn a_source_that_waits_for_a_thread_is_dropped_there_if_the_client_leaves() {
    let mut problems = Problems::default();
    for (name, runtime, kind) in on_each(&runtimes_of(1)) {
        let probe = Probe::default();
        let download = kind.download(Plan::of(RECEIVED), &probe);
        let record = runtime.block_on(async {
            let (release, released) = mpsc::channel::<()>();
            spawn_blocking(move || released.recv());
            let answer = tokio::spawn(respond(download));
            assert_waits(&probe).await;
            answer.abort();
            probe.wait_for(|record| !record.ends.is_empty()).await;
            drop(release);
            probe.settled().await
        });
        problems.add(&name, record.problem(&["ClientLeft"]));
    }
}

async fn respond(download: Download) -> Body {
    let response = download.respond(&DownloadRequest::default()).await;
    response.into_body()
}

/// Waits for a moment and asserts that the source has not been used.
async fn assert_waits(probe: &Probe) {
    sleep(Duration::from_millis(100)).await;
    assert_eq!(probe.record().uses, 0);
}

type Shutdown = fn(Runtime);

/// Ways to shut down a runtime without waiting for its tasks.
const SHUTDOWNS: [(&str, Shutdown); 2] = [
    ("shutdown_background", Runtime::shutdown_background),
    ("shutdown_timeout", |runtime| {
        runtime.shutdown_timeout(Duration::from_millis(100));
    }),
];

/// Runs `test` for every kind, each runtime with this number of threads and each shutdown. Collects the problems.
fn run_with_each_shutdown(
    problems: &mut Problems,
    threads: usize,
    test: impl Fn(Kind, Runtime, Shutdown) -> Option<String>,
) {
    for (shutdown, shut_down) in SHUTDOWNS {
        for kind in Kind::ALL {
            let names = ["current-thread", "multi-thread"].iter();
            for (name, runtime) in names.zip(runtimes_of(threads)) {
                let problem = test(kind, runtime, shut_down);
                problems.add(&format!("{name} {kind:?} {shutdown}"), problem);
            }
        }
    }
}

/// Checks a download whose runtime was shut down. Its end depends on which part noticed the shutdown first.
fn problem_afterwards(probe: &Probe) -> Option<String> {
    let [elsewhere, _] = runtimes();
    let record: Record = elsewhere.block_on(probe.settled());
    record.problem(&["ClientLeft", "Failed"])
}

#[test]
fn a_runtime_that_is_shut_down_drops_sources_where_blocking_is_allowed() {
    let mut problems = Problems::default();
    for moment in MOMENTS {
        for drop_action in DROP_ACTIONS {
            run_with_each_shutdown(&mut problems, 4, |kind, runtime, shut_down| {
                let probe = Probe::default();
                let download = kind.download(Plan::ENDLESS.with_drop_action(drop_action), &probe);
                let open = runtime.block_on(async {
                    let open = receive(download, RECEIVED).await;
                    moment.wait(&probe).await;
                    open
                });
                shut_down(runtime);
                let problem = problem_afterwards(&probe);
                drop(open);
                problem
            });
        }
    }
}

#[test]
fn a_source_that_hangs_is_dropped_where_blocking_is_allowed_if_its_runtime_is_shut_down() {
    run_with_each_shutdown(&mut Problems::default(), 4, |kind, runtime, shut_down| {
        let probe = Probe::default();
        let plan = Plan::ENDLESS.with_fault(2 * RECEIVED, Fault::Hang);
        let open = runtime.block_on(async {
            let open = receive(kind.download(plan, &probe), RECEIVED).await;
            probe.wait_for(|record| record.is_hanging).await;
            open
        });
        shut_down(runtime);
        probe.release();
        let problem = problem_afterwards(&probe);
        drop(open);
        problem
    });
}

#[test]
fn a_source_that_waits_for_a_thread_is_dropped_where_blocking_is_allowed_if_its_runtime_is_shut_down()
 {
    run_with_each_shutdown(&mut Problems::default(), 1, |kind, runtime, shut_down| {
        let probe = Probe::default();
        let download = kind.download(Plan::of(RECEIVED), &probe);
        let (release, released) = mpsc::channel::<()>();
        runtime.block_on(async {
            spawn_blocking(move || released.recv());
            tokio::spawn(respond(download));
            assert_waits(&probe).await;
        });
        shut_down(runtime);
        drop(release);
        problem_afterwards(&probe)
    });
}

#[test]
fn a_body_that_outlives_its_runtime_drops_its_source_where_blocking_is_allowed() {
    run_with_each_shutdown(&mut Problems::default(), 4, |kind, runtime, shut_down| {
        let (probe, body) = outlive(kind, runtime, shut_down);
        drop(body);
        problem_afterwards(&probe)
    });
}

#[test]
fn a_body_that_is_dropped_in_another_runtime_drops_its_source_where_blocking_is_allowed() {
    run_with_each_shutdown(&mut Problems::default(), 4, |kind, runtime, shut_down| {
        let (probe, body) = outlive(kind, runtime, shut_down);
        let [other, _] = runtimes();
        other.block_on(async { drop(body) });
        problem_afterwards(&probe)
    });
}

/// Returns an endless body that was started on a runtime and has outlived it.
fn outlive(kind: Kind, runtime: Runtime, shut_down: Shutdown) -> (Probe, Body) {
    let probe = Probe::default();
    let body = runtime.block_on(async {
        let body = within(respond(kind.download(Plan::ENDLESS, &probe))).await;
        probe.wait_until_idle().await;
        body
    });
    shut_down(runtime);
    (probe, body)
}
