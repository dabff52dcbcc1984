//! More stalled clients of writer closures than closures may run at once. This is a separate test program because the
//! limit applies to a process.

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
/// The number of stalled clients, which exceeds the default of `limit_writers` by two.
const STALLED: usize = 130;

#[test]
fn many_stalled_clients_delay_other_writers_only_until_the_timeout() {
    for runtime in runtimes_of(2 * STALLED) {
        runtime.block_on(async {
            let probe = Probe::default();
            let server = Server::start(writers(&probe, TIMEOUT)).await;
            let _stalled = join_all((0..STALLED).map(|_| open_stalled_client(&server))).await;
            probe.wait_for(|record| record.created == STALLED).await;
            let mut connection = Connection::open(&server).await;
            let answer = within(connection.exchange(&Request::get("/short"))).await;
            assert_eq!((answer.status, answer.body.len()), (200, 5));
            probe.wait_for(are_all_aborted).await;
        });
    }
}

fn are_all_aborted(record: &Record) -> bool {
    let ends = record.end_names();
    record.drops == STALLED && ends == ["ClientStalled"; STALLED]
}

async fn open_stalled_client(server: &Server) -> Connection {
    let mut connection = Connection::open_narrow(server).await;
    let request = Request::get("/endless").to_http1();
    connection.write(&request).await.expect("a server");
    connection
}
