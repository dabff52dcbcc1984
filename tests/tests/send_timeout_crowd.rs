//! More stalled clients of writer closures than may run at once: a process of its own, for the limit is the process's.

use std::time::Duration;

use futures::future::join_all;
use tests::{
    blocking::{Probe, Record, writers},
    http1::Connection,
    message::Request,
    runtimes_of,
    server::Server,
    within,
};

const TIMEOUT: Duration = Duration::from_millis(400);
/// Two more than the default of `limit_writers`.
const STALLED: usize = 130;

#[test]
fn a_crowd_of_stalled_clients_stops_other_writers_for_the_timeout_only() {
    for runtime in runtimes_of(2 * STALLED) {
        runtime.block_on(async {
            let probe = Probe::default();
            let server = Server::start(writers(&probe, TIMEOUT)).await;
            let _stalled = join_all((0..STALLED).map(|_| stall(&server))).await;
            probe.wait_for(|record| record.created == STALLED).await;
            let mut connection = Connection::open(&server).await;
            let answer = within(connection.exchange(&Request::get("/short"))).await;
            assert_eq!((answer.status, answer.body.len()), (200, 5));
            probe.wait_for(are_all_given_up).await;
        });
    }
}

fn are_all_given_up(record: &Record) -> bool {
    let ends = record.end_names();
    record.drops == STALLED && ends == ["ClientStalled"; STALLED]
}

async fn stall(server: &Server) -> Connection {
    let mut connection = Connection::open_narrow(server).await;
    let request = Request::get("/endless").to_http1();
    connection.write(&request).await.expect("a server");
    connection
}
