//! What a client gets that was found to be fast: much at a time, and some of it read in place.

use std::{
    io::{self, Read, Write},
    mem,
    net::{SocketAddr, TcpStream},
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
    time::Duration,
};

use axum::{Router, extract::Path, routing::get};
use downloadview::{Content, Download, DownloadRequest, IntoContent};
use tests::{
    large::{self, FILE, Fault, LATE, READERS, SIZE, Seen, Source},
    message::Request,
    runtimes,
    server::Server,
    within,
};
use tokio::{runtime::Builder, task::spawn_blocking};

/// A frame of those who are not fast.
const FRAME: usize = 64 << 10;
const PATIENCE: Duration = Duration::from_secs(30);

/// On the thread that the runtime was given, and on one of its own: to wait in place, only the latter hands its work over.
fn everywhere<F: Future<Output = ()> + Send + 'static>(test: impl Fn() -> F) {
    for runtime in runtimes() {
        runtime.block_on(test());
        runtime.block_on(async { tokio::spawn(test()).await.expect("no panic") });
    }
}

#[test]
fn each_kind_of_content_comes_whole() {
    everywhere(|| large::all_come_whole(large::few));
}

/// As where a transport takes one buffer at a time: nobody knows then what was sent, and so who is fast.
#[test]
fn who_copies_each_frame_gets_it_whole_in_small_ones() {
    everywhere(|| large::all_come_whole(|_| 0));
    let [_, threads] = runtimes();
    threads.block_on(async {
        for (kind, content) in READERS {
            let seen = Seen::of(content(Source::new(None)), |_| 0).await;
            assert!(seen.largest <= FRAME, "{kind}: {}", seen.largest);
        }
    });
}

/// As over HTTP/2, which keeps the last frame that it has sent.
#[test]
fn who_keeps_a_frame_until_the_next_one_comes_gets_it() {
    everywhere(|| large::all_come_whole(|_| 1));
}

#[test]
fn who_was_fast_and_drops_no_frame_any_more_gets_the_rest() {
    everywhere(|| {
        large::all_come_whole(|bytes| {
            if bytes < LATE {
                large::few(bytes)
            } else {
                usize::MAX
            }
        })
    });
}

#[test]
fn what_goes_wrong_late_is_seen_to_fail_and_told_once() {
    everywhere(large::all_are_seen_to_fail);
}

/// Were it not so, nothing here would be about clients that are fast.
#[test]
fn what_can_be_read_at_once_comes_in_large_frames() {
    // One worker always stays free, and other tests may take some places.
    let mut many = Builder::new_multi_thread();
    let many = many.worker_threads(16).enable_all().build();
    many.expect("a runtime").block_on(async {
        for (kind, content) in READERS {
            let seen = Seen::of(content(Source::new(None)), large::few).await;
            assert!(seen.largest > FRAME, "{kind}: {}", seen.largest);
        }
        let seen = Seen::of(large::file().into_content(), large::few).await;
        assert!(seen.largest > FRAME, "file: {}", seen.largest);
    });
}

/// Fills what room there is, but takes its time from [`LATE`] on.
struct Tiring {
    source: Source,
    position: usize,
    is_slow: bool,
    largest_late: Arc<AtomicUsize>,
}

impl Read for Tiring {
    fn read(&mut self, room: &mut [u8]) -> io::Result<usize> {
        if self.position > LATE {
            // The first slow read cannot be foreseen.
            if mem::replace(&mut self.is_slow, true) {
                self.largest_late.fetch_max(room.len(), Ordering::Relaxed);
            }
            thread::sleep(Duration::from_millis(15));
        }
        let n = self.source.read(room)?;
        self.position += n;
        Ok(n)
    }
}

#[test]
fn a_reader_that_becomes_slow_is_read_in_small_frames() {
    everywhere(|| async {
        let largest_late = Arc::new(AtomicUsize::new(0));
        let reader = Tiring {
            source: Source::new(None),
            position: 0,
            is_slow: false,
            largest_late: Arc::clone(&largest_late),
        };
        let seen = Seen::of(Content::from_reader(reader), large::few).await;
        seen.is_whole("reader");
        let largest = largest_late.load(Ordering::Relaxed);
        assert!(largest <= FRAME, "{largest}");
    });
}

async fn truncated() {
    let file = large::file();
    let content = Arc::clone(&file).into_content();
    let seen = Seen::of(content, |bytes| {
        if bytes >= LATE {
            file.set_len(LATE as u64).expect("less of it");
        }
        large::few(bytes)
    })
    .await;
    assert!(seen.is_broken, "it looks whole");
    let end = seen.end();
    assert!(end.contains("Short"), "{end}");
}

#[test]
fn a_file_that_is_truncated_late_is_seen_to_fail() {
    everywhere(truncated);
}

/// Serves what the path names, as often as it is asked for.
async fn serve(Path(path): Path<String>, request: DownloadRequest) -> axum::response::Response {
    let content = match path.as_str() {
        "file" => large::file().into_content(),
        "reader" => Content::from_reader(Source::new(None)),
        "error" => Content::from_reader(Source::new(Some(Fault::Error))),
        _ => Content::from_reader(Source::new(Some(Fault::Panic))),
    };
    let download = Download::new(content).size(SIZE as u64);
    download.respond(&request).await
}

/// Reads as fast as it comes, and compares it with the file; how much of that came.
fn read_all(address: SocketAddr, path: &str) -> io::Result<usize> {
    let mut connection = TcpStream::connect(address)?;
    connection.set_read_timeout(Some(PATIENCE))?;
    let request = Request::get(path).field("Connection", "close");
    connection.write_all(&request.to_http1())?;
    let (mut head, mut byte) = (Vec::new(), [0]);
    while !head.ends_with(b"\r\n\r\n") {
        connection.read_exact(&mut byte)?;
        head.extend(byte);
    }
    let (mut buffer, mut got) = (vec![0; 1 << 20], 0);
    loop {
        let n = connection.read(&mut buffer)?;
        if n == 0 {
            return Ok(got);
        }
        let expected = FILE.get(got..got + n);
        assert!(expected == Some(&buffer[..n]), "other bytes at {got}");
        got += n;
    }
}

#[test]
fn each_byte_comes_over_a_socket_and_a_failure_is_seen() {
    for runtime in runtimes() {
        runtime.block_on(async {
            let server = Server::start(Router::new().route("/{path}", get(serve))).await;
            let address = server.address();
            for path in ["/file", "/reader", "/error", "/panic"].repeat(3) {
                // A thread of its own keeps it fast.
                let client = spawn_blocking(move || read_all(address, path));
                let got = within(client).await.expect("the bytes of the file");
                let got = got.expect("a server");
                if ["/file", "/reader"].contains(&path) {
                    assert_eq!(got, SIZE, "{path}");
                } else {
                    // What was not sent yet is lost with the connection.
                    assert!((LATE / 2..=LATE).contains(&got), "{path}: {got}");
                }
            }
        });
    }
}
