//! Blocking sources, pulled: a turn on the blocking pool fills a frame and gives its thread back.
//!
//! What a turn has put in can be taken while the turn goes on, so a source that stalls holds nothing back. To let
//! frames grow, the taker waits for a whole one first, but for [`PATIENCE`] at most: after that, any byte wakes it.

use std::{
    future::Future,
    mem,
    panic::{AssertUnwindSafe, catch_unwind},
    pin::Pin,
    sync::{
        Arc, Condvar, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    task::{Context, Poll, Waker, ready},
    time::{Duration, Instant},
};

use axum::BoxError;
use bytes::Bytes;
use tokio::{
    sync::{AcquireError, Semaphore, SemaphorePermit},
    task::{JoinHandle, spawn_blocking},
    time::{Sleep, sleep},
};
use tracing::Span;

use super::{
    PATIENCE, Source,
    failure::Panicked,
    frames::{Buffer, FRAME, Frames},
    in_place,
};

/// How many frames a turn makes for a client that drains them, as many as hyper sends in one write: each turn is two
/// switches between threads.
const DEPTH: usize = 6;

/// How long a turn of a slow source takes before it gives its thread up: others may wait for one.
const LONG: Duration = Duration::from_millis(100);

/// How often a turn stays for the next frames: others wait for its thread.
const STAYS: usize = 4;

/// A source that blocks.
pub(crate) trait Fill: Send + 'static {
    /// Waits for the next bytes and puts them into `out`; `false` at the end.
    fn fill(&mut self, out: &mut Sink<'_>) -> Result<bool, BoxError>;

    /// A fill that does not wait, where that is possible and the bytes are at hand.
    fn try_fill(&mut self, _out: &mut Sink<'_>) -> Option<Result<bool, BoxError>> {
        None
    }

    /// What has to be had before a turn: for sources that cannot be suspended and would exhaust the pool.
    fn admission() -> Option<&'static Semaphore> {
        None
    }

    /// Whether the next fill will likely be quick and large: then it needs no turn on the pool.
    fn is_swift(&self) -> bool {
        false
    }
}

/// A [`Fill`] as a source of frames.
pub(crate) struct Blocking<F> {
    shared: Arc<Shared>,
    state: State<F>,
    patience: Patience,
    /// Whether somebody counts how long it waits.
    is_watched: bool,
}

enum State<F> {
    Idle(F),
    /// Until the pool has room for it.
    Queued(F, Admission),
    Turn(JoinHandle<Turn<F>>),
    /// At the end; the source stays for those that can begin again.
    Ended(Option<F>),
    Failed(BoxError),
}

type Admission =
    Pin<Box<dyn Future<Output = Result<SemaphorePermit<'static>, AcquireError>> + Send>>;

/// What a turn gives back: the source, and whether it has more.
type Turn<F> = (F, Result<bool, BoxError>);

enum Patience {
    Fresh,
    Waiting(Pin<Box<Sleep>>),
    /// From the start, so that the first bytes of a file go out at once.
    Over,
}

/// The source is moved to the pool and back, and never pinned.
impl<F> Unpin for Blocking<F> {}

impl<F: Fill> Blocking<F> {
    pub(crate) fn new(fill: F) -> Self {
        Self {
            shared: Arc::default(),
            state: State::Idle(fill),
            patience: Patience::Over,
            is_watched: false,
        }
    }

    /// The source at rest, made ready to give bytes again; `None` while a turn has it or after it failed.
    pub(crate) fn at_rest(&mut self) -> Option<&mut F> {
        if let State::Ended(fill @ Some(_)) = &mut self.state {
            self.state = State::Idle(fill.take()?);
        }
        match &mut self.state {
            State::Idle(fill) => Some(fill),
            _ => None,
        }
    }
}

impl<F: Fill> Source for Blocking<F> {
    fn poll_frame(
        self: Pin<&mut Self>,
        most: usize,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Bytes, BoxError>>> {
        let this = self.get_mut();
        let depth = if most > FRAME { DEPTH } else { 1 };
        loop {
            this.poll_turn(cx);
            if let Some(frame) = this.shared.take_whole(depth) {
                this.patience = Patience::Fresh;
                this.read_ahead(most);
                return Poll::Ready(Some(Ok(frame)));
            }
            match mem::replace(&mut this.state, State::Ended(None)) {
                State::Idle(fill) => this.advance(fill, most),
                State::Queued(fill, mut admission) => match admission.as_mut().poll(cx) {
                    Poll::Ready(permit) => this.start_turn(fill, permit.ok()),
                    Poll::Pending => {
                        this.state = State::Queued(fill, admission);
                        return Poll::Pending;
                    }
                },
                turn @ State::Turn(_) => {
                    this.state = turn;
                    return this.poll_part(cx).map(|frame| Some(Ok(frame)));
                }
                ended => return Poll::Ready(this.last(ended)),
            }
        }
    }

    fn is_queued(&self) -> bool {
        match self.state {
            State::Queued(..) => true,
            State::Turn(_) => !self.shared.has_thread.load(Ordering::Acquire),
            _ => false,
        }
    }

    /// From now on it waits in turns on the pool only.
    fn watch(self: Pin<&mut Self>) {
        self.get_mut().is_watched = true;
    }

    fn is_giving(&self) -> bool {
        !self.shared.lock().frames.is_empty()
    }

    fn waits_in_place(&self) -> bool {
        matches!(&self.state, State::Idle(fill) if self.may_wait_in_place(fill))
    }
}

impl<F: Fill> Blocking<F> {
    fn may_wait_in_place(&self, fill: &F) -> bool {
        fill.is_swift() && !self.is_watched && in_place::is_allowed()
    }

    /// Brings a source at rest one step on: in place where that is worth it and allowed, else in a turn.
    fn advance(&mut self, mut fill: F, most: usize) {
        // It takes a thread for seconds: too dear for clients of whom nothing is known, who may be very many.
        let is_in_place = most == usize::MAX && self.may_wait_in_place(&fill);
        let sink = &mut Sink::new(&self.shared, most > FRAME);
        let done = fill.try_fill(sink).or_else(|| {
            if is_in_place {
                in_place::try_fill(|| fill.fill(sink))
            } else {
                None
            }
        });
        self.state = match (done, F::admission()) {
            (Some(Ok(true)), _) => {
                self.shared.lock().frames.seal();
                State::Idle(fill)
            }
            (Some(Ok(false)), _) => State::Ended(Some(fill)),
            (Some(Err(error)), _) => fail(fill, error),
            (None, Some(semaphore)) => State::Queued(fill, Box::pin(semaphore.acquire())),
            (None, None) => return self.start_turn(fill, None),
        };
    }

    fn start_turn(&mut self, mut fill: F, permit: Option<SemaphorePermit<'static>>) {
        let shared = Arc::clone(&self.shared);
        let span = Span::current();
        let is_watched = self.is_watched;
        shared.has_thread.store(false, Ordering::Release);
        self.state = State::Turn(spawn_blocking(move || {
            let _permit = permit;
            shared.begin_turn(is_watched);
            let more = span.in_scope(|| shared.take_turn(&mut fill));
            (fill, more)
        }));
    }

    /// Starts the next turn while the connection sends the frame that was just taken.
    fn read_ahead(&mut self, most: usize) {
        if matches!(&self.state, State::Idle(fill) if !fill.is_swift()) {
            if let State::Idle(fill) = mem::replace(&mut self.state, State::Ended(None)) {
                self.advance(fill, most);
            }
        }
    }

    fn poll_turn(&mut self, cx: &mut Context<'_>) {
        let State::Turn(turn) = &mut self.state else {
            return;
        };
        let Poll::Ready(turn) = Pin::new(turn).poll(cx) else {
            return;
        };
        self.state = match turn {
            Ok((fill, Ok(true))) => State::Idle(fill),
            Ok((fill, Ok(false))) => State::Ended(Some(fill)),
            Ok((fill, Err(error))) => fail(fill, error),
            Err(error) => State::Failed(match error.try_into_panic() {
                Ok(panic) => Panicked::new(&*panic).into(),
                Err(cancelled) => cancelled.into(),
            }),
        };
    }

    /// What a running turn has put in so far, once patience is over.
    fn poll_part(&mut self, cx: &mut Context<'_>) -> Poll<Bytes> {
        if matches!(self.patience, Patience::Fresh) {
            self.patience = Patience::Waiting(Box::pin(sleep(PATIENCE)));
        }
        if let Patience::Waiting(timer) = &mut self.patience {
            if timer.as_mut().poll(cx).is_ready() {
                self.patience = Patience::Over;
            }
        }
        let eager = matches!(self.patience, Patience::Over);
        let frame = ready!(self.shared.poll_take(cx, eager));
        self.patience = Patience::Fresh;
        Poll::Ready(frame)
    }

    /// What is left after the end: a last frame, then the failure, then nothing.
    fn last(&mut self, ended: State<F>) -> Option<Result<Bytes, BoxError>> {
        if let Some(frame) = self.shared.lock().frames.pop() {
            self.state = ended;
            return Some(Ok(frame));
        }
        match ended {
            State::Failed(error) => Some(Err(error)),
            ended => {
                self.state = ended;
                None
            }
        }
    }
}

impl<F> Drop for Blocking<F> {
    fn drop(&mut self) {
        self.shared.close();
    }
}

/// What a turn and its taker share.
#[derive(Default)]
struct Shared {
    state: Mutex<Exchange>,
    room: Condvar,
    /// Whether the turn that was started last got a thread.
    has_thread: AtomicBool,
}

#[derive(Default)]
struct Exchange {
    frames: Frames,
    taker: Option<Waker>,
    /// The taker wants any byte, not only a whole frame.
    eager: bool,
    phase: Phase,
    /// Somebody waits for room: to notify nobody costs a system call too.
    has_waiter: bool,
}

#[derive(Default, PartialEq)]
enum Phase {
    #[default]
    Open,
    /// The last bytes are in, and the turn ends: who waits for that knows that they are the last.
    Ending,
    /// The taker is gone.
    Closed,
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, Exchange> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A whole frame, if one waits; `depth` is enough from now on.
    fn take_whole(&self, depth: usize) -> Option<Bytes> {
        let mut state = self.lock();
        state.frames.deepen(depth);
        let frame = if state.frames.has_whole() && state.phase != Phase::Ending {
            state.frames.pop()
        } else {
            None
        };
        self.tell_of_room(state);
        frame
    }

    fn poll_take(&self, cx: &mut Context<'_>, eager: bool) -> Poll<Bytes> {
        let mut state = self.lock();
        if (eager || state.frames.is_full()) && state.phase != Phase::Ending {
            if let Some(frame) = state.frames.pop() {
                state.taker = None;
                self.tell_of_room(state);
                return Poll::Ready(frame);
            }
        }
        state.eager = eager;
        state.taker = Some(cx.waker().clone());
        Poll::Pending
    }

    /// Once nothing whole waits: who makes frames should make several before the next switch between threads.
    fn tell_of_room(&self, state: MutexGuard<'_, Exchange>) {
        if !state.frames.has_whole() {
            self.notify(state);
        }
    }

    /// Unlocks first, or who is woken would find it locked.
    fn notify(&self, mut state: MutexGuard<'_, Exchange>) {
        if mem::take(&mut state.has_waiter) {
            drop(state);
            self.room.notify_one();
        }
    }

    /// Where it is watched, wakes the taker, which counts from now on how long the source takes.
    fn begin_turn(&self, is_watched: bool) {
        self.has_thread.store(true, Ordering::Release);
        if is_watched {
            wake_taker(self.lock());
        }
    }

    /// Fills until enough waits, the source ends or the taker is gone.
    fn take_turn(&self, fill: &mut impl Fill) -> Result<bool, BoxError> {
        let mut sink = Sink::new(self, false);
        let mut stayed = 0;
        let begin = Instant::now();
        while fill.fill(&mut sink)? {
            if mem::take(&mut sink.is_awaited) && begin.elapsed() > LONG {
                return Ok(true);
            }
            if sink.over {
                stayed += 1;
                if stayed > STAYS || !self.may_stay() {
                    return Ok(true);
                }
            }
        }
        Ok(false)
    }

    /// Keeps the thread until the frames are taken, but only for clients that are fast, and for no longer than these need: to
    /// give it back and ask for another costs twice the switches between threads.
    fn may_stay(&self) -> bool {
        if self.lock().frames.depth() == 1 {
            return false;
        }
        self.offer();
        self.wait_for_room(PATIENCE)
    }

    /// Wakes the taker where enough waits.
    fn offer(&self) {
        let state = self.lock();
        if state.frames.is_full() {
            wake_taker(state);
        }
    }

    /// Waits until the frames are taken. `false` after `limit`, or when nobody will take them.
    fn wait_for_room(&self, limit: Duration) -> bool {
        let must_wait = |state: &mut Exchange| {
            let must_wait = state.frames.is_full() && state.phase != Phase::Closed;
            state.has_waiter = must_wait;
            must_wait
        };
        let (mut state, waited) = self
            .room
            .wait_timeout_while(self.lock(), limit, must_wait)
            .unwrap_or_else(PoisonError::into_inner);
        state.has_waiter = false;
        !waited.timed_out() && state.phase != Phase::Closed
    }

    fn close(&self) {
        let mut state = self.lock();
        state.phase = Phase::Closed;
        self.notify(state);
    }
}

/// What a source said goes before what happens when it is dropped.
fn fail<F>(fill: F, error: BoxError) -> State<F> {
    let _ = catch_unwind(AssertUnwindSafe(|| drop(fill)));
    State::Failed(error)
}

fn wake_taker(mut state: MutexGuard<'_, Exchange>) {
    if let Some(taker) = state.taker.take() {
        drop(state);
        taker.wake();
    }
}

/// Where a [`Fill`] puts its bytes.
pub(crate) struct Sink<'a> {
    shared: &'a Shared,
    over: bool,
    /// Whether somebody waited for what was put in.
    is_awaited: bool,
    is_client_fast: bool,
}

impl<'a> Sink<'a> {
    fn new(shared: &'a Shared, is_client_fast: bool) -> Self {
        Self {
            shared,
            over: false,
            is_awaited: false,
            is_client_fast,
        }
    }

    /// A buffer to read into, for a client that is fast a large one if it will be filled.
    pub(crate) fn buffer(&self, will_be_filled: bool) -> Buffer {
        if self.is_client_fast && will_be_filled {
            Buffer::large()
        } else {
            Buffer::new(FRAME)
        }
    }

    /// Calls `put` with the frames; it must be short, for the taker may wait for them.
    pub(crate) fn put<R>(&mut self, put: impl FnOnce(&mut Frames) -> R) -> R {
        let mut state = self.shared.lock();
        let result = put(&mut state.frames);
        self.over = state.frames.is_full() || state.phase == Phase::Closed;
        if state.eager && !state.frames.is_empty() {
            self.is_awaited = state.taker.is_some();
            wake_taker(state);
        }
        result
    }

    /// The same of the last bytes. They are taken at the end of the turn, which wakes the taker.
    pub(crate) fn put_last(&mut self, put: impl FnOnce(&mut Frames)) {
        let mut state = self.shared.lock();
        put(&mut state.frames);
        state.phase = Phase::Ending;
    }

    /// For a source whose turn does not end when enough waits: tells the taker.
    pub(crate) fn offer(&mut self) {
        self.shared.offer();
    }

    /// Likewise: waits until the frames are taken. `false` when nobody will.
    pub(crate) fn wait_for_room(&mut self) -> bool {
        self.shared.wait_for_room(Duration::MAX)
    }
}
