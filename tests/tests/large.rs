//! Large content of every kind, for consumers that drop, keep or copy what they are given.

use std::{
    io::{self, Read, Write},
    net::{SocketAddr, TcpStream},
    sync::Arc,
    time::Duration,
};

use axum::{Router, extract::Path, routing::get};
use downloadview::{Content, Download, DownloadRequest, IntoContent};
use tests::{
    large::{self, FILE, Fault, LATE, SIZE, Seen, Source},
    message::Request,
    runtimes,
    server::Server,
    within,
};
use tokio::task::spawn_blocking;

const PATIENCE: Duration = Duration::from_secs(30);

/// Runs a test on both runtimes, as the main future and as a task.
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

/// hyper does so where a transport takes one buffer at a time.
#[test]
fn consumer_that_copies_each_frame_gets_everything() {
    everywhere(|| large::all_come_whole(|_| 0));
}

/// HTTP/2 does so with the last frame that it has sent.
#[test]
fn consumer_that_keeps_a_frame_until_the_next_one_comes_gets_everything() {
    everywhere(|| large::all_come_whole(|_| 1));
}

#[test]
fn consumer_that_stops_dropping_frames_gets_the_rest() {
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
