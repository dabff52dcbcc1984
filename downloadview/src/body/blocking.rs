//! Sources that block, run in jobs on tokio's blocking pool.
//!
//! A *job* calls the source until two chunks are full or the source ends, and then returns its thread. The consumer can take output from
//! [`Shared`] while the job is still running, so a source that stalls does not delay earlier bytes. The next job starts when all output
//! has been taken, and runs while the connection sends it.

use std::{
    future::Future,
    mem,
    panic::{AssertUnwindSafe, catch_unwind},
    pin::Pin,
    sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError},
    task::{Context, Poll, Waker, ready},
    time::Duration,
};

use axum::BoxError;
use tokio::{
    task::spawn_blocking,
    time::{Instant, Sleep, sleep},
};
use tracing::Span;

use super::{
    buffer::{Buffer, Chunks},
    chunk::CANNOT_SEEK,
    source::{AsyncSource, Source},
};
use crate::{
    error::Fault,
    guard::Guard,
    http::range::ByteRange,
    permits::{Permit, Permits},
};

/// The time for which the consumer waits for a full job before it takes any output. It is the resolution of tokio's timer.
const WAIT: Duration = Duration::from_millis(1);

/// A source that blocks.
pub(crate) trait BlockingSource: Send + 'static {
    /// Produces output until [`Output::is_done`]. Returns false at the end of the source.
    ///
    /// A reader that can seek only determines its size when it is called for the first time.
    fn fill(&mut self, output: &mut Output<'_>) -> Result<bool, BoxError>;

    /// Returns true if ranges can be selected. Otherwise, the source is dropped at its end.
    fn can_seek(&self) -> bool {
        false
    }

    /// Makes `range` the next bytes, if the source can seek. It does not block.
    fn select(&mut self, _: ByteRange) {}

    /// Returns the limit of which a job needs a permit. Only a source whose job lasts as long as the download has a limit.
    fn permits(&self) -> Option<&'static Permits> {
        None
    }
}

type AnySource = Guard<Box<dyn BlockingSource>>;

type AcquirePermit = Pin<Box<dyn Future<Output = Permit> + Send>>;

/// The consumer of a [`BlockingSource`].
pub(crate) struct Blocking {
    shared: Arc<Shared>,
    /// Elapses when the consumer has waited long enough for the job.
    wait: Option<Pin<Box<Sleep>>>,
    /// Resolves once the job has its permit, if it needs one.
    permit: Option<AcquirePermit>,
}

impl Blocking {
    pub(crate) fn new(source: AnySource) -> Self {
        let state = State {
            job: Job::Idle(source),
            chunks: Chunks::default(),
            size: None,
            consumer: None,
            is_eager: false,
            taken_early: false,
            is_closed: false,
        };
        Self {
            shared: Arc::new(Shared {
                state: Mutex::new(state),
                room: Condvar::new(),
            }),
            wait: None,
            permit: None,
        }
    }

    /// Returns true if there is no job, and no output or failure of the last one.
    pub(crate) fn is_idle(&self) -> bool {
        let state = self.shared.lock();
        matches!(state.job, Job::Idle(_) | Job::Ended(_)) && state.chunks.is_empty()
    }

    /// Starts a job for an idle source once it has its permit. No other function starts jobs.
    fn poll_start(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        let mut state = self.shared.lock();
        let Job::Idle(source) = &mut state.job else {
            return Poll::Ready(());
        };
        let mut permit = None;
        if let Some(permits) = source.get_mut().permits() {
            let acquire = self
                .permit
                .get_or_insert_with(|| Box::pin(permits.acquire()));
            permit = Some(ready!(acquire.as_mut().poll(cx)));
            self.permit = None;
        }
        let job = QueuedJob {
            source: state.begin_job(),
            shared: Arc::clone(&self.shared),
            span: Span::current(),
            _permit: permit,
        };
        // A pool that shuts down drops the job at once, and dropping it locks the state.
        drop(state);
        drop(spawn_blocking(move || job.run()));
        Poll::Ready(())
    }
}

impl AsyncSource for Blocking {
    /// Takes the output of a job when it has ended, or after [`WAIT`] the output so far.
    fn poll_fill(
        mut self: Pin<&mut Self>,
        chunks: &mut Chunks,
        cx: &mut Context<'_>,
    ) -> Poll<Result<bool, BoxError>> {
        loop {
            let is_eager = self.wait.as_ref().is_some_and(|wait| wait.is_elapsed());
            let mut state = self.shared.lock();
            if state.take(chunks, is_eager) {
                let goes_on = !matches!(state.job, Job::Ended(_));
                drop(state);
                self.shared.room.notify_one();
                self.wait = None;
                return Poll::Ready(Ok(goes_on));
            }
            match &state.job {
                Job::Idle(_) => {
                    drop(state);
                    ready!(self.poll_start(cx));
                }
                Job::Queued | Job::Running { .. } => {
                    state.await_job(is_eager, cx);
                    drop(state);
                    if is_eager {
                        return Poll::Pending;
                    }
                    let wait = || Box::pin(sleep(WAIT));
                    ready!(self.wait.get_or_insert_with(wait).as_mut().poll(cx));
                }
                Job::Ended(_) => return Poll::Ready(Ok(false)),
                Job::Failed(_) => return Poll::Ready(Err(state.take_error())),
            }
        }
    }

    fn run_ahead(mut self: Pin<&mut Self>, cx: &mut Context<'_>) {
        let _ = self.poll_start(cx);
    }

    fn poll_size(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<u64, BoxError>> {
        loop {
            let mut state = self.shared.lock();
            match (&state.job, state.size) {
                (Job::Queued | Job::Running { .. }, _) => {
                    state.await_job(true, cx);
                    return Poll::Pending;
                }
                (_, Some(size)) => return Poll::Ready(Ok(size)),
                (Job::Idle(_), None) => {
                    drop(state);
                    ready!(self.poll_start(cx));
                }
                (_, None) => return Poll::Ready(Err(state.take_error())),
            }
        }
    }

    fn select(self: Pin<&mut Self>, range: ByteRange) {
        let mut state = self.shared.lock();
        state.job = match mem::replace(&mut state.job, Job::Ended(None)) {
            Job::Idle(mut source) | Job::Ended(Some(mut source)) => {
                source.get_mut().select(range);
                Job::Idle(source)
            }
            job => job,
        };
    }

    fn working_since(&self, wait: Instant) -> Option<Instant> {
        match self.shared.lock().job {
            Job::Running { since } => Some(since.max(wait)),
            _ => None,
        }
    }
}

impl Drop for Blocking {
    fn drop(&mut self) {
        self.shared.lock().is_closed = true;
        self.shared.room.notify_one();
    }
}

impl Source {
    /// Returns a source that runs in jobs on the blocking pool and is dropped there.
    pub(crate) fn blocking<S: BlockingSource>(source: S) -> Self {
        Self::polled(Blocking::new(Guard::blocking::<S>(Box::new(source))))
    }
}

/// The state that a job and its consumer share.
struct Shared {
    state: Mutex<State>,
    /// Notified when output is taken and when the consumer is gone.
    room: Condvar,
}

struct State {
    job: Job,
    chunks: Chunks,
    /// The size of a source that can seek, once it is known.
    size: Option<u64>,
    /// The consumer, woken when there is output to take.
    consumer: Option<Waker>,
    /// True if the consumer takes any output, not only that of a full job.
    is_eager: bool,
    /// True if the consumer has taken output of the running job. The job should end at its next item.
    taken_early: bool,
    /// True if the consumer is gone.
    is_closed: bool,
}

/// The stage of the current job. It determines the owner of the source.
enum Job {
    /// There is no job. The consumer owns the source.
    Idle(AnySource),
    /// The job has no thread yet. It owns the source.
    Queued,
    /// The job is running. It owns the source.
    Running { since: Instant },
    /// The source has ended. It was dropped, unless it can seek and may begin again.
    Ended(Option<AnySource>),
    /// The source has failed and was dropped.
    Failed(BoxError),
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn is_in_job(&self) -> bool {
        matches!(self.job, Job::Queued | Job::Running { .. })
    }

    /// Moves all output to `chunks` if the job has ended or the consumer takes any output. Otherwise, returns false.
    fn take(&mut self, chunks: &mut Chunks, is_eager: bool) -> bool {
        let is_early = self.is_in_job() && !self.chunks.is_job_done();
        if self.chunks.is_empty() || (is_early && !is_eager) {
            return false;
        }
        self.chunks.move_to(chunks);
        self.taken_early |= is_early;
        self.is_eager = false;
        true
    }

    /// Returns the source for a job that is about to be queued.
    fn begin_job(&mut self) -> Option<AnySource> {
        self.taken_early = false;
        self.chunks.provide_buffers();
        match mem::replace(&mut self.job, Job::Queued) {
            Job::Idle(source) => Some(source),
            _ => None,
        }
    }

    /// Takes the source back after a job. Returns it if it is no longer needed.
    fn end_job(&mut self, source: AnySource, filled: Result<bool, BoxError>) -> Option<AnySource> {
        let (job, done) = match filled {
            Ok(true) => (Job::Idle(source), None),
            Ok(false) if source.get().can_seek() => (Job::Ended(Some(source)), None),
            Ok(false) => (Job::Ended(None), Some(source)),
            Err(error) => (Job::Failed(error), Some(source)),
        };
        self.job = job;
        done
    }

    fn await_job(&mut self, is_eager: bool, cx: &Context<'_>) {
        self.is_eager = is_eager;
        self.consumer = Some(cx.waker().clone());
    }

    /// Returns true once the job should end. A job that cannot end waits.
    fn is_done(&self) -> bool {
        self.chunks.is_job_done() || self.taken_early || self.is_closed
    }

    /// Returns the failure of the source. There is no output after that.
    fn take_error(&mut self) -> BoxError {
        match mem::replace(&mut self.job, Job::Ended(None)) {
            Job::Failed(error) => error,
            _ => CANNOT_SEEK.into(),
        }
    }
}

/// A job that waits for a thread of the pool.
struct QueuedJob {
    /// `None` once the job has started.
    source: Option<AnySource>,
    shared: Arc<Shared>,
    span: Span,
    _permit: Option<Permit>,
}

impl QueuedJob {
    fn run(mut self) {
        let Some(mut source) = self.source.take() else {
            return;
        };
        let _entered = self.span.enter();
        self.shared.lock().job = Job::Running {
            since: Instant::now(),
        };
        let mut output = Output::new(&self.shared);
        let filled = if output.is_done {
            Ok(true)
        } else {
            catch_unwind(AssertUnwindSafe(|| source.get_mut().fill(&mut output)))
                .unwrap_or_else(|panic| Err(Fault::panicked(panic).into()))
        };
        if let Some(source) = output.end(source, filled) {
            source.drop_here();
        }
    }
}

impl Drop for QueuedJob {
    /// A runtime that shuts down drops its jobs.
    fn drop(&mut self) {
        if self.source.is_some() {
            let mut state = self.shared.lock();
            state.job = Job::Failed(Fault::ShutDown.into());
            wake_consumer(state);
        }
    }
}

/// The output of a source in a job.
pub(crate) struct Output<'a> {
    shared: &'a Shared,
    is_done: bool,
    last: Option<Buffer>,
}

impl<'a> Output<'a> {
    fn new(shared: &'a Shared) -> Self {
        Self {
            shared,
            is_done: shared.lock().is_done(),
            last: None,
        }
    }

    /// Calls `put` to add to the chunks. It must not block, because the consumer may be waiting for them.
    #[inline]
    pub(crate) fn put<R>(&mut self, put: impl FnOnce(&mut Chunks) -> R) -> R {
        let mut state = self.shared.lock();
        let result = put(&mut state.chunks);
        self.is_done = state.is_done();
        if state.is_eager && !state.chunks.is_empty() {
            wake_consumer(state);
        }
        result
    }

    /// Returns true once the job should end.
    pub(crate) fn is_done(&self) -> bool {
        self.is_done
    }

    /// Returns true if the size of a source that can seek is known.
    pub(crate) fn has_size(&self) -> bool {
        self.shared.lock().size.is_some()
    }

    pub(crate) fn set_size(&mut self, size: u64) {
        self.shared.lock().size = Some(size);
    }

    /// Passes a buffer to the consumer once there is room. It is for a source that stays in its job. Returns false if the consumer is
    /// gone.
    pub(crate) fn hand_over(&mut self, buffer: Buffer) -> bool {
        let mut state = self.wait_for_room();
        if state.is_closed {
            return false;
        }
        state.chunks.push_buffer(buffer);
        if state.is_eager || state.chunks.is_job_done() {
            wake_consumer(state);
        }
        true
    }

    /// Passes the last buffer to the consumer, which receives it together with the end of the job.
    pub(crate) fn hand_over_last(&mut self, buffer: Buffer) {
        self.last = Some(buffer);
        drop(self.wait_for_room());
    }

    fn wait_for_room(&self) -> MutexGuard<'_, State> {
        let is_full = |state: &mut State| state.chunks.is_job_done() && !state.is_closed;
        let waited = self.shared.room.wait_while(self.shared.lock(), is_full);
        waited.unwrap_or_else(PoisonError::into_inner)
    }

    /// Ends the job. Returns the source if it is no longer needed.
    fn end(self, source: AnySource, filled: Result<bool, BoxError>) -> Option<AnySource> {
        let mut state = self.shared.lock();
        if let Some(last) = self.last {
            state.chunks.push_buffer(last);
        }
        state.chunks.return_buffers();
        if state.is_closed {
            // The destructor of the remaining output may block, so the state is unlocked first.
            drop(state);
            return Some(source);
        }
        let done = state.end_job(source, filled);
        wake_consumer(state);
        done
    }
}

/// Unlocks the state before it wakes the consumer, which needs the lock.
fn wake_consumer(mut state: MutexGuard<'_, State>) {
    if let Some(consumer) = state.consumer.take() {
        drop(state);
        consumer.wake();
    }
}
