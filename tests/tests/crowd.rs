//! Many clients at once of whom nothing is known, and who do not read.

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

/// How often their readers were read, and how often of these in place.
#[derive(Default)]
struct Reads {
    all: AtomicUsize,
    in_place: AtomicUsize,
}

/// Without end; notes whether the task that reads it is that of its connection, and not a turn on the pool.
struct Endless {
    connection: task::Id,
    reads: Arc<Reads>,
}

impl Read for Endless {
    fn read(&mut self, room: &mut [u8]) -> io::Result<usize> {
        self.reads.all.fetch_add(1, Ordering::SeqCst);
        if task::id() == self.connection {
            self.reads.in_place.fetch_add(1, Ordering::SeqCst);
        }
        room.fill(b'x');
        Ok(room.len())
    }
}

async fn endless(State(reads): State<Arc<Reads>>, request: DownloadRequest) -> Response {
    let connection = task::id();
    let content = Content::from_reader(Endless { connection, reads });
    Download::new(content).respond(&request).await
}

/// Each wait in place takes a thread from the pool, and that stays for seconds. How many threads there are in the end does
/// not tell: on a machine that is busy with else, so many turns at once take as many.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn clients_that_come_at_once_and_do_not_read_are_not_read_for_in_place() {
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
