//! More stalled clients of writer closures than may run at once: a process of its own, for the limit is the process's.

use std::time::Duration;

use axum::{Router, extract::State, response::Response, routing::get};
use downloadview::DownloadRequest;
use futures::future::join_all;
use tests::{
    blocking::{Kind, Plan, Probe, Record},
    http1::Connection,
    message::Request,
    runtimes_of,
    server::Server,
    within,
};

const TIMEOUT: Duration = Duration::from_millis(400);
/// Two more than the default of `limit_writers`.
const STALLED: usize = 130;

async fn endless(State(probe): State<Probe>, request: DownloadRequest) -> Response {
    let download = Kind::Writer.download(Plan::ENDLESS, &probe);
    download.send_timeout(TIMEOUT).respond(&request).await
}

async fn short(request: DownloadRequest) -> Response {
    let download = Kind::Writer.download(Plan::of(5), &Probe::default());
    download.respond(&request).await
}

#[test]
fn a_crowd_of_stalled_clients_stops_other_writers_for_the_timeout_only() {
    for runtime in runtimes_of(2 * STALLED) {
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
