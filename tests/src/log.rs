//! What the library logs in a test.

use std::{
    cell::RefCell,
    fmt::{self, Write},
    sync::Once,
};

use tracing::{
    Event, Level, Metadata, Subscriber,
    field::{Field, Visit},
    span::{Attributes, Id, Record},
};

thread_local! {
    static LINES: RefCell<Vec<String>> = const { RefCell::new(Vec::new()) };
}

/// The library's errors on this thread, a line each: in a current-thread runtime, those of the test.
///
/// One subscriber serves the whole process, for which of several is asked is decided where others log, too.
#[derive(Debug)]
pub struct Log(());

impl Log {
    /// Begins to listen.
    ///
    /// # Panics
    /// When the process has another subscriber.
    pub fn start() -> Self {
        static START: Once = Once::new();
        START.call_once(|| {
            tracing::subscriber::set_global_default(Errors).expect("no other subscriber");
        });
        LINES.take();
        Self(())
    }

    /// What was logged since the last call.
    pub fn take(&self) -> Vec<String> {
        LINES.take()
    }
}

struct Errors;

impl Subscriber for Errors {
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
