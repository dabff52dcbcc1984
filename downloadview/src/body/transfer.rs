//! The `http_body::Body` of a download.

use std::{
    collections::VecDeque,
    convert::Infallible,
    future::{Future, poll_fn},
    panic::{AssertUnwindSafe, catch_unwind},
    pin::Pin,
    task::{Context, Poll, ready},
    time::Duration,
};

use axum::BoxError;
use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use tokio::time::{Sleep, sleep};
use tracing::Span;

use super::{
    Given, Report, Seekable, Selection,
    failure::{Aborted, Panicked, Stalled},
    flight::{InFlight, LEAST},
    frames::FRAME,
    linger::Linger,
};

/// What is sent, before its head and after.
pub(crate) struct Transfer {
    /// Gone, and with it the source, once nothing more is wanted of it.
    selection: Option<Selection>,
    /// What was produced before the head went out.
    ahead: VecDeque<Bytes>,
    left: Option<u64>,
    linger: Linger,
    stall: Stall,
}

/// How many bytes `source` has, by the rules that hold for its bytes: with a deadline, its panics caught, and in `span`.
pub(crate) async fn size(
    mut source: Pin<&mut dyn Seekable>,
    stall_timeout: Option<Duration>,
    span: &Span,
) -> Result<u64, BoxError> {
    if stall_timeout.is_some() {
        source.as_mut().watch();
    }
    let mut stall = Stall::new(stall_timeout);
    let mut poll = |cx: &mut Context<'_>| match catch_unwind(AssertUnwindSafe(|| {
        source.as_mut().poll_size(cx)
    })) {
        Ok(Poll::Pending) => stall
            .poll(source.is_queued(), cx)
            .map(|stalled| Err(stalled.into())),
        Ok(size) => size,
        Err(panic) => Poll::Ready(Err(Panicked::new(&*panic).into())),
    };
    poll_fn(|cx| span.in_scope(|| poll(cx))).await
}

impl Transfer {
    /// `length`: how many bytes the whole selection has, where that is known.
    pub(crate) fn new(
        mut selection: Selection,
        length: Option<u64>,
        stall_timeout: Option<Duration>,
    ) -> Self {
        if stall_timeout.is_some() {
            selection.watch();
        }
        Self {
            selection: Some(selection),
            ahead: VecDeque::new(),
            left: length,
            linger: Linger::default(),
            stall: Stall::new(stall_timeout),
        }
    }

    /// Waits for the first bytes, so that a source which fails at once gives no head, and a short one goes out with it:
    /// `Some` is all there was.
    pub(crate) async fn first(&mut self, span: &Span) -> Result<Option<Bytes>, BoxError> {
        let first = poll_fn(|cx| span.in_scope(|| self.poll_first(cx))).await;
        // Until the connection asks, nobody waits for more.
        self.stall.timer = None;
        first
    }

    fn poll_first(&mut self, cx: &mut Context<'_>) -> Poll<Result<Option<Bytes>, BoxError>> {
        loop {
            let is_wanting = self.ahead.is_empty() || self.is_short();
            let may_end = is_wanting || self.may_be_short();
            let most = if may_end { FRAME } else { LEAST };
            match self.poll_source(most, cx) {
                Poll::Ready(Some(frame)) => {
                    self.ahead.push_back(frame?);
                    self.linger.restart();
                }
                Poll::Ready(None) => {
                    self.end()?;
                    return Poll::Ready(Ok(Some(self.take_ahead())));
                }
                Poll::Pending if is_wanting => return Poll::Pending,
                Poll::Pending => {
                    if may_end {
                        let is_giving = self.selection.as_ref().is_some_and(Selection::is_giving);
                        ready!(self.linger.poll(is_giving, cx));
                        let first = self.take_ahead();
                        self.ahead.push_back(first);
                    }
                    return Poll::Ready(Ok(None));
                }
            }
            if !may_end {
                return Poll::Ready(Ok(None));
            }
        }
    }

    /// Whether what is of unknown length, as far as it came, fits a frame.
    fn may_be_short(&self) -> bool {
        self.left.is_none() && self.ahead.iter().map(Bytes::len).sum::<usize>() <= FRAME
    }

    /// Whether something was produced that is still to be sent.
    pub(crate) fn is_begun(&self) -> bool {
        !self.ahead.is_empty()
    }

    /// So short, and so soon to be had, that it should leave in one write with the head: `axum::serve` leaves Nagle's
    /// algorithm on, and a second write can wait 40 ms for the client's delayed acknowledgement.
    fn is_short(&self) -> bool {
        self.left.is_some_and(|left| left <= FRAME as u64)
            && self.selection.as_ref().is_some_and(Selection::is_seekable)
    }

    fn take_ahead(&mut self) -> Bytes {
        let first = self.ahead.pop_front().unwrap_or_default();
        if self.ahead.is_empty() {
            return first;
        }
        let mut all = first.to_vec();
        for frame in self.ahead.drain(..) {
            all.extend_from_slice(&frame);
        }
        all.into()
    }

    fn poll_source(
        &mut self,
        most: usize,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Bytes, BoxError>>> {
        let Some(selection) = &mut self.selection else {
            return Poll::Ready(None);
        };
        match catch_unwind(AssertUnwindSafe(|| selection.poll_frame(most, cx))) {
            Ok(Poll::Pending) => {
                let stalled = self.stall.poll(selection.is_queued(), cx);
                stalled.map(|stalled| Some(Err(stalled.into())))
            }
            Ok(Poll::Ready(given)) => {
                self.stall.timer = None;
                match given {
                    Some(Ok(Given::Frame(frame))) => Poll::Ready(Some(Ok(frame))),
                    Some(Ok(Given::Discarded)) => {
                        // It goes on for as long as the file is long: others have their turn between.
                        cx.waker().wake_by_ref();
                        Poll::Pending
                    }
                    Some(Err(error)) => Poll::Ready(Some(Err(error))),
                    None => Poll::Ready(None),
                }
            }
            Err(panic) => Poll::Ready(Some(Err(Panicked::new(&*panic).into()))),
        }
    }

    fn poll_frame(
        &mut self,
        most: usize,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Bytes, BoxError>>> {
        let mut next = match self.ahead.pop_front() {
            Some(frame) => Some(Ok(frame)),
            None => ready!(self.poll_source(most, cx)),
        };
        if let (Some(Ok(frame)), Some(left)) = (&next, &mut self.left) {
            *left = left.saturating_sub(frame.len() as u64);
        }
        let is_last = self.left == Some(0) || !matches!(next, Some(Ok(_)));
        if is_last {
            self.ahead.clear();
            self.left = Some(0);
            let ended = self.end();
            if let (Err(panicked), None | Some(Ok(_))) = (ended, &next) {
                next = Some(Err(panicked));
            }
        }
        Poll::Ready(next)
    }

    /// Drops the source; fails if that panics.
    fn end(&mut self) -> Result<(), BoxError> {
        let selection = self.selection.take();
        catch_unwind(AssertUnwindSafe(|| drop(selection)))
            .map_err(|panic| Panicked::new(&*panic).into())
    }

    fn is_over(&self) -> bool {
        self.selection.is_none() && self.ahead.is_empty()
    }

    fn waits_in_place(&self) -> bool {
        self.selection
            .as_ref()
            .is_some_and(Selection::waits_in_place)
    }

    /// How many bytes are still to be sent, where that is known.
    pub(crate) fn left(&self) -> Option<u64> {
        self.left
    }

    pub(crate) fn into_body(self, report: Report) -> Sending {
        let is_memory = self.selection.as_ref().is_none_or(Selection::is_memory);
        let paced = Paced {
            transfer: self,
            in_flight: (!is_memory).then(InFlight::default),
            rest: Bytes::new(),
        };
        Sending { paced, report }
    }
}

/// A [`Transfer`] at the pace of its client.
struct Paced {
    transfer: Transfer,
    /// None for what is in memory: there, nothing is saved by sending less at a time.
    in_flight: Option<InFlight>,
    /// What of the last frame is still to be given.
    rest: Bytes,
}

impl Paced {
    fn poll_frame(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Bytes, BoxError>>> {
        let Some(in_flight) = &mut self.in_flight else {
            return self.transfer.poll_frame(FRAME, cx);
        };
        if !self.transfer.ahead.is_empty() {
            // It is there already, and goes out with the head.
            let frame = self.transfer.poll_frame(LEAST, cx);
            return frame.map_ok(|frame| in_flight.give_whole(frame));
        }
        ready!(in_flight.poll_turn(cx));
        if self.rest.is_empty() {
            if self.transfer.waits_in_place() {
                ready!(in_flight.poll_sent(cx));
            }
            match ready!(self.transfer.poll_frame(in_flight.most(), cx)) {
                Some(Ok(frame)) => self.rest = frame,
                end => return Poll::Ready(end),
            }
        }
        Poll::Ready(Some(Ok(in_flight.give(&mut self.rest))))
    }

    fn is_over(&self) -> bool {
        self.rest.is_empty() && self.transfer.is_over()
    }

    fn left(&self) -> Option<u64> {
        let left = self.transfer.left()?;
        Some(left + self.rest.len() as u64)
    }
}

/// A [`Transfer`] on its way to the client.
pub(crate) struct Sending {
    paced: Paced,
    report: Report,
}

impl Body for Sending {
    type Data = Bytes;
    type Error = Aborted;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Aborted>>> {
        let Self { paced, report } = self.get_mut();
        let polled = report.span().in_scope(|| paced.poll_frame(cx));
        Poll::Ready(match ready!(polled) {
            Some(Ok(frame)) => {
                report.add(frame.len());
                if paced.is_over() {
                    report.completed();
                }
                Some(Ok(Frame::data(frame)))
            }
            Some(Err(error)) => {
                report.failed(error);
                Some(Err(Aborted))
            }
            None => {
                report.completed();
                None
            }
        })
    }

    fn is_end_stream(&self) -> bool {
        self.paced.is_over()
    }

    fn size_hint(&self) -> SizeHint {
        self.paced
            .left()
            .map_or_else(SizeHint::default, SizeHint::with_exact)
    }
}

/// No body, and not one of length 0 either: frameworks would say so in a `Content-Length`.
pub(crate) struct NoBody;

impl Body for NoBody {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        Poll::Ready(None)
    }

    fn is_end_stream(&self) -> bool {
        true
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::default()
    }
}

/// A deadline for a source that gives nothing while the connection asks.
struct Stall {
    timeout: Option<Duration>,
    timer: Option<Pin<Box<Sleep>>>,
}

impl Stall {
    fn new(timeout: Option<Duration>) -> Self {
        Self {
            timeout,
            timer: None,
        }
    }

    fn poll(&mut self, is_queued: bool, cx: &mut Context<'_>) -> Poll<Stalled> {
        let Some(timeout) = self.timeout else {
            return Poll::Pending;
        };
        if is_queued {
            self.timer = None;
            return Poll::Pending;
        }
        let timer = self.timer.get_or_insert_with(|| Box::pin(sleep(timeout)));
        timer.as_mut().poll(cx).map(|()| Stalled)
    }
}
