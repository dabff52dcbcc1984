//! Polls a response by hand, like a connection that may abandon a poll at any moment, and checks every frame.

use std::{
    collections::VecDeque,
    future::Future,
    pin::Pin,
    sync::{Arc, Mutex, PoisonError},
    task::{Context, Poll, Wake, Waker},
    time::Duration,
};

use axum::{
    body::{Body, HttpBody},
    http::{Request, StatusCode, header},
    response::Response,
};
use bytes::Bytes;
use downloadview::{Download, DownloadRequest, End, Outcome};
use http_body::Frame;
use tokio::{select, sync::Notify, time::timeout};

use super::{
    case::{Case, Kind},
    gate::Gate,
    model::{CONTENT_TYPE, ExpectedEnd, Model},
    source,
};

/// The time limit of a case, which a hang or a lost wake exceeds.
const TIME_LIMIT: Duration = Duration::from_secs(20);

/// The run of one case.
pub(super) struct CaseRun {
    case: Case,
    gate: Arc<Gate>,
    outcomes: Arc<Mutex<Vec<Outcome>>>,
    polls: usize,
    waits: usize,
}

/// The client has left.
struct ClientLeft;

/// The progress of reading a body.
struct Reading {
    body: Body,
    model: Model,
    emitted: u64,
    state: State,
    /// The latest frames, at most as many as the case keeps.
    kept: VecDeque<Bytes>,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum State {
    Open,
    Ended,
    Failed,
}

impl CaseRun {
    pub(super) fn new(case: &Case) -> Self {
        Self {
            case: case.clone(),
            gate: Arc::default(),
            outcomes: Arc::default(),
            polls: 0,
            waits: 0,
        }
    }

    pub(super) async fn run(mut self) {
        timeout(TIME_LIMIT, self.check())
            .await
            .expect("the case should end in time");
    }

    async fn check(&mut self) {
        let download = self.download();
        if let Ok(response) = self.respond(download).await {
            self.read(response).await;
        } else {
            self.wait_for_source_drop().await;
            self.assert_reported(|end| matches!(end, End::ClientLeft | End::NotSent), 0);
        }
        assert!(!self.gate.is_misused(), "the source was used after its end");
    }

    fn download(&self) -> Download {
        let mut download =
            Download::new(source::content(&self.case, &self.gate)).content_type(CONTENT_TYPE);
        match self.case.promised {
            Some(size) if self.case.kind != Kind::Body => download = download.size(size),
            _ => {}
        }
        if self.case.is_tagged {
            download = download.etag("v1");
        }
        if self.case.has_deadline {
            download = download.stall_timeout(2 * TIME_LIMIT);
        }
        if self.case.is_watched {
            let outcomes = Arc::clone(&self.outcomes);
            download = download.on_finish(move |outcome| outcomes.lock().unwrap().push(outcome));
        }
        download
    }

    fn request(&self) -> DownloadRequest {
        let mut request = Request::get("/");
        let ranges: Vec<_> = self
            .case
            .ranges
            .iter()
            .map(|range| format!("{}-{}", range.start, range.end - 1))
            .collect();
        if !ranges.is_empty() {
            request = request.header(header::RANGE, format!("bytes={}", ranges.join(",")));
        }
        let request = request.body(()).expect("a request");
        DownloadRequest::from_parts(&request.into_parts().0)
    }

    async fn respond(&mut self, download: Download) -> Result<Response, ClientLeft> {
        let request = self.request();
        let mut response = Box::pin(download.respond(&request));
        self.drive(|cx| response.as_mut().poll(cx), |_| true).await
    }

    async fn read(&mut self, response: Response) {
        let (head, body) = response.into_parts();
        let mut reading = Reading {
            model: Model::new(&self.case, &head),
            body,
            emitted: 0,
            state: State::Open,
            kept: VecDeque::new(),
        };
        if self.read_to_end(&mut reading).await.is_ok() {
            reading.assert_stays_over();
            self.wait_for_source_drop().await;
        }
        let (emitted, state) = (reading.emitted, reading.state);
        let is_over = reading.body.is_end_stream();
        drop(reading);
        self.wait_for_source_drop().await;
        if head.status == StatusCode::INTERNAL_SERVER_ERROR || state == State::Failed {
            self.assert_reported(|end| matches!(end, End::Failed(_)), emitted);
        } else if state == State::Ended || is_over {
            self.assert_reported(|end| matches!(end, End::Completed), emitted);
        } else {
            self.assert_reported(|end| matches!(end, End::ClientLeft), emitted);
        }
    }

    async fn read_to_end(&mut self, reading: &mut Reading) -> Result<(), ClientLeft> {
        while reading.state == State::Open {
            let was_over = reading.body.is_end_stream();
            let (model, emitted) = (&reading.model, reading.emitted);
            let case = self.case.clone();
            let body = &mut reading.body;
            let frame = self
                .drive(
                    |cx| {
                        model.check_hint(emitted, &body.size_hint());
                        Pin::new(&mut *body).poll_frame(cx)
                    },
                    |given| model.may_wait(&case, given, emitted),
                )
                .await?;
            assert!(!was_over || frame.is_none(), "a frame after the end");
            reading.take(frame.map(|frame| frame.map(Frame::into_data)), case.kept);
        }
        Ok(())
    }

    /// Polls until there is a result. Pending polls are abandoned as often as the case says, and only the last one is
    /// awaited.
    async fn drive<T>(
        &mut self,
        mut poll: impl FnMut(&mut Context<'_>) -> Poll<T>,
        may_open: impl Fn(u64) -> bool,
    ) -> Result<T, ClientLeft> {
        loop {
            let mut wake_signal = Arc::new(WakeSignal::default());
            for _ in 0..=self.abandons() {
                if self.case.leaves_after == Some(self.polls) {
                    return Err(ClientLeft);
                }
                self.polls += 1;
                wake_signal = Arc::new(WakeSignal::default());
                let waker = Waker::from(Arc::clone(&wake_signal));
                if let Poll::Ready(result) = poll(&mut Context::from_waker(&waker)) {
                    return Ok(result);
                }
            }
            self.wait(&wake_signal, &may_open).await;
        }
    }

    /// Returns the number of polls to abandon before this wait.
    fn abandons(&mut self) -> u8 {
        self.waits += 1;
        let abandoned = &self.case.abandoned;
        let index = self.waits.checked_rem(abandoned.len());
        index.map_or(0, |index| abandoned[index])
    }

    /// Waits for the waker. Opens the gate in the meantime when it may be opened.
    async fn wait(&self, wake_signal: &WakeSignal, may_open: impl Fn(u64) -> bool) {
        loop {
            if self.gate.waiting().is_some_and(&may_open) {
                self.gate.open();
            }
            select! {
                () = wake_signal.0.notified() => return,
                () = self.gate.arrived() => {}
            }
        }
    }

    /// Waits until the source is dropped, which must happen however the download ended.
    async fn wait_for_source_drop(&self) {
        self.gate.abandon();
        self.gate.gone().await;
    }

    /// Asserts that `on_finish` was called once, with an expected end and this number of bytes.
    fn assert_reported(&self, expected: impl Fn(&End) -> bool, bytes: u64) {
        let outcomes = self.outcomes.lock().unwrap_or_else(PoisonError::into_inner);
        assert_eq!(
            outcomes.len(),
            usize::from(self.case.is_watched),
            "{outcomes:?}"
        );
        for outcome in &*outcomes {
            assert!(expected(&outcome.end), "{outcome:?}");
            assert_eq!(outcome.bytes, bytes, "{outcome:?}");
        }
    }
}

impl Drop for CaseRun {
    /// Releases any thread that waits at the gate, so that a failed case leaves none behind.
    fn drop(&mut self) {
        self.gate.abandon();
    }
}

impl Reading {
    /// Checks the result of a poll.
    fn take(
        &mut self,
        frame: Option<Result<Result<Bytes, Frame<Bytes>>, axum::Error>>,
        max_kept: usize,
    ) {
        let expected_end = self.model.expected_end;
        match frame {
            Some(Ok(data)) => {
                let data = data.expect("no trailers");
                assert!(!data.is_empty(), "an empty frame");
                self.model.check(self.emitted, &data);
                self.emitted += data.len() as u64;
                self.kept.push_back(data);
                if self.kept.len() > max_kept {
                    self.kept.pop_front();
                }
            }
            Some(Err(_)) => {
                assert_ne!(
                    expected_end,
                    ExpectedEnd::Completes,
                    "the body failed without a fault"
                );
                self.model.check_failure(self.emitted);
                self.state = State::Failed;
            }
            None => {
                assert!(
                    !matches!(expected_end, ExpectedEnd::Fails(_)),
                    "the body ended despite a fault"
                );
                assert_eq!(
                    self.emitted,
                    self.model.len(),
                    "the body ended before its last byte"
                );
                self.state = State::Ended;
            }
        }
    }

    /// Asserts that a body yields nothing after its end or its failure, and that its size hint agrees.
    fn assert_stays_over(&mut self) {
        // A frame of an in-memory source keeps that source alive.
        self.kept.clear();
        for _ in 0..3 {
            let hint = self.body.size_hint();
            assert_eq!(hint.lower(), 0, "the size hint after the end");
            let mut cx = Context::from_waker(Waker::noop());
            let after = Pin::new(&mut self.body).poll_frame(&mut cx);
            assert!(
                matches!(after, Poll::Ready(None)),
                "{after:?} after the end"
            );
        }
    }
}

/// A waker that can be awaited.
#[derive(Default)]
struct WakeSignal(Notify);

impl Wake for WakeSignal {
    fn wake(self: Arc<Self>) {
        self.0.notify_one();
    }
}
