use std::{io, sync::{Arc, Mutex}};
use downloadview::{DownloadRequest, download_view};

#[download_view(basename = "report.txt")]
async fn report() -> io::Result<String> {
    Err(io::Error::other("the disk is full"))
}

#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> { self.0.lock().unwrap().write(bytes) }
    fn flush(&mut self) -> io::Result<()> { Ok(()) }
}

#[tokio::test]
async fn a_failure_is_logged_with_its_reason() {
    let log = Log::default();
    let writer = log.clone();
    let subscriber = tracing_subscriber::fmt().with_writer(move || writer.clone()).finish();
    let _guard = tracing::subscriber::set_default(subscriber); // for this thread
    report(DownloadRequest::default()).await;
    assert!(String::from_utf8_lossy(&log.0.lock().unwrap()).contains("the disk is full"));
}
