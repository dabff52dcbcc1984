//! A source that may only be used and dropped where blocking is allowed, and a record of what happened to it.

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

/// The message of a source that fails.
pub const WHY: &str = "the pipe burst";

/// How long a test waits for something that should happen soon.
const PATIENCE: Duration = Duration::from_secs(30);
/// How long something hangs that nobody releases.
const HANG: Duration = Duration::from_secs(5);
/// A source that is not used for so long is at rest.
const PAUSE: Duration = Duration::from_millis(50);
/// How much an iterator or a writer closure produces at a time.
const ROW: usize = 1000;

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

/// What the destructor of a source does beside closing its connection.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Farewell {
    /// Nothing.
    Quiet,
    /// It panics with this message.
    Panics(&'static str),
    /// It waits until [`Probe::release`] is called, but not for ever.
    Hangs,
}

/// What a source does.
#[derive(Clone, Copy, Debug)]
pub struct Plan {
    /// The number of bytes it produces.
    pub length: usize,
    /// The position at which it goes wrong, and how.
    pub fault: Option<(usize, Fault)>,
    /// What its destructor does.
    pub farewell: Farewell,
}

impl Plan {
    /// A source of this length that works.
    pub const fn of(length: usize) -> Self {
        Self {
            length,
            fault: None,
            farewell: Farewell::Quiet,
        }
    }

    /// A source of which nobody sees the end.
    pub const ENDLESS: Self = Self::of(1 << 40);

    /// The same source, which goes wrong at `position`.
    pub const fn with_fault(self, position: usize, fault: Fault) -> Self {
        Self {
            fault: Some((position, fault)),
            ..self
        }
    }

    /// The same source with another destructor.
    pub const fn with_farewell(self, farewell: Farewell) -> Self {
        Self { farewell, ..self }
    }
}

/// The bytes of every source from `start` to `end`.
pub fn bytes(start: usize, end: usize) -> Vec<u8> {
    (start..end).map(byte).collect()
}

fn byte(position: usize) -> u8 {
    // 251 is a prime, so that no buffer size hides a shift.
    u8::try_from(position % 251).expect("less than 256")
}

/// What happened to a source and its download so far.
#[derive(Clone, Debug, Default)]
pub struct Record {
    /// The number of sources that were made.
    pub created: usize,
    /// The number of times that a source was asked for something.
    pub uses: usize,
    /// The number of destructors that began.
    pub drops_begun: usize,
    /// The number of destructors that ended.
    pub drops: usize,
    /// Uses and drops where blocking was not allowed.
    pub misplaced: Vec<String>,
    /// The ends that `on_finish` was told.
    pub ends: Vec<String>,
    /// True while a source hangs.
    pub is_hanging: bool,
}

impl Record {
    /// Returns true once the outcome was reported and no source is left.
    pub fn is_settled(&self) -> bool {
        !self.ends.is_empty() && self.drops == self.created
    }

    /// The names of the ends, without their errors.
    pub fn end_names(&self) -> Vec<&str> {
        let names = self.ends.iter().map(|end| end.split('('));
        names.filter_map(|mut parts| parts.next()).collect()
    }

    /// Returns what is wrong about a download that should be over, and should have ended as one of `ends`.
    pub fn problem(&self, ends: &[&str]) -> Option<String> {
        let is_right = matches!(self.end_names()[..], [end] if ends.contains(&end))
            && self.drops == self.created
            && self.misplaced.is_empty();
        (!is_right).then(|| format!("{self:?}"))
    }
}

/// Collects what is wrong in the cases of a test, which fails at its end.
#[derive(Debug, Default)]
pub struct Problems(Vec<String>);

impl Problems {
    /// Adds what is wrong about a case.
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

    /// Returns what happened so far.
    pub fn record(&self) -> Record {
        self.0.record.borrow().clone()
    }

    /// Lets a source or a destructor go on that hangs.
    ///
    /// # Panics
    /// When another thread panicked here.
    pub fn release(&self) {
        *self.0.is_released.lock().expect("no panic") = true;
        self.0.released.notify_all();
    }

    fn hang(&self) {
        let is_released = self.0.is_released.lock().expect("no panic");
        let waited = self
            .0
            .released
            .wait_timeout_while(is_released, HANG, |is_released| !*is_released);
        drop(waited.expect("no panic"));
    }

    /// Waits for `condition`.
    ///
    /// # Panics
    /// When it does not hold in time.
    pub async fn wait_for(&self, condition: impl FnMut(&Record) -> bool) {
        let mut receiver = self.0.record.subscribe();
        let waited = timeout(PATIENCE, receiver.wait_for(condition)).await;
        assert!(waited.is_ok(), "nothing happens after {:?}", self.record());
    }

    /// Returns a value for an async source to own, whose destructor counts as the source's.
    pub fn token(&self) -> Token {
        self.update(|record| record.created += 1);
        Token(self.clone())
    }

    /// Waits until a source was used and then was not for a while, for nobody takes what it produced.
    pub async fn at_rest(&self) {
        let mut before = 0;
        loop {
            sleep(PAUSE).await;
            let uses = self.record().uses;
            if uses > 0 && uses == before {
                return;
            }
            before = uses;
        }
    }

    /// Waits until the outcome was reported and the source is gone, but not for ever, and returns what happened.
    pub async fn settled(&self) -> Record {
        let mut receiver = self.0.record.subscribe();
        let _ = timeout(PATIENCE, receiver.wait_for(Record::is_settled)).await;
        self.record()
    }

    fn update(&self, change: impl FnOnce(&mut Record)) {
        self.0.record.send_modify(change);
    }

    /// Does something that panics where blocking is not allowed.
    fn attempt(&self, what: &str, action: impl FnOnce()) {
        if let Err(panic) = catch_unwind(AssertUnwindSafe(action)) {
            let line = format!("{what}: {}", message(&*panic));
            self.update(|record| record.misplaced.push(line));
        }
    }
}

/// Stands for a source that does not block.
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

/// A source like the client of a database: it owns a runtime, which panics when it is used or dropped in an async context.
///
/// It records that panic and goes on, so that a test sees every misplaced use and not only the first.
#[derive(Debug)]
pub struct Source {
    runtime: Option<Runtime>,
    position: usize,
    plan: Plan,
    probe: Probe,
}

impl Source {
    /// Makes a source that `probe` watches.
    ///
    /// # Panics
    /// When the system gives no runtime.
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

    /// Asks for something, as a query is sent to a database.
    fn query(&self, what: &str) {
        let runtime = self.runtime.as_ref().expect("a source in use");
        self.probe.update(|record| record.uses += 1);
        self.probe.attempt(what, || runtime.block_on(async {}));
    }

    /// Returns the next bytes, none at the end.
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
            Fault::Error => Err(io::Error::other(WHY)),
            Fault::Panic => panic!("{WHY}"),
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
        let row = self.take(ROW);
        row.map(|row| (!row.is_empty()).then_some(row)).transpose()
    }
}

impl Read for Source {
    fn read(&mut self, room: &mut [u8]) -> io::Result<usize> {
        self.query("read");
        let bytes = self.take(room.len())?;
        room[..bytes.len()].copy_from_slice(&bytes);
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
        if self.plan.farewell == Farewell::Hangs {
            self.probe.hang();
        }
        self.probe.update(|record| record.drops += 1);
        match self.plan.farewell {
            // A second panic while the first one unwinds would end the process.
            Farewell::Panics(message) if !thread::panicking() => panic!("{message}"),
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

    /// Makes a download of this kind, whose source follows `plan`.
    pub fn download(self, plan: Plan, probe: &Probe) -> Download {
        let content = self.content(Source::new(plan, probe));
        Download::new(content).on_finish(probe.listener())
    }

    /// Makes content of this kind.
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

/// Every kind on each runtime, and the name of the case.
pub fn on_each(runtimes: &[Runtime; 2]) -> impl Iterator<Item = (String, &Runtime, Kind)> {
    let named = ["current-thread", "multi-thread"].into_iter().zip(runtimes);
    named.flat_map(|(name, runtime)| {
        Kind::ALL.map(|kind| (format!("{name} {kind:?}"), runtime, kind))
    })
}

/// Serves writer closures under this `send_timeout`: `/endless`, which tells the probe, and `/short`.
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
