//! Large content of every kind, for consumers that drop, keep or copy the frames.

use std::{
    io::{self, Read, Write},
    net::{SocketAddr, TcpStream},
    sync::Arc,
    time::Duration,
};

use axum::{Router, extract::Path, routing::get};
use downloadview::{Content, Download, DownloadRequest, IntoContent};
use tests::{
    large::{self, FILE, Fault, LATE, Observed, SIZE, Source},
    message::Request,
    runtimes,
    server::Server,
    within,
};
use tokio::task::spawn_blocking;

const TIME_LIMIT: Duration = Duration::from_secs(30);

/// Runs a test on both runtimes, as the main future and as a task.
fn run_everywhere<F: Future<Output = ()> + Send + 'static>(test: impl Fn() -> F) {
    for runtime in runtimes() {
        runtime.block_on(test());
        runtime.block_on(async { tokio::spawn(test()).await.expect("no panic") });
    }
}

#[test]
fn each_kind_of_content_is_complete() {
    run_everywhere(|| large::assert_all_complete(large::kept_by_prompt_connection));
}

/// hyper copies frames if the transport takes one buffer at a time.
#[test]
fn a_consumer_that_copies_each_frame_gets_everything() {
    run_everywhere(|| large::assert_all_complete(|_| 0));
}

/// HTTP/2 keeps the last frame that it has sent.
#[test]
fn a_consumer_that_keeps_a_frame_until_the_next_one_gets_everything() {
    run_everywhere(|| large::assert_all_complete(|_| 1));
}

#[test]
fn a_consumer_that_stops_dropping_frames_gets_the_rest() {
    run_everywhere(|| {
        large::assert_all_complete(|bytes| {
            if bytes < LATE {
                large::kept_by_prompt_connection(bytes)
            } else {
                usize::MAX
            }
        })
    });
}

#[test]
fn a_late_failure_is_visible_and_reported_once() {
    run_everywhere(large::assert_all_fail);
}

async fn truncated() {
    let file = large::file();
    let content = Arc::clone(&file).into_content();
    let observed = Observed::of(content, |bytes| {
        if bytes >= LATE {
            file.set_len(LATE as u64).expect("the file should shrink");
        }
        large::kept_by_prompt_connection(bytes)
    })
    .await;
    assert!(observed.is_broken, "the body looks complete");
    let end = observed.end();
    assert!(end.contains("Short"), "{end}");
}

#[test]
fn a_file_that_is_truncated_late_fails_visibly() {
    run_everywhere(truncated);
}

/// Serves the content that the path names.
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

/// Reads the body as fast as it arrives, compares it with the file, and returns the number of bytes.
fn read_all(address: SocketAddr, path: &str) -> io::Result<usize> {
    let mut connection = TcpStream::connect(address)?;
    connection.set_read_timeout(Some(TIME_LIMIT))?;
    let request = Request::get(path).field("Connection", "close");
    connection.write_all(&request.to_http1())?;
    let (mut head, mut byte) = (Vec::new(), [0]);
    while !head.ends_with(b"\r\n\r\n") {
        connection.read_exact(&mut byte)?;
        head.extend(byte);
    }
    let (mut buffer, mut received) = (vec![0; 1 << 20], 0);
    loop {
        let n = connection.read(&mut buffer)?;
        if n == 0 {
            return Ok(received);
        }
        let expected = FILE.get(received..received + n);
        assert!(
            expected == Some(&buffer[..n]),
            "the bytes differ after {received}"
        );
        received += n;
    }
}

#[test]
fn every_byte_is_sent_over_a_socket_and_a_failure_is_visible() {
    for runtime in runtimes() {
        runtime.block_on(async {
            let server = Server::start(Router::new().route("/{path}", get(serve))).await;
            let address = server.address();
            for path in ["/file", "/reader", "/error", "/panic"].repeat(3) {
                // A separate thread keeps the client fast.
                let client = spawn_blocking(move || read_all(address, path));
                let received = within(client)
                    .await
                    .expect("the bytes should be those of the file");
                let received = received.expect("a server");
                if ["/file", "/reader"].contains(&path) {
                    assert_eq!(received, SIZE, "{path}");
                } else {
                    // Bytes that have not been sent yet are lost with the connection.
                    assert!((LATE / 2..=LATE).contains(&received), "{path}: {received}");
                }
            }
        });
    }
}
