//! Sources that block, run in jobs on tokio's blocking pool.
//!
//! A *job* calls the source until two chunks are full or the source ends, and gives its thread back. Its output is in
//! [`Shared`], where the consumer can take it while the job is still running: a source that stalls holds nothing back. The
//! next job starts when all output is taken, and runs while the connection sends it.

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
    sync::{AcquireError, Semaphore, SemaphorePermit},
    task::spawn_blocking,
    time::{Instant, Sleep, sleep},
};
use tracing::Span;

use super::{
    buffer::{Buffer, Chunks},
    chunk::{CANNOT_SEEK, Chunk},
    failure::Panicked,
    guard::Guard,
};
use crate::decision::ByteRange;

/// How long the consumer waits for a full chunk before it takes what there is: the finest that tokio's timer can tell.
const WAIT: Duration = Duration::from_millis(1);

/// A source that blocks.
pub(crate) trait BlockingSource: Send + 'static {
    /// Produces output until [`Output::is_done`]. Returns false at the end of the source.
    fn fill(&mut self, output: &mut Output<'_>) -> Result<bool, BoxError>;

    /// Does the same without waiting, where the source can tell that it need not wait. `None` if it cannot.
    fn try_fill(&mut self, _: &mut Chunks) -> Option<Result<bool, BoxError>> {
        None
    }

    /// Returns true if the source has a size and ranges can be selected. Else it is dropped at its end.
    fn can_seek(&self) -> bool {
        false
    }

    /// Returns how many bytes there are, if that is known without blocking.
    fn known_size(&self) -> Option<u64> {
        None
    }

    /// Finds out how many bytes there are, if the source can seek.
    fn size(&mut self) -> Result<u64, BoxError> {
        Err(CANNOT_SEEK.into())
    }

    /// Makes `range` the next bytes, if the source can seek. Does not block.
    fn select(&mut self, _: ByteRange) {}

    /// Returns what a job needs a permit of, for sources whose job lasts as long as the download.
    fn permits(&self) -> Option<&'static Semaphore> {
        None
    }

    /// Returns true if dropping the source may block.
    fn drop_may_block(&self) -> bool {
        true
    }
}

type AnySource = Guard<Box<dyn BlockingSource>>;

type Permit = SemaphorePermit<'static>;

/// A [`BlockingSource`] as its consumer sees it.
pub(crate) struct Blocking {
    shared: Arc<Shared>,
    wait: Wait,
    /// Resolves once the source may start its job, if it needs a permit.
    permit: Option<Pin<Box<dyn Future<Output = Result<Permit, AcquireError>> + Send>>>,
}

/// How long the consumer has waited for a full chunk.
#[derive(Default)]
enum Wait {
    #[default]
    NotYet,
    Waiting(Pin<Box<Sleep>>),
    Over,
}

/// What a job is to do.
#[derive(Clone, Copy)]
enum Work {
    Fill,
    FindSize,
}

impl Blocking {
    pub(crate) fn new<S: BlockingSource>(source: S) -> Self {
        let may_block = source.drop_may_block();
        let size = source.known_size();
        let source: Box<dyn BlockingSource> = Box::new(source);
        let source = if may_block {
            Guard::blocking::<S>(source)
        } else {
            Guard::non_blocking::<S>(source)
        };
        Self {
            shared: Arc::new(Shared::new(source, size)),
            wait: Wait::default(),
            permit: None,
        }
    }

    /// Returns the next bytes: a full chunk, or after [`WAIT`] whatever the job has produced so far.
    pub(crate) fn poll_chunk(&mut self, cx: &mut Context<'_>) -> Poll<Result<Chunk, BoxError>> {
        loop {
            let is_eager = matches!(self.wait, Wait::Over);
            let shared = Arc::clone(&self.shared);
            let mut guard = shared.lock();
            let state = &mut *guard;
            if let Some(chunk) = state.take(is_eager) {
                self.wait = Wait::NotYet;
                let next = self.job_ahead(state, cx);
                shared.notify_of_room(guard);
                next.into_iter().for_each(QueuedJob::spawn);
                return Poll::Ready(Ok(chunk));
            }
            match &mut state.job {
                Job::Idle(source) => match source.get_mut().try_fill(&mut state.chunks) {
                    Some(filled) => drop(state.end_fill(filled)),
                    None => {
                        let job = ready!(self.poll_job(Work::Fill, state, cx));
                        drop(guard);
                        job.into_iter().for_each(QueuedJob::spawn);
                    }
                },
                Job::Ended(_) => return Poll::Ready(Ok(Chunk::END)),
                Job::Failed(_) => return Poll::Ready(Err(state.take_error())),
                Job::Queued | Job::Running { .. } => {
                    state.await_job(is_eager, cx);
                    drop(guard);
                    ready!(self.poll_wait(cx));
                }
            }
        }
    }

    /// Returns how many bytes there are, if the source can seek.
    pub(crate) fn poll_size(&mut self, cx: &mut Context<'_>) -> Poll<Result<u64, BoxError>> {
        let shared = Arc::clone(&self.shared);
        let mut guard = shared.lock();
        let state = &mut *guard;
        match (&state.job, state.size) {
            (Job::Queued | Job::Running { .. }, _) => {
                state.await_job(true, cx);
                Poll::Pending
            }
            (_, Some(size)) => Poll::Ready(Ok(size)),
            (Job::Ended(_) | Job::Failed(_), None) => Poll::Ready(Err(state.take_error())),
            (Job::Idle(_), None) => {
                let job = ready!(self.poll_job(Work::FindSize, state, cx));
                state.await_job(true, cx);
                drop(guard);
                job.into_iter().for_each(QueuedJob::spawn);
                Poll::Pending
            }
        }
    }

    /// Makes `range` the next bytes of a source that can seek.
    pub(crate) fn select(&mut self, range: ByteRange) {
        let state = &mut *self.shared.lock();
        state.job = match mem::replace(&mut state.job, Job::Ended(None)) {
            Job::Idle(mut source) | Job::Ended(Some(mut source)) => {
                source.get_mut().select(range);
                Job::Idle(source)
            }
            job => job,
        };
    }

    /// Returns since when the current job has had a thread; `None` while it is queued for one.
    pub(crate) fn running_since(&self) -> Option<Instant> {
        match self.shared.lock().job {
            Job::Running { since } => Some(since),
            _ => None,
        }
    }

    /// Returns the next job if all output is taken. It runs while the connection sends that.
    fn job_ahead(&mut self, state: &mut State, cx: &mut Context<'_>) -> Option<QueuedJob> {
        if state.is_cached || !state.chunks.is_empty() {
            return None;
        }
        match self.poll_job(Work::Fill, state, cx) {
            Poll::Ready(job) => job,
            Poll::Pending => None,
        }
    }

    /// Returns a job for a source at rest, as soon as there is a permit if it needs one.
    ///
    /// The caller unlocks the state before it spawns the job: a pool that shuts down drops it at once.
    fn poll_job(
        &mut self,
        work: Work,
        state: &mut State,
        cx: &mut Context<'_>,
    ) -> Poll<Option<QueuedJob>> {
        let Job::Idle(source) = &mut state.job else {
            return Poll::Ready(None);
        };
        let mut permit = None;
        if let Some(permits) = source.get_mut().permits() {
            let acquire = self
                .permit
                .get_or_insert_with(|| Box::pin(permits.acquire()));
            permit = ready!(acquire.as_mut().poll(cx)).ok();
            self.permit = None;
        }
        let Job::Idle(source) = mem::replace(&mut state.job, Job::Queued) else {
            unreachable!("it was idle above");
        };
        state.taken_early = false;
        state.chunks.provide_buffers();
        Poll::Ready(Some(QueuedJob {
            source: Some(source),
            work,
            shared: Arc::clone(&self.shared),
            span: Span::current(),
            _permit: permit,
        }))
    }

    /// Ready once, when the consumer has waited long enough for a full chunk.
    fn poll_wait(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        if let Wait::NotYet = self.wait {
            self.wait = Wait::Waiting(Box::pin(sleep(WAIT)));
        }
        let Wait::Waiting(timer) = &mut self.wait else {
            return Poll::Pending;
        };
        ready!(timer.as_mut().poll(cx));
        self.wait = Wait::Over;
        Poll::Ready(())
    }
}

impl Drop for Blocking {
    fn drop(&mut self) {
        let mut state = self.shared.lock();
        state.is_closed = true;
        self.shared.notify_of_room(state);
    }
}

/// What a job and its consumer share.
struct Shared {
    state: Mutex<State>,
    /// Notified when output is taken and when the consumer is gone.
    room: Condvar,
}

struct State {
    job: Job,
    chunks: Chunks,
    /// The size of a source that can seek, once it was found.
    size: Option<u64>,
    /// The last bytes came without a job, and so will the next, most likely.
    is_cached: bool,
    /// Woken when there is something to take.
    consumer: Option<Waker>,
    /// The consumer wants any output, not only a full chunk.
    is_eager: bool,
    /// The consumer took less than a full chunk, so the job should end at its next item.
    taken_early: bool,
    /// The consumer is gone.
    is_closed: bool,
    /// A job waits for room.
    has_waiter: bool,
}

/// Who has the source.
enum Job {
    /// The consumer.
    Idle(AnySource),
    /// A job that has no thread yet.
    Queued,
    /// A job.
    Running { since: Instant },
    /// The consumer, if the source can seek and so begin again; else nobody.
    Ended(Option<AnySource>),
    /// Nobody.
    Failed(BoxError),
}

impl State {
    /// Takes a full chunk, or any output once the job is over or the consumer `is_eager`.
    fn take(&mut self, is_eager: bool) -> Option<Chunk> {
        let is_running = matches!(self.job, Job::Queued | Job::Running { .. });
        let is_early = is_running && !self.chunks.has_whole() && !self.chunks.is_full();
        if is_early && !is_eager {
            return None;
        }
        let chunk = Chunk::take(&mut self.chunks, matches!(self.job, Job::Ended(_)))?;
        self.taken_early |= is_early;
        self.is_eager = false;
        self.consumer = None;
        Some(chunk)
    }

    /// Notes what a source at rest has done without a job. Returns the source if nothing more is wanted of it.
    fn end_fill(&mut self, filled: Result<bool, BoxError>) -> Option<AnySource> {
        self.is_cached = true;
        match mem::replace(&mut self.job, Job::Ended(None)) {
            Job::Idle(source) => self.put_back(source, filled),
            job => {
                self.job = job;
                None
            }
        }
    }

    /// Takes the source back after it was called. Returns it if nothing more is wanted of it.
    fn put_back(
        &mut self,
        mut source: AnySource,
        filled: Result<bool, BoxError>,
    ) -> Option<AnySource> {
        let can_seek = source.get_mut().can_seek();
        let (job, done) = match filled {
            _ if self.is_closed => (Job::Ended(None), Some(source)),
            Ok(true) => (Job::Idle(source), None),
            Ok(false) if can_seek => (Job::Ended(Some(source)), None),
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

    /// Returns true once the job should end.
    fn is_enough(&self) -> bool {
        self.chunks.is_job_done() || self.taken_early || self.is_closed
    }

    /// Returns why the source failed. There is nothing after that.
    fn take_error(&mut self) -> BoxError {
        match mem::replace(&mut self.job, Job::Ended(None)) {
            Job::Failed(error) => error,
            _ => CANNOT_SEEK.into(),
        }
    }
}

impl Shared {
    fn new(source: AnySource, size: Option<u64>) -> Self {
        let state = State {
            job: Job::Idle(source),
            chunks: Chunks::default(),
            size,
            is_cached: false,
            consumer: None,
            is_eager: false,
            taken_early: false,
            is_closed: false,
            has_waiter: false,
        };
        Self {
            state: Mutex::new(state),
            room: Condvar::new(),
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Notifies a job that waits, once all output was taken or the consumer is gone. Unlocks first, or the job would wake up
    /// to a locked mutex.
    fn notify_of_room(&self, mut state: MutexGuard<'_, State>) {
        let has_room = state.chunks.is_empty() || state.is_closed;
        if has_room && mem::take(&mut state.has_waiter) {
            drop(state);
            self.room.notify_one();
        }
    }

    /// Marks the job as running. Returns false if its consumer has gone meanwhile.
    fn begin_job(&self) -> bool {
        let mut state = self.lock();
        state.job = Job::Running {
            since: Instant::now(),
        };
        !state.is_closed
    }
}

/// A job that waits for a thread of the pool.
struct QueuedJob {
    /// `None` once the job has begun.
    source: Option<AnySource>,
    work: Work,
    shared: Arc<Shared>,
    span: Span,
    _permit: Option<Permit>,
}

impl QueuedJob {
    fn spawn(self) {
        drop(spawn_blocking(move || self.run()));
    }

    fn run(mut self) {
        let Some(mut source) = self.source.take() else {
            return;
        };
        let _entered = self.span.enter();
        if !self.shared.begin_job() {
            return source.drop_here();
        }
        let mut output = Output {
            shared: &self.shared,
            is_done: false,
            last: None,
        };
        let work = || self.work.perform(&mut **source.get_mut(), &mut output);
        let filled = catch_unwind(AssertUnwindSafe(work))
            .unwrap_or_else(|panic| Err(Panicked::new(&*panic).into()));
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
            state.job = Job::Failed("the runtime is shutting down".into());
            wake_consumer(state);
        }
    }
}

impl Work {
    fn perform(
        self,
        source: &mut dyn BlockingSource,
        output: &mut Output<'_>,
    ) -> Result<bool, BoxError> {
        match self {
            Self::Fill => source.fill(output),
            Self::FindSize => {
                let size = source.size()?;
                output.shared.lock().size = Some(size);
                Ok(true)
            }
        }
    }
}

/// Where a job puts what its source produces.
pub(crate) struct Output<'a> {
    shared: &'a Shared,
    is_done: bool,
    last: Option<Buffer>,
}

impl Output<'_> {
    /// Calls `put` to add to the chunks. It must not wait, for the consumer may be waiting for them.
    #[inline]
    pub(crate) fn put<R>(&mut self, put: impl FnOnce(&mut Chunks) -> R) -> R {
        let mut state = self.shared.lock();
        let result = put(&mut state.chunks);
        self.is_done = state.is_enough();
        if state.is_eager && !state.chunks.is_empty() {
            wake_consumer(state);
        }
        result
    }

    /// Returns true once the job should end.
    pub(crate) fn is_done(&self) -> bool {
        self.is_done
    }

    /// Hands a buffer to the consumer once there is room, for a source that stays in its job. Returns false if the consumer
    /// is gone.
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

    /// Does the same with the last buffer, at the end of the job: it is taken together with the end.
    pub(crate) fn hand_over_last(&mut self, buffer: Buffer) -> bool {
        self.last = Some(buffer);
        !self.wait_for_room().is_closed
    }

    fn wait_for_room(&self) -> MutexGuard<'_, State> {
        let must_wait = |state: &mut State| {
            state.has_waiter = state.chunks.is_job_done() && !state.is_closed;
            state.has_waiter
        };
        let waited = self.shared.room.wait_while(self.shared.lock(), must_wait);
        waited.unwrap_or_else(PoisonError::into_inner)
    }

    /// Puts the source back. Returns it if nothing more is wanted of it.
    fn end(self, source: AnySource, filled: Result<bool, BoxError>) -> Option<AnySource> {
        let mut state = self.shared.lock();
        if let Some(last) = self.last {
            state.chunks.push_buffer(last);
        }
        state.chunks.return_buffers();
        let done = state.put_back(source, filled);
        state.is_cached = false;
        wake_consumer(state);
        done
    }
}

/// Unlocks first, or the consumer would wake up to a locked mutex.
fn wake_consumer(mut state: MutexGuard<'_, State>) {
    if let Some(consumer) = state.consumer.take() {
        drop(state);
        consumer.wake();
    }
}
