//! A source that may only be used and dropped where blocking is allowed, and a probe that records what happens to it.

use std::{
    any::Any,
    io::{self, Read, Seek, SeekFrom, Write},
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{Arc, Condvar, Mutex},
    thread,
    time::Duration,
};

use axum::{Router, extract::State, response::Response, routing::get};
use downloadview::{Content, Download, DownloadRequest, Outcome};
use tokio::{
    runtime::{Builder, Runtime},
    sync::watch,
    time::{sleep, timeout},
};

/// The error or panic message of a source that fails.
pub const FAULT_MESSAGE: &str = "the pipe burst";

/// The time limit for an event that should happen soon.
const WAIT_LIMIT: Duration = Duration::from_secs(30);
/// The time after which a hanging source continues even if it is not released.
const HANG_LIMIT: Duration = Duration::from_secs(5);
/// The time without a use after which a source counts as idle.
const IDLE_TIME: Duration = Duration::from_millis(50);
/// The number of bytes that an iterator or a writer closure produces at a time.
const ROW_SIZE: usize = 1000;

/// A way in which a source goes wrong.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Fault {
    /// It returns an error.
    Error,
    /// It panics.
    Panic,
    /// It waits until [`Probe::release`] is called.
    Hang,
}

/// The behaviour of a source's destructor after it has closed its connection.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum DropAction {
    /// It does nothing else.
    Quiet,
    /// It panics with this message.
    Panics(&'static str),
    /// It waits until [`Probe::release`] is called or a time limit has passed.
    Hangs,
}

/// The behaviour of a source.
#[derive(Clone, Copy, Debug)]
pub struct Plan {
    /// The number of bytes it produces.
    pub length: usize,
    /// The position of the fault, and its kind.
    pub fault: Option<(usize, Fault)>,
    /// The behaviour of the destructor.
    pub drop_action: DropAction,
}

impl Plan {
    /// A source of this length without a fault.
    pub const fn of(length: usize) -> Self {
        Self {
            length,
            fault: None,
            drop_action: DropAction::Quiet,
        }
    }

    /// A source that is too long to be read to its end.
    pub const ENDLESS: Self = Self::of(1 << 40);

    /// Adds a fault at `position`.
    pub const fn with_fault(self, position: usize, fault: Fault) -> Self {
        Self {
            fault: Some((position, fault)),
            ..self
        }
    }

    /// Sets the behaviour of the destructor.
    pub const fn with_drop_action(self, drop_action: DropAction) -> Self {
        Self {
            drop_action,
            ..self
        }
    }
}

/// Returns the bytes of any source from `start` to `end`.
pub fn bytes(start: usize, end: usize) -> Vec<u8> {
    (start..end).map(byte).collect()
}

fn byte(position: usize) -> u8 {
    // 251 is a prime, so bytes that are shifted by any buffer size differ from the expected ones.
    u8::try_from(position % 251).expect("less than 256")
}

/// A record of what has happened to a source and its download so far.
#[derive(Clone, Debug, Default)]
pub struct Record {
    /// The number of sources that were created.
    pub created: usize,
    /// The number of times that a source was used.
    pub uses: usize,
    /// The number of destructors that have begun.
    pub drops_begun: usize,
    /// The number of destructors that have ended.
    pub drops: usize,
    /// The uses and drops where blocking was not allowed.
    pub misplaced: Vec<String>,
    /// The ends that were reported to `on_finish`.
    pub ends: Vec<String>,
    /// True while a source hangs.
    pub is_hanging: bool,
}

impl Record {
    /// Returns true once the outcome was reported and no source is left.
    pub fn is_settled(&self) -> bool {
        !self.ends.is_empty() && self.drops == self.created
    }

    /// Returns the names of the ends, without their errors.
    pub fn end_names(&self) -> Vec<&str> {
        let names = self.ends.iter().map(|end| end.split('('));
        names.filter_map(|mut parts| parts.next()).collect()
    }

    /// Checks a download that should be over, with one of `ends` as its end. Returns a description of any problem.
    pub fn problem(&self, ends: &[&str]) -> Option<String> {
        let is_right = matches!(self.end_names()[..], [end] if ends.contains(&end))
            && self.drops == self.created
            && self.misplaced.is_empty();
        (!is_right).then(|| format!("{self:?}"))
    }
}

/// Collects the problems found in the cases of a test. Fails the test when it is dropped if there are any.
#[derive(Debug, Default)]
pub struct Problems(Vec<String>);

impl Problems {
    /// Adds the problem of a case, if there is one.
    pub fn add(&mut self, case: &str, problem: Option<String>) {
        self.0
            .extend(problem.map(|problem| format!("{case}: {problem}")));
    }
}

impl Drop for Problems {
    fn drop(&mut self) {
        if !thread::panicking() {
            assert!(
                self.0.is_empty(),
                "{} cases:\n{}",
                self.0.len(),
                self.0.join("\n")
            );
        }
    }
}

/// Records what happens to a source.
#[derive(Clone, Debug, Default)]
pub struct Probe(Arc<Shared>);

#[derive(Debug, Default)]
struct Shared {
    record: watch::Sender<Record>,
    is_released: Mutex<bool>,
    released: Condvar,
}

impl Probe {
    /// Returns a callback for `on_finish`.
    pub fn listener(&self) -> impl FnOnce(Outcome) + Send + 'static {
        let probe = self.clone();
        move |outcome| probe.update(|record| record.ends.push(format!("{:?}", outcome.end)))
    }

    /// Returns the record of what has happened so far.
    pub fn record(&self) -> Record {
        self.0.record.borrow().clone()
    }

    /// Lets a hanging source or destructor continue.
    ///
    /// # Panics
    /// Panics if another thread panicked while it held the lock.
    pub fn release(&self) {
        *self.0.is_released.lock().expect("no panic") = true;
        self.0.released.notify_all();
    }

    fn hang(&self) {
        let is_released = self.0.is_released.lock().expect("no panic");
        let waited = self
            .0
            .released
            .wait_timeout_while(is_released, HANG_LIMIT, |is_released| !*is_released);
        drop(waited.expect("no panic"));
    }

    /// Waits until the record satisfies `condition`.
    ///
    /// # Panics
    /// Panics if this takes too long.
    pub async fn wait_for(&self, condition: impl FnMut(&Record) -> bool) {
        let mut receiver = self.0.record.subscribe();
        let waited = timeout(WAIT_LIMIT, receiver.wait_for(condition)).await;
        assert!(waited.is_ok(), "timed out at {:?}", self.record());
    }

    /// Returns a value that an async source owns. Dropping the value counts as dropping the source.
    pub fn token(&self) -> Token {
        self.update(|record| record.created += 1);
        Token(self.clone())
    }

    /// Waits until a source has been used and has then been idle for a while because its output is not taken.
    pub async fn wait_until_idle(&self) {
        let mut before = 0;
        loop {
            sleep(IDLE_TIME).await;
            let uses = self.record().uses;
            if uses > 0 && uses == before {
                return;
            }
            before = uses;
        }
    }

    /// Waits until the outcome is reported and the source is dropped, or a time limit has passed. Returns the record.
    pub async fn settled(&self) -> Record {
        let mut receiver = self.0.record.subscribe();
        let _ = timeout(WAIT_LIMIT, receiver.wait_for(Record::is_settled)).await;
        self.record()
    }

    fn update(&self, change: impl FnOnce(&mut Record)) {
        self.0.record.send_modify(change);
    }

    /// Runs an action that panics where blocking is not allowed, and records the panic.
    fn attempt(&self, what: &str, action: impl FnOnce()) {
        if let Err(panic) = catch_unwind(AssertUnwindSafe(action)) {
            let line = format!("{what}: {}", message(&*panic));
            self.update(|record| record.misplaced.push(line));
        }
    }
}

/// A value that represents a source that does not block.
#[derive(Debug)]
pub struct Token(Probe);

impl Drop for Token {
    fn drop(&mut self) {
        self.0.update(|record| record.drops += 1);
    }
}

fn message(panic: &(dyn Any + Send)) -> &str {
    let literal = panic.downcast_ref::<&str>().copied();
    let formatted = panic.downcast_ref::<String>().map(String::as_str);
    literal.or(formatted).unwrap_or("a panic")
}

/// A source like a database client. It owns a runtime, which panics when it is used or dropped in an async context.
///
/// The source records that panic and continues, so that a test sees every misplaced use and not only the first.
#[derive(Debug)]
pub struct Source {
    runtime: Option<Runtime>,
    position: usize,
    plan: Plan,
    probe: Probe,
}

impl Source {
    /// Creates a source whose events are recorded by `probe`.
    ///
    /// # Panics
    /// Panics if no runtime can be created.
    pub fn new(plan: Plan, probe: &Probe) -> Self {
        probe.update(|record| record.created += 1);
        let runtime = Builder::new_current_thread().build();
        Self {
            runtime: Some(runtime.expect("a runtime")),
            position: 0,
            plan,
            probe: probe.clone(),
        }
    }

    /// Blocks for a moment, like a client that sends a query to a database.
    fn query(&self, what: &str) {
        let runtime = self.runtime.as_ref().expect("a source in use");
        self.probe.update(|record| record.uses += 1);
        self.probe.attempt(what, || runtime.block_on(async {}));
    }

    /// Returns the next bytes, or no bytes at the end.
    fn take(&mut self, max: usize) -> io::Result<Vec<u8>> {
        let start = self.position;
        let mut end = self.plan.length;
        match self.plan.fault {
            Some((at, fault)) if at == start => self.fail(fault)?,
            Some((at, _)) if at > start => end = end.min(at),
            _ => {}
        }
        self.position = end.min(start.saturating_add(max));
        Ok(bytes(start, self.position))
    }

    fn fail(&mut self, fault: Fault) -> io::Result<()> {
        self.plan.fault = None;
        match fault {
            Fault::Error => Err(io::Error::other(FAULT_MESSAGE)),
            Fault::Panic => panic!("{FAULT_MESSAGE}"),
            Fault::Hang => {
                self.probe.update(|record| record.is_hanging = true);
                self.probe.hang();
                self.probe.update(|record| record.is_hanging = false);
                Ok(())
            }
        }
    }
}

impl Iterator for Source {
    type Item = io::Result<Vec<u8>>;

    fn next(&mut self) -> Option<Self::Item> {
        self.query("next");
        let row = self.take(ROW_SIZE);
        row.map(|row| (!row.is_empty()).then_some(row)).transpose()
    }
}

impl Read for Source {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.query("read");
        let bytes = self.take(buffer.len())?;
        buffer[..bytes.len()].copy_from_slice(&bytes);
        Ok(bytes.len())
    }
}

impl Seek for Source {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.query("seek");
        let position = match to {
            SeekFrom::Start(position) => i128::from(position),
            SeekFrom::Current(offset) => self.position as i128 + i128::from(offset),
            SeekFrom::End(offset) => self.plan.length as i128 + i128::from(offset),
        };
        self.position = usize::try_from(position).map_err(io::Error::other)?;
        Ok(self.position as u64)
    }
}

impl Drop for Source {
    fn drop(&mut self) {
        self.probe.update(|record| record.drops_begun += 1);
        let runtime = self.runtime.take();
        self.probe.attempt("drop", || drop(runtime));
        if self.plan.drop_action == DropAction::Hangs {
            self.probe.hang();
        }
        self.probe.update(|record| record.drops += 1);
        match self.plan.drop_action {
            // A second panic during unwinding would abort the process.
            DropAction::Panics(message) if !thread::panicking() => panic!("{message}"),
            _ => {}
        }
    }
}

/// The kinds of content that block.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Kind {
    /// `Content::from_reader`
    Reader,
    /// `Content::from_seekable_reader`
    SeekableReader,
    /// `Content::from_chunks`
    Iterator,
    /// `Content::from_writer`
    Writer,
}

impl Kind {
    /// Every kind.
    pub const ALL: [Self; 4] = [
        Self::Reader,
        Self::SeekableReader,
        Self::Iterator,
        Self::Writer,
    ];

    /// Creates a download of this kind whose source follows `plan`.
    pub fn download(self, plan: Plan, probe: &Probe) -> Download {
        let content = self.content(Source::new(plan, probe));
        Download::new(content).on_finish(probe.listener())
    }

    /// Creates content of this kind.
    pub fn content(self, source: Source) -> Content {
        match self {
            Self::Reader => Content::from_reader(source),
            Self::SeekableReader => Content::from_seekable_reader(source),
            Self::Iterator => Content::from_chunks(source),
            Self::Writer => Content::from_writer(writer(source)),
        }
    }
}

/// Returns a closure that owns `source` and writes all of it.
pub fn writer(
    mut source: Source,
) -> impl FnOnce(&mut dyn Write) -> io::Result<()> + Send + 'static {
    move |out| source.try_for_each(|row| out.write_all(&row?))
}

/// Returns every kind on each runtime, with a name for the case.
pub fn on_each(runtimes: &[Runtime; 2]) -> impl Iterator<Item = (String, &Runtime, Kind)> {
    let named = ["current-thread", "multi-thread"].into_iter().zip(runtimes);
    named.flat_map(|(name, runtime)| {
        Kind::ALL.map(|kind| (format!("{name} {kind:?}"), runtime, kind))
    })
}

/// Serves writer closures with this `send_timeout` at `/endless` and `/short`. The probe records those of `/endless`.
pub fn writers(probe: &Probe, send_timeout: Duration) -> Router {
    type Setup = (Probe, Duration);

    async fn endless(State((probe, timeout)): State<Setup>, request: DownloadRequest) -> Response {
        let download = Kind::Writer.download(Plan::ENDLESS, &probe);
        download.send_timeout(timeout).respond(&request).await
    }

    async fn short(State((_, timeout)): State<Setup>, request: DownloadRequest) -> Response {
        let download = Kind::Writer.download(Plan::of(5), &Probe::default());
        download.send_timeout(timeout).respond(&request).await
    }

    Router::new()
        .route("/endless", get(endless))
        .route("/short", get(short))
        .with_state((probe.clone(), send_timeout))
}
