//! Many new clients that connect at once and do not read.

use std::{
    io::{self, Read},
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use axum::{Router, extract::State, response::Response, routing::get};
use downloadview::{Content, Download, DownloadRequest};
use tests::{http1::Connection, message::Request, server::Server, within};
use tokio::{task, time::sleep};

const CLIENTS: usize = 200;

/// The number of reads, and the number of reads in place, on the task of a connection.
#[derive(Default)]
struct Reads {
    all: AtomicUsize,
    in_place: AtomicUsize,
}

/// An endless reader that counts its reads. A read is in place if it runs on the connection's task, not on the pool.
struct Endless {
    connection: task::Id,
    reads: Arc<Reads>,
}

impl Read for Endless {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.reads.all.fetch_add(1, Ordering::SeqCst);
        if task::id() == self.connection {
            self.reads.in_place.fetch_add(1, Ordering::SeqCst);
        }
        buffer.fill(b'x');
        Ok(buffer.len())
    }
}

async fn endless(State(reads): State<Arc<Reads>>, request: DownloadRequest) -> Response {
    let connection = task::id();
    let content = Content::from_reader(Endless { connection, reads });
    Download::new(content).respond(&request).await
}

/// Each blocking wait in place makes the runtime start another thread, which stays for seconds. The test does not count
/// threads, because many concurrent jobs on a busy machine need as many.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sources_of_clients_that_do_not_read_are_not_read_in_place() {
    let reads = Arc::new(Reads::default());
    let app = Router::new().route("/", get(endless));
    let server = Server::start(app.with_state(Arc::clone(&reads))).await;
    let mut connections = Vec::new();
    for _ in 0..CLIENTS {
        let mut connection = Connection::open(&server).await;
        let request = Request::get("/").to_http1();
        connection.write(&request).await.expect("a server");
        connections.push(connection);
    }
    within(async {
        while reads.all.load(Ordering::SeqCst) < 5 * CLIENTS {
            sleep(Duration::from_millis(1)).await;
        }
    })
    .await;
    let in_place = reads.in_place.load(Ordering::SeqCst);
    assert_eq!(in_place, 0, "of {} reads", reads.all.load(Ordering::SeqCst));
}
