//! Polls by hand, as a connection does that changes its mind at any moment, and looks at everything that comes.

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
    model::{CONTENT_TYPE, Fate, Model},
    source,
};

/// For what hangs, or has lost a wake.
const PATIENCE: Duration = Duration::from_secs(20);

/// The run of one case.
pub(super) struct Watch {
    case: Case,
    gate: Arc<Gate>,
    told: Arc<Mutex<Vec<Outcome>>>,
    polls: usize,
    waits: usize,
}

/// The client is gone.
struct Left;

/// Where the body of an answer has got to.
struct Reading {
    body: Body,
    model: Model,
    emitted: u64,
    state: State,
    /// The last frames, as many as the case says.
    kept: VecDeque<Bytes>,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum State {
    Open,
    Ended,
    Failed,
}

impl Watch {
    pub(super) fn new(case: &Case) -> Self {
        Self {
            case: case.clone(),
            gate: Arc::default(),
            told: Arc::default(),
            polls: 0,
            waits: 0,
        }
    }

    pub(super) async fn run(mut self) {
        timeout(PATIENCE, self.go())
            .await
            .expect("no hang, and no lost wake");
    }

    async fn go(&mut self) {
        let download = self.download();
        if let Ok(response) = self.respond(download).await {
            self.read(response).await;
        } else {
            self.source_is_gone().await;
            self.is_told(|end| matches!(end, End::ClientLeft | End::NotSent), 0);
        }
        assert!(!self.gate.is_misused(), "asked again after its end");
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
            download = download.stall_timeout(2 * PATIENCE);
        }
        if self.case.is_watched {
            let told = Arc::clone(&self.told);
            download = download.on_finish(move |outcome| told.lock().unwrap().push(outcome));
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

    async fn respond(&mut self, download: Download) -> Result<Response, Left> {
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
            reading.stays_over();
            self.source_is_gone().await;
        }
        let (emitted, state) = (reading.emitted, reading.state);
        let is_over = reading.body.is_end_stream();
        drop(reading);
        self.source_is_gone().await;
        if head.status == StatusCode::INTERNAL_SERVER_ERROR || state == State::Failed {
            self.is_told(|end| matches!(end, End::Failed(_)), emitted);
        } else if state == State::Ended || is_over {
            self.is_told(|end| matches!(end, End::Completed), emitted);
        } else {
            self.is_told(|end| matches!(end, End::ClientLeft), emitted);
        }
    }

    async fn read_to_end(&mut self, reading: &mut Reading) -> Result<(), Left> {
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
            assert!(!was_over || frame.is_none(), "more after its end");
            reading.take(frame.map(|frame| frame.map(Frame::into_data)), case.kept);
        }
        Ok(())
    }

    /// Polls until there is a result. A poll that has none is abandoned for others as often as the case says; only the
    /// last of them is waited for.
    async fn drive<T>(
        &mut self,
        mut poll: impl FnMut(&mut Context<'_>) -> Poll<T>,
        may_open: impl Fn(u64) -> bool,
    ) -> Result<T, Left> {
        loop {
            let mut bell = Arc::new(Bell::default());
            for _ in 0..=self.abandons() {
                if self.case.leaves_after == Some(self.polls) {
                    return Err(Left);
                }
                self.polls += 1;
                bell = Arc::new(Bell::default());
                let waker = Waker::from(Arc::clone(&bell));
                if let Poll::Ready(result) = poll(&mut Context::from_waker(&waker)) {
                    return Ok(result);
                }
            }
            self.wait(&bell, &may_open).await;
        }
    }

    /// How many polls to abandon before this wait.
    fn abandons(&mut self) -> u8 {
        self.waits += 1;
        let abandoned = &self.case.abandoned;
        let turn = self.waits.checked_rem(abandoned.len());
        turn.map_or(0, |turn| abandoned[turn])
    }

    /// Waits for the bell, and meanwhile opens the gate when it may be opened.
    async fn wait(&self, bell: &Bell, may_open: impl Fn(u64) -> bool) {
        loop {
            if self.gate.waiting().is_some_and(&may_open) {
                self.gate.open();
            }
            select! {
                () = bell.0.notified() => return,
                () = self.gate.arrived() => {}
            }
        }
    }

    /// However the download ended, its source goes.
    async fn source_is_gone(&self) {
        self.gate.abandon();
        self.gate.gone().await;
    }

    /// `on_finish` was called once, with this end and so many bytes.
    fn is_told(&self, expected: impl Fn(&End) -> bool, bytes: u64) {
        let told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
        assert_eq!(told.len(), usize::from(self.case.is_watched), "{told:?}");
        for outcome in &*told {
            assert!(expected(&outcome.end), "{outcome:?}");
            assert_eq!(outcome.bytes, bytes, "{outcome:?}");
        }
    }
}

impl Drop for Watch {
    /// A case that broke leaves no thread at a gate.
    fn drop(&mut self) {
        self.gate.abandon();
    }
}

impl Reading {
    /// Looks at what a poll gave.
    fn take(
        &mut self,
        frame: Option<Result<Result<Bytes, Frame<Bytes>>, axum::Error>>,
        most_kept: usize,
    ) {
        let fate = self.model.fate;
        match frame {
            Some(Ok(data)) => {
                let data = data.expect("no trailers");
                assert!(!data.is_empty(), "an empty frame");
                self.model.check(self.emitted, &data);
                self.emitted += data.len() as u64;
                self.kept.push_back(data);
                if self.kept.len() > most_kept {
                    self.kept.pop_front();
                }
            }
            Some(Err(_)) => {
                assert_ne!(fate, Fate::Completes, "a failure without a fault");
                self.model.check_failure(self.emitted);
                self.state = State::Failed;
            }
            None => {
                assert!(
                    !matches!(fate, Fate::Fails(_)),
                    "an end in spite of a fault"
                );
                assert_eq!(
                    self.emitted,
                    self.model.len(),
                    "an end before the last byte"
                );
                self.state = State::Ended;
            }
        }
    }

    /// After its end or its failure, a body gives nothing, and says so.
    fn stays_over(&mut self) {
        // Of what is in memory, a frame is the source.
        self.kept.clear();
        for _ in 0..3 {
            let hint = self.body.size_hint();
            assert_eq!(hint.lower(), 0, "bytes to come after the end");
            let mut cx = Context::from_waker(Waker::noop());
            let after = Pin::new(&mut self.body).poll_frame(&mut cx);
            assert!(
                matches!(after, Poll::Ready(None)),
                "{after:?} after the end"
            );
        }
    }
}

/// A waker that can be waited for.
#[derive(Default)]
struct Bell(Notify);

impl Wake for Bell {
    fn wake(self: Arc<Self>) {
        self.0.notify_one();
    }
}
