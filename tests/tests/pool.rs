//! Blocking sources on a runtime with few blocking threads.

use std::{
    io::{self, Read, Seek, SeekFrom, Write},
    iter,
    net::{SocketAddr, TcpStream},
    sync::{
        Arc, Condvar, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

use axum::{Router, response::Response, routing::get};
use downloadview::{Content, Download, DownloadRequest};
use futures::future::join;
use tests::{message::Request, runtimes_of, server::Server, within};
use tokio::{runtime::Runtime, sync::oneshot, task::spawn_blocking};

const TIME_LIMIT: Duration = Duration::from_secs(30);
const STALL: Duration = Duration::from_millis(200);

/// A reader that hangs until the gate is opened and then ends.
struct Hanging {
    hanging_count: Arc<AtomicUsize>,
    gate: Arc<Gate>,
}

impl Read for Hanging {
    fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
        self.hanging_count.fetch_add(1, Ordering::Relaxed);
        self.gate.wait();
        Ok(0)
    }
}

/// A gate that is closed until it is opened or a time limit has passed.
#[derive(Default)]
struct Gate {
    is_open: Mutex<bool>,
    opened: Condvar,
}

impl Gate {
    fn wait(&self) {
        let is_open = self.is_open.lock().unwrap();
        let waited = self
            .opened
            .wait_timeout_while(is_open, TIME_LIMIT, |is_open| !*is_open);
        drop(waited.unwrap());
    }

    fn open(&self) {
        *self.is_open.lock().unwrap() = true;
        self.opened.notify_all();
    }
}

fn ask(address: SocketAddr, path: &str) -> TcpStream {
    let mut connection = TcpStream::connect(address).expect("a server");
    let request = Request::get(path).to_http1();
    connection.write_all(&request).expect("a server");
    connection
        .set_read_timeout(Some(TIME_LIMIT / 3))
        .expect("a socket");
    connection
}

#[test]
fn readers_that_hang_do_not_block_other_requests() {
    /// The number of clients, which exceeds the number of threads.
    const CLIENTS: usize = 8;
    /// A size that a client only drains if it counts as fast.
    const SIZE: u64 = 128 << 20;
    for runtime in runtimes_of(4) {
        let hanging_count = Arc::new(AtomicUsize::new(0));
        let gate = Arc::new(Gate::default());
        let (hanging, gate_of_source) = (Arc::clone(&hanging_count), Arc::clone(&gate));
        let serve = async move |request: DownloadRequest| {
            let hanging = Hanging {
                hanging_count: hanging,
                gate: gate_of_source,
            };
            let reader = io::repeat(b'#').take(SIZE).chain(hanging);
            let download = Download::new(Content::from_reader(reader));
            download.respond(&request).await
        };
        let app = Router::new()
            .route("/hanging", get(serve))
            .route("/hi", get("hi"));
        while_serving(runtime, app, |address| {
            for _ in 0..CLIENTS {
                let mut connection = ask(address, "/hanging");
                thread::spawn(move || {
                    let mut buffer = vec![0; 1 << 20];
                    while connection.read(&mut buffer).is_ok_and(|n| n > 0) {}
                });
            }
            wait_until_stable(&hanging_count);
            let read = ask(address, "/hi").read(&mut [0; 100]);
            gate.open();
            assert!(read.expect("a response") > 0);
        });
    }
}

/// Waits until no more readers start to hang.
fn wait_until_stable(hanging_count: &AtomicUsize) {
    let mut before = 0;
    let begin = Instant::now();
    while begin.elapsed() < TIME_LIMIT / 3 {
        thread::sleep(3 * STALL);
        let now = hanging_count.load(Ordering::Relaxed);
        if now > 0 && now == before {
            return;
        }
        before = now;
    }
}

#[test]
fn slow_iterators_make_progress_even_if_they_outnumber_the_threads() {
    async fn rows(request: DownloadRequest) -> Response {
        let rows = iter::repeat_with(|| {
            thread::sleep(STALL / 10);
            "row"
        });
        Download::new(Content::from_chunks(rows))
            .respond(&request)
            .await
    }
    for runtime in runtimes_of(2) {
        let app = Router::new().route("/", get(rows));
        while_serving(runtime, app, |address| {
            let mut downloads: Vec<_> = (0..6).map(|_| ask(address, "/")).collect();
            for _ in 0..3 {
                for download in &mut downloads {
                    let read = download.read(&mut [0; 10_000]);
                    assert!(read.expect("a row") > 0);
                }
            }
        });
    }
}

/// A reader that hangs while its size is determined.
struct Unsized(Arc<Gate>);

impl Read for Unsized {
    fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
        Ok(0)
    }
}

impl Seek for Unsized {
    fn seek(&mut self, _: SeekFrom) -> io::Result<u64> {
        self.0.wait();
        Ok(0)
    }
}

#[test]
fn a_reader_that_hangs_while_its_size_is_determined_is_aborted() {
    for runtime in runtimes_of(1) {
        runtime.block_on(async {
            let gate = Arc::new(Gate::default());
            let content = Content::from_seekable_reader(Unsized(Arc::clone(&gate)));
            let download = Download::new(content).stall_timeout(STALL);
            let begin = Instant::now();
            let response = within(download.respond(&DownloadRequest::default())).await;
            assert_eq!(response.status(), 500);
            assert!(
                begin.elapsed() < TIME_LIMIT / 2,
                "the response waited for the source"
            );
            gate.open();
        });
    }
}

#[test]
fn iterators_that_stall_are_aborted_even_if_others_wait_for_their_thread() {
    for runtime in runtimes_of(1) {
        runtime.block_on(async {
            let respond = async || {
                let nothing = iter::repeat_with(|| {
                    thread::sleep(STALL / 10);
                    ""
                });
                let download = Download::new(Content::from_chunks(nothing)).stall_timeout(STALL);
                download.respond(&DownloadRequest::default()).await
            };
            let (one, other) = within(join(respond(), respond())).await;
            assert_eq!([one.status(), other.status()], [500, 500]);
        });
    }
}

#[test]
fn waiting_for_a_thread_is_not_a_stall() {
    for runtime in runtimes_of(1) {
        runtime.block_on(async {
            let occupant = spawn_blocking(|| thread::sleep(3 * STALL));
            let download = Download::new(Content::from_chunks(["row"].into_iter()));
            let download = download.stall_timeout(STALL);
            let response = within(download.respond(&DownloadRequest::default())).await;
            assert_eq!(response.status(), 200);
            occupant.await.expect("no panic");
        });
    }
}

#[test]
fn a_source_that_stalls_after_waiting_for_a_thread_is_aborted() {
    for runtime in runtimes_of(1) {
        runtime.block_on(async {
            let gate = Arc::new(Gate::default());
            let gate_of_source = Arc::clone(&gate);
            spawn_blocking(|| thread::sleep(2 * STALL));
            let rows = iter::once_with(move || {
                gate_of_source.wait();
                "row"
            });
            let download = Download::new(Content::from_chunks(rows)).stall_timeout(STALL);
            let response = within(download.respond(&DownloadRequest::default())).await;
            assert_eq!(response.status(), 500);
            gate.open();
        });
    }
}

/// Runs `client` on this thread and the server on others.
fn while_serving(runtime: Runtime, app: Router, client: impl FnOnce(SocketAddr)) {
    let server = runtime.block_on(Server::start(app));
    let address = server.address();
    let (stop, stopped) = oneshot::channel::<()>();
    let driver = thread::spawn(move || {
        let _ = runtime.block_on(stopped);
        drop(server);
    });
    client(address);
    drop(stop);
    driver.join().expect("no panic");
}
