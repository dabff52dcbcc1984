//! Many clients at once: a process of its own, for it counts the threads.

use std::{fs, io, time::Duration};

use axum::{Router, routing::get};
use downloadview::download_view;
use tests::{http1::Connection, message::Request, server::Server};
use tokio::time::sleep;

/// Two descriptors each, and a process may have 1,024.
const CLIENTS: usize = 400;

#[download_view]
fn endless() -> impl io::Read {
    io::repeat(b'x')
}

fn threads() -> usize {
    fs::read_dir("/proc/self/task").expect("Linux").count()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn clients_that_come_at_once_and_do_not_read_leave_few_threads_behind() {
    let server = Server::start(Router::new().route("/", get(endless))).await;
    let mut connections = Vec::new();
    for _ in 0..CLIENTS {
        let mut connection = Connection::open(&server).await;
        let request = Request::get("/").to_http1();
        connection.write(&request).await.expect("a server");
        connections.push(connection);
    }
    let mut most = 0;
    for _ in 0..20 {
        sleep(Duration::from_millis(50)).await;
        most = most.max(threads());
    }
    assert!(most < CLIENTS / 4, "{most} threads");
}
