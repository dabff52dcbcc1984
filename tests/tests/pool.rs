//! What sources that block take of the threads of a runtime that has few.

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

const PATIENCE: Duration = Duration::from_secs(30);
const STALL: Duration = Duration::from_millis(200);

/// Hangs until it is let go, then ends.
struct Hanging {
    hung: Arc<AtomicUsize>,
    go: Arc<Gate>,
}

impl Read for Hanging {
    fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
        self.hung.fetch_add(1, Ordering::Relaxed);
        self.go.wait();
        Ok(0)
    }
}

/// Shut until it is opened, or the test took too long.
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
            .wait_timeout_while(is_open, PATIENCE, |is_open| !*is_open);
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
        .set_read_timeout(Some(PATIENCE / 3))
        .expect("a socket");
    connection
}

#[test]
fn readers_that_hang_let_other_requests_go_on() {
    /// More than has threads, and for each more than proves that its client is fast.
    const CLIENTS: usize = 8;
    const SIZE: u64 = 128 << 20;
    for runtime in runtimes_of(4) {
        let hung = Arc::new(AtomicUsize::new(0));
        let go = Arc::new(Gate::default());
        let (hanging, hold) = (Arc::clone(&hung), Arc::clone(&go));
        let serve = async move |request: DownloadRequest| {
            let hanging = Hanging {
                hung: hanging,
                go: hold,
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
                    let mut room = vec![0; 1 << 20];
                    while connection.read(&mut room).is_ok_and(|n| n > 0) {}
                });
            }
            until_no_more(&hung);
            let read = ask(address, "/hi").read(&mut [0; 100]);
            go.open();
            assert!(read.expect("an answer") > 0);
        });
    }
}

/// Until as many hang as can.
fn until_no_more(hung: &AtomicUsize) {
    let mut before = 0;
    let begin = Instant::now();
    while begin.elapsed() < PATIENCE / 3 {
        thread::sleep(3 * STALL);
        let now = hung.load(Ordering::Relaxed);
        if now > 0 && now == before {
            return;
        }
        before = now;
    }
}

#[test]
fn more_slow_iterators_than_threads_all_go_on() {
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

/// Hangs before it tells its size.
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
fn a_reader_that_hangs_before_it_tells_its_size_is_broken_off() {
    for runtime in runtimes_of(1) {
        runtime.block_on(async {
            let go = Arc::new(Gate::default());
            let content = Content::from_seekable_reader(Unsized(Arc::clone(&go)));
            let download = Download::new(content).stall_timeout(STALL);
            let begin = Instant::now();
            let response = within(download.respond(&DownloadRequest::default())).await;
            assert_eq!(response.status(), 500);
            assert!(begin.elapsed() < PATIENCE / 2, "it waited for the source");
            go.open();
        });
    }
}

#[test]
fn iterators_that_give_nothing_for_too_long_are_broken_off_though_others_wait_for_their_thread() {
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
fn to_wait_for_a_thread_is_no_stall() {
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
fn what_stalls_after_it_has_waited_for_a_thread_is_broken_off() {
    for runtime in runtimes_of(1) {
        runtime.block_on(async {
            let go = Arc::new(Gate::default());
            let hold = Arc::clone(&go);
            spawn_blocking(|| thread::sleep(2 * STALL));
            let rows = iter::once_with(move || {
                hold.wait();
                "row"
            });
            let download = Download::new(Content::from_chunks(rows)).stall_timeout(STALL);
            let response = within(download.respond(&DownloadRequest::default())).await;
            assert_eq!(response.status(), 500);
            go.open();
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
