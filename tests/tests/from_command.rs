//! Commands: their output, their failures, and the end of their processes.
#![cfg(unix)]

use std::{fs, path::PathBuf, time::Duration};

use axum::{Router, response::Response, routing::any};
use downloadview::{Download, DownloadRequest, End, testing::assert_download};
use futures::StreamExt;
use tests::{call::send, http1::Connection, log::Log, message::Request, server::Server, within};
use tokio::{process::Command, sync::oneshot};

fn shell(script: &str) -> Command {
    let mut command = Command::new("sh");
    command.args(["-c", script]);
    command
}

async fn respond(script: &str) -> (Response, oneshot::Receiver<End>) {
    let (sender, receiver) = oneshot::channel();
    let download = Download::from_command(shell(script)).on_finish(move |outcome| {
        // Sending fails if the test does not wait for the end.
        let _ = sender.send(outcome.end);
    });
    let response = within(download.respond(&DownloadRequest::default())).await;
    (response, receiver)
}

async fn failure(receiver: oneshot::Receiver<End>) -> String {
    match within(receiver).await.unwrap() {
        End::Failed(error) => error.to_string(),
        end => panic!("{end:?}"),
    }
}

/// Returns the path of a temporary file that a command may write.
fn path(name: &str) -> PathBuf {
    std::env::temp_dir().join(format!("downloadview-{name}-{}", std::process::id()))
}

async fn wait_until(condition: impl Fn() -> bool) {
    within(async {
        while !condition() {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    })
    .await;
}

#[tokio::test]
async fn the_length_of_short_output_is_known_once_the_command_has_succeeded() {
    let (response, receiver) = respond("echo Hello; echo world; echo noise >&2").await;
    assert_download(response)
        .await
        .status(200)
        .header("content-length", "12")
        .body("Hello\nworld\n");
    assert!(matches!(receiver.await, Ok(End::Completed)));
}

#[tokio::test]
async fn long_output_is_sent_completely() {
    let (response, _) = respond("seq 1 300000").await;
    let answer = assert_download(response).await;
    let numbers = answer.status(200).text().lines();
    assert!(numbers.eq((1..=300_000).map(|number| number.to_string())));
}

#[tokio::test]
async fn the_standard_input_is_empty() {
    let (response, _) = respond("cat; echo end").await;
    assert_download(response).await.body("end\n");
}

#[tokio::test]
async fn output_is_sent_while_the_command_runs() {
    let (response, _) =
        respond("echo 1; sleep 0.1; echo 2; sleep 0.1; echo 3; exec sleep 100").await;
    let mut body = response.into_body().into_data_stream();
    assert_eq!(within(body.next()).await.unwrap().unwrap(), "1\n");
    assert_eq!(within(body.next()).await.unwrap().unwrap(), "2\n");
}

#[tokio::test]
async fn a_failed_command_is_a_500_and_its_status_and_reason_are_logged() {
    let log = Log::start();
    let (response, receiver) = respond("echo Hello; echo no such table >&2; exit 3").await;
    assert_eq!(response.status(), 500);
    let expected = "the command `sh` failed with exit status: 3: no such table";
    assert_eq!(failure(receiver).await, expected);
    let lines = log.take();
    assert!(
        lines.iter().any(|line| line.contains(expected)),
        "{lines:?}"
    );
}

#[tokio::test]
async fn a_command_that_fails_later_aborts_the_download() {
    let (response, receiver) = respond("seq 1 100000; echo no more >&2; exit 3").await;
    assert_download(response).broken().await.status(200);
    assert!(failure(receiver).await.ends_with(": no more"));
    let (response, receiver) = respond("seq 1 100000; kill -9 $$").await;
    assert_download(response).broken().await.status(200);
    assert!(failure(receiver).await.contains("signal: 9"));
}

#[tokio::test]
async fn only_the_end_of_the_standard_error_is_kept() {
    let (response, receiver) = respond("seq 1 100000 >&2; echo the reason >&2; exit 1").await;
    assert_eq!(response.status(), 500);
    let error = failure(receiver).await;
    assert!(error.ends_with("100000\nthe reason"), "{error}");
    assert!(error.len() < 5_000, "{} bytes", error.len());
}

#[tokio::test]
async fn a_command_that_cannot_be_started_is_a_500_and_its_name_is_reported() {
    let (sender, receiver) = oneshot::channel();
    let download = Download::from_command(Command::new("no-such-program"));
    let download = download.on_finish(move |outcome| sender.send(outcome.end).unwrap());
    let response = download.respond(&DownloadRequest::default()).await;
    assert_eq!(response.status(), 500);
    let error = failure(receiver).await;
    assert!(
        error.starts_with("cannot start the command `no-such-program`: "),
        "{error}"
    );
}

#[tokio::test]
async fn a_response_without_content_does_not_start_the_command() {
    let path = path("started");
    let script = format!("touch {}", path.display());
    let view = move |request: DownloadRequest| {
        let download = Download::from_command(shell(&script)).etag("v1");
        async move { download.respond(&request).await }
    };
    let router = Router::new().route("/", any(view));
    assert_eq!(send(router.clone(), "HEAD", "/", &[]).await.status, 200);
    let fields = [("If-None-Match", "\"v1\"")];
    assert_eq!(send(router.clone(), "GET", "/", &fields).await.status, 304);
    assert!(!path.exists());
    assert_eq!(send(router, "GET", "/", &[]).await.status, 200);
    fs::remove_file(path).unwrap();
}

fn exists(process: &str) -> bool {
    let status = std::process::Command::new("kill")
        .args(["-0", process])
        .stderr(std::process::Stdio::null())
        .status();
    status.unwrap().success()
}

/// The group consists of its leader, a pipeline and a background process.
#[tokio::test]
async fn the_whole_group_is_killed_when_the_client_leaves() {
    let path = path("group");
    let script = format!("sleep 1000 & echo $! $$ > {}; yes | cat", path.display());
    let view = move |request: DownloadRequest| {
        let download = Download::from_command(shell(&script));
        async move { download.respond(&request).await }
    };
    let server = Server::start(Router::new().route("/", any(view))).await;
    let mut connection = Connection::open(&server).await;
    within(connection.begin(&Request::get("/"))).await;
    let processes = fs::read_to_string(&path).unwrap();
    fs::remove_file(path).unwrap();
    let processes: Vec<&str> = processes.split_whitespace().collect();
    assert!(processes.len() == 2 && processes.iter().all(|process| exists(process)));
    drop(connection);
    // The leader must also be reaped, because a zombie would still exist.
    wait_until(|| !exists(processes[1])).await;
    wait_until(|| !is_running(processes[0])).await;
}

/// Returns true unless the process has ended. A background process may remain a zombie until the system reaps it.
fn is_running(process: &str) -> bool {
    let status = fs::read_to_string(format!("/proc/{process}/stat"));
    status.is_ok_and(|status| !status.contains(") Z "))
}

#[tokio::test]
async fn the_command_waits_for_a_slow_client() {
    let path = path("written");
    let script = format!(
        "for i in 1 2 3 4 5 6 7 8; do head -c 100000 /dev/zero; echo $i > {}; done",
        path.display()
    );
    let (response, _) = respond(&script).await;
    tokio::time::sleep(Duration::from_millis(200)).await;
    let written = fs::read_to_string(&path).unwrap_or_default();
    assert!(written.trim().parse::<u32>().unwrap_or(0) <= 3, "{written}");
    assert_download(response).await.size(800_000);
    fs::remove_file(path).unwrap();
}
