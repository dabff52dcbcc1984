//! Stalled clients of writer closures: a process of its own, for the limit is the process's.

use std::time::Duration;

use axum::{Router, extract::State, response::Response, routing::get};
use downloadview::{DownloadRequest, limit_writers};
use futures::future::join_all;
use tests::{
    blocking::{Kind, Plan, Probe},
    http1::Connection,
    message::Request,
    runtimes,
    server::Server,
    within,
};

const TIMEOUT: Duration = Duration::from_millis(400);
const PERMITS: usize = 2;
const STALLED: usize = 5;

async fn endless(State(probe): State<Probe>, request: DownloadRequest) -> Response {
    let download = Kind::Writer.download(Plan::ENDLESS, &probe);
    download.send_timeout(TIMEOUT).respond(&request).await
}

async fn short(request: DownloadRequest) -> Response {
    let download = Kind::Writer.download(Plan::of(5), &Probe::default());
    download.send_timeout(TIMEOUT).respond(&request).await
}

#[test]
fn a_writer_gets_its_turn_once_stalled_clients_are_given_up() {
    limit_writers(PERMITS);
    for runtime in runtimes() {
        runtime.block_on(async {
            let probe = Probe::default();
            let app = Router::new()
                .route("/endless", get(endless))
                .route("/short", get(short))
                .with_state(probe.clone());
            let server = Server::start(app).await;
            let _stalled = join_all((0..STALLED).map(|_| stall(&server))).await;
            probe.wait_for(|record| record.created == STALLED).await;
            let mut connection = Connection::open(&server).await;
            let answer = within(connection.exchange(&Request::get("/short"))).await;
            assert_eq!((answer.status, answer.body.len()), (200, 5));
            probe
                .wait_for(|record| record.ends.len() == STALLED && record.drops == STALLED)
                .await;
            let record = probe.record();
            assert!(
                record.end_names().iter().all(|end| *end == "ClientStalled"),
                "{record:?}"
            );
            assert!(record.misplaced.is_empty(), "{record:?}");
        });
    }
}

/// A client that sends a request and reads nothing, not even the head, which may have to wait for a permit.
async fn stall(server: &Server) -> Connection {
    let mut connection = Connection::open_narrow(server).await;
    let request = Request::get("/endless").to_http1();
    connection.write(&request).await.expect("a server");
    connection
}
