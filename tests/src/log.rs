//! Captures the errors that the library logs in a test.

use std::{
    cell::RefCell,
    fmt::{self, Write},
    sync::{LazyLock, Once},
    time::Duration,
};

use tokio::{sync::watch, time::timeout};
use tracing::{
    Event, Level, Metadata, Subscriber,
    field::{Field, Visit},
    span::{Attributes, Id, Record},
};

/// The lines that all threads have logged.
static ALL: LazyLock<watch::Sender<Vec<String>>> = LazyLock::new(watch::Sender::default);

thread_local! {
    static LINES: RefCell<Vec<String>> = const { RefCell::new(Vec::new()) };
}

/// The errors that the library logs on this thread, one line each. In a current-thread runtime these are the test's errors.
///
/// There is one subscriber for the whole process, because `tracing` caches for each call site which subscribers want it.
#[derive(Debug)]
pub struct Log(());

impl Log {
    /// Starts to capture errors.
    ///
    /// # Panics
    /// Panics if the process has another subscriber.
    pub fn start() -> Self {
        static START: Once = Once::new();
        START.call_once(|| {
            tracing::subscriber::set_global_default(ErrorSubscriber).expect("no other subscriber");
        });
        LINES.take();
        Self(())
    }

    /// Returns the lines that were logged since the last call.
    pub fn take(&self) -> Vec<String> {
        LINES.take()
    }

    /// Returns the lines of all threads since the start of the process that contain `text`.
    pub fn on_any_thread(&self, text: &str) -> Vec<String> {
        let lines = ALL.borrow();
        lines
            .iter()
            .filter(|line| line.contains(text))
            .cloned()
            .collect()
    }

    /// Waits until `count` lines of all threads contain `text`.
    ///
    /// # Panics
    /// Panics if this takes too long.
    pub async fn wait_for(&self, count: usize, text: &str) {
        let mut receiver = ALL.subscribe();
        let has_all =
            |lines: &Vec<String>| lines.iter().filter(|line| line.contains(text)).count() >= count;
        let waited = timeout(Duration::from_secs(30), receiver.wait_for(has_all)).await;
        assert!(waited.is_ok(), "fewer than {count} lines contain {text:?}");
    }
}

struct ErrorSubscriber;

impl Subscriber for ErrorSubscriber {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.target() == "downloadview" && *metadata.level() == Level::ERROR
    }

    fn new_span(&self, _: &Attributes<'_>) -> Id {
        Id::from_u64(1)
    }

    fn record(&self, _: &Id, _: &Record<'_>) {}

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn event(&self, event: &Event<'_>) {
        let mut line = Line::default();
        event.record(&mut line);
        ALL.send_modify(|lines| lines.push(line.0.clone()));
        LINES.with_borrow_mut(|lines| lines.push(line.0));
    }

    fn enter(&self, _: &Id) {}

    fn exit(&self, _: &Id) {}
}

#[derive(Default)]
struct Line(String);

impl Visit for Line {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        // Writing to a `String` cannot fail.
        let _ = write!(self.0, "{field}={value:?} ");
    }
}
