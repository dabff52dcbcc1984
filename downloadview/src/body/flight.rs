//! What the connection was given and has not sent yet.
//!
//! hyper takes up to 16 frames before it looks whether the client drains them, so the larger they are, the more it keeps
//! for a slow client. Here a frame tells when it is dropped. When enough is under way, the connection gets a turn to
//! send it: if that is gone then, the next frames are large again, else they are small. (HTTP/2 keeps the last frame
//! that it has sent, so one may be left.)
//!
//! Where the transport takes one buffer at a time, hyper copies each frame and drops it at once, up to 408 KiB: then nobody
//! knows what was sent.

use std::{
    future::Future,
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    task::{Context, Poll, ready},
};

use bytes::Bytes;
use futures::task::AtomicWaker;
use tokio::time::{Sleep, sleep};

use super::{
    PATIENCE,
    frames::{FRAME, READ, SCRAP},
};

/// What is given between two turns to a client that drains it, a large read: more than hyper takes before it looks.
const MUCH: usize = READ;
/// The same, in four frames, while nobody knows whether the client will.
const LITTLE: usize = 24 << 10;
/// The same, while there is credit.
const SOME: usize = 128 << 10;
/// What is made at a time for a client that does not.
pub(super) const LEAST: usize = 8 << 10;
/// What such a client is given at a time: hyper takes less than [`LEAST`] of these.
const SLICE: usize = 512;
/// Who drains so much without a pause, more than the buffers of two sockets hold, is fast.
const PROOF: usize = 8 << 20;

#[derive(Default)]
pub(super) struct InFlight {
    /// Shared with each frame that is not dropped yet.
    frames: Arc<UnderWay>,
    /// How much was given since there was at most one.
    given: usize,
    /// Whether that is enough: then the connection should have a turn to send it.
    is_enough: bool,
    /// Whether it has had its turn.
    had_turn: bool,
    /// Whether the last frame was a part of what was made.
    is_cut: bool,
    /// How much the client has drained since it last held something back.
    drained: usize,
    takes: Takes,
    /// Only while nothing is proved.
    credit: Option<Credit>,
    /// While [`poll_sent`](Self::poll_sent) waits.
    patience: Option<Pin<Box<Sleep>>>,
}

/// What the connection does with a frame. It shows when it asks for the next, unless it had so much that it sent before.
#[derive(Default, PartialEq)]
enum Takes {
    #[default]
    Unknown,
    Given,
    /// It keeps it until it is sent.
    Kept,
    /// It copies and drops it.
    Copied,
}

/// How many frames are not dropped yet, and who waits until there is none.
#[derive(Default)]
struct UnderWay {
    count: AtomicUsize,
    waiter: AtomicWaker,
}

impl InFlight {
    /// How much the source should make at a time; more than a frame for a client that is fast, and `usize::MAX` where nothing
    /// is under way to it.
    pub(super) fn most(&self) -> usize {
        if self.is_fast() && self.under_way() == 0 {
            return usize::MAX;
        }
        let least = if self.had_turn { LEAST } else { 0 };
        self.frame().max(least)
    }

    /// Pending once, and woken at once, where the connection should first send what it has. It is not made to wait
    /// until it has sent it: who collects a body keeps every frame.
    pub(super) fn poll_turn(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        let under_way = self.under_way();
        self.learn();
        if self.takes == Takes::Copied {
            return Poll::Ready(());
        }
        if under_way <= 1 {
            let has_paused = self.drained == 0;
            self.drained = self.drained.saturating_add(self.given);
            if has_paused || self.is_fast() {
                self.credit = None;
            } else if self.has_given_window() && self.credit.is_none() {
                self.credit = Credit::take();
            }
            self.given = 0;
            self.is_enough = false;
            self.had_turn = false;
        } else if self.had_turn {
            self.drained = 0;
        } else if self.is_enough {
            self.had_turn = true;
            cx.waker().wake_by_ref();
            return Poll::Pending;
        }
        Poll::Ready(())
    }

    /// Ready once a fast client was sent everything, or has let it wait for [`PATIENCE`]. Who would make the connection
    /// wait asks for it, so that it does not hold back meanwhile what it was given.
    pub(super) fn poll_sent(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        if self.is_fast() && self.under_way() > 0 {
            self.frames.waiter.register(cx.waker());
            if self.under_way() > 0 {
                let patience = self
                    .patience
                    .get_or_insert_with(|| Box::pin(sleep(PATIENCE)));
                ready!(patience.as_mut().poll(cx));
            }
        }
        self.patience = None;
        Poll::Ready(())
    }

    /// The next frame, off the front of `bytes`.
    pub(super) fn give(&mut self, bytes: &mut Bytes) -> Bytes {
        let frame = bytes.split_to(self.frame().min(bytes.len()));
        // The end of what was cut keeps the memory of all of it.
        self.is_enough |= self.is_cut && bytes.is_empty();
        self.is_cut = !bytes.is_empty();
        self.give_whole(frame)
    }

    /// `bytes` as the next frame.
    pub(super) fn give_whole(&mut self, bytes: Bytes) -> Bytes {
        self.learn();
        self.given += bytes.len();
        self.is_enough |= self.has_given_window();
        self.frames.count.fetch_add(1, Ordering::Relaxed);
        if self.takes == Takes::Unknown && self.given <= SOME {
            self.takes = Takes::Given;
        }
        Bytes::from_owner(Frame {
            bytes,
            frames: Arc::clone(&self.frames),
        })
    }

    /// Looks what became of the frame that was given last.
    fn learn(&mut self) {
        if self.takes == Takes::Given {
            self.takes = if self.under_way() > 0 {
                Takes::Kept
            } else {
                Takes::Copied
            };
        }
    }

    /// How many frames are not dropped yet.
    fn under_way(&self) -> usize {
        self.frames.count.load(Ordering::Acquire)
    }

    /// How large the next frame may be. Who collects a body should not get it in crumbs: the more there is of it, the
    /// larger they are.
    fn frame(&self) -> usize {
        if self.takes == Takes::Copied {
            FRAME
        } else if self.had_turn {
            (self.given / 128).max(SLICE)
        } else if self.is_fast() {
            MUCH
        } else if self.credit.is_some() {
            FRAME
        } else {
            LITTLE / 4
        }
    }

    fn has_given_window(&self) -> bool {
        self.given + SCRAP > self.window()
    }

    fn window(&self) -> usize {
        match self.credit {
            _ if self.is_fast() => MUCH,
            Some(_) => SOME,
            None => LITTLE,
        }
    }

    fn is_fast(&self) -> bool {
        self.drained >= PROOF
    }
}

/// Leave to give [`SOME`] to a client of whom little is known. Few have it at a time, so that very many slow ones, which
/// all look fast until the buffers of two sockets are full, cost little nevertheless.
struct Credit;

/// How many may still have it.
static CREDIT: AtomicUsize = AtomicUsize::new(3);

impl Credit {
    fn take() -> Option<Self> {
        let one_less = |left: usize| left.checked_sub(1);
        let taken = CREDIT.fetch_update(Ordering::Relaxed, Ordering::Relaxed, one_less);
        taken.ok().map(|_| Self)
    }
}

impl Drop for Credit {
    fn drop(&mut self) {
        CREDIT.fetch_add(1, Ordering::Relaxed);
    }
}

struct Frame {
    bytes: Bytes,
    frames: Arc<UnderWay>,
}

impl Drop for Frame {
    fn drop(&mut self) {
        if self.frames.count.fetch_sub(1, Ordering::AcqRel) == 1 {
            self.frames.waiter.wake();
        }
    }
}

impl AsRef<[u8]> for Frame {
    fn as_ref(&self) -> &[u8] {
        &self.bytes
    }
}

#[cfg(test)]
mod tests {
    use std::task::Waker;

    use super::*;

    /// Everything that a connection takes before it waits for its client: `None` where it gets a turn to send.
    fn take(in_flight: &mut InFlight) -> Option<Bytes> {
        let mut cx = Context::from_waker(Waker::noop());
        in_flight
            .poll_turn(&mut cx)
            .is_ready()
            .then(|| in_flight.give(&mut Bytes::from(vec![0; in_flight.most().min(FRAME)])))
    }

    /// As hyper does: takes up to 16 frames, and drops them as `drains` says.
    fn fill(in_flight: &mut InFlight, drains: bool) -> usize {
        let mut held = Vec::new();
        let mut most = 0;
        while held.len() < 16 {
            match take(in_flight) {
                Some(frame) => held.push(frame),
                None if drains => held.clear(),
                None => {}
            }
            most = most.max(held.iter().map(Bytes::len).sum());
            if drains && in_flight.drained >= 2 * PROOF {
                break;
            }
        }
        most
    }

    /// What was given before the window, the window, and what is made when it is full.
    const BOUND: usize = LITTLE / 4 + LITTLE + LEAST;

    #[test]
    fn slow_client_costs_little_memory() {
        assert!(fill(&mut InFlight::default(), false) <= BOUND);
    }

    #[test]
    fn client_that_drains_gets_much_at_a_time() {
        let mut in_flight = InFlight::default();
        assert!(fill(&mut in_flight, true) >= MUCH);
        assert_eq!(in_flight.most(), usize::MAX);
    }

    #[test]
    fn client_that_drained_much_and_stops_gets_little_from_then_on() {
        let mut in_flight = InFlight::default();
        fill(&mut in_flight, true);
        fill(&mut in_flight, false);
        assert!(fill(&mut in_flight, false) <= BOUND);
    }

    #[test]
    fn few_of_many_clients_get_credit_and_give_it_back() {
        let drained_once = || {
            let mut in_flight = InFlight::default();
            let mut given = Vec::new();
            while let Some(frame) = take(&mut in_flight) {
                given.push(frame);
            }
            in_flight
        };
        let mut clients: Vec<_> = (0..100).map(|_| drained_once()).collect();
        let all: usize = clients.iter_mut().map(|one| fill(one, false)).sum();
        assert!(all <= 97 * BOUND + 3 * (SOME + FRAME + LEAST), "{all}");
        drop(clients);
        assert!(fill(&mut drained_once(), false) >= SOME);
    }

    #[test]
    fn who_copies_frames_is_never_taken_for_fast() {
        let mut in_flight = InFlight::default();
        for _ in 0..2 * PROOF / FRAME {
            let frame = take(&mut in_flight).expect("no turn");
            assert!(frame.len() <= FRAME);
        }
        assert_eq!(in_flight.most(), FRAME);
    }

    #[test]
    fn who_sends_what_was_large_before_more_is_asked_for_has_not_copied_it() {
        let mut in_flight = InFlight::default();
        drop(in_flight.give_whole(Bytes::from(vec![0; MUCH])));
        let _first = take(&mut in_flight).expect("no turn");
        let second = take(&mut in_flight).expect("no turn");
        assert_eq!(second.len(), LITTLE / 4);
    }

    #[test]
    fn body_that_is_collected_comes_in_few_frames() {
        let mut in_flight = InFlight::default();
        let mut all = Vec::new();
        let mut size = 0;
        while size < 64 << 20 {
            if let Some(frame) = take(&mut in_flight) {
                size += frame.len();
                all.push(frame);
            }
        }
        assert!(all.len() < 2_500, "{} frames", all.len());
    }
}
