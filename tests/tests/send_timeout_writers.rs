//! Stalled clients of writer closures. This is a separate test program because the limit applies to a process.

use std::time::Duration;

use downloadview::limit_writers;
use futures::future::join_all;
use tests::{
    blocking::{Probe, writers},
    http1::Connection,
    message::Request,
    runtimes,
    server::Server,
    within,
};

const TIMEOUT: Duration = Duration::from_millis(400);
const PERMITS: usize = 2;
const STALLED: usize = 5;

#[test]
fn a_waiting_writer_runs_once_stalled_downloads_are_aborted() {
    limit_writers(PERMITS);
    for runtime in runtimes() {
        runtime.block_on(async {
            let probe = Probe::default();
            let server = Server::start(writers(&probe, TIMEOUT)).await;
            let _stalled = join_all((0..STALLED).map(|_| open_stalled_client(&server))).await;
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

/// Opens a client that sends a request and reads nothing. It does not even read the head, which may wait for a permit.
async fn open_stalled_client(server: &Server) -> Connection {
    let mut connection = Connection::open_narrow(server).await;
    let request = Request::get("/endless").to_http1();
    connection.write(&request).await.expect("a server");
    connection
}
