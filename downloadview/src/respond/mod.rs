//! One request, from the options and the content of a view to its response.
//!
//! Read it from top to bottom. [`Open::begin`] decides what the options alone settle. [`Open::finish`] takes the content, and an
//! [`Answer`] learns all that is known of it, decides, and makes the response. A step that settles the answer breaks with a
//! [`Reply`].

mod head;
pub(crate) mod options;
mod prepared;

use std::{
    future::{Future, Ready, ready},
    ops::ControlFlow::{self, Break, Continue},
    pin::Pin,
    time::Duration,
};

use axum::{
    BoxError,
    body::Body,
    http::{Method, StatusCode},
    response::{IntoResponse, Response},
};
use bytes::Bytes;
use futures::future::Either;

use self::{
    head::{AcceptRanges, Head, Part},
    options::{Options, Whole},
};
#[cfg(feature = "rows")]
use crate::rows::Rows;
use crate::{
    body::{self, DownloadBody, Selection, Source, Transfer},
    content::{Content, Kind, ResponseBody, TwoSteps},
    decision::{self, Access, Decision},
    defaults::Defaults,
    error::{Failure, Fault},
    guard::Guard,
    http::{fields, multipart::Multipart, range::ByteRange},
    metadata::Metadata,
    report::Report,
    request::DownloadRequest,
};

/// Up to this size, content in memory gets an entity tag computed from its bytes.
const TAGGED: usize = 1 << 20;

/// The default of the option `send_timeout`.
const SEND_TIMEOUT: Duration = Duration::from_secs(300);

/// Answers `request` with `content`, under `options`.
pub(crate) async fn respond(
    view: &'static str,
    request: &DownloadRequest,
    options: Options,
    content: Content,
) -> Response {
    // Content that is at hand is asked what it says of itself before anything is decided.
    let open = Open::new(view, request.clone(), options.observed(request));
    open.finish(content).await
}

/// A request that the options of its view leave open, while the content is being made.
///
/// It is small, for handlers move it several times.
#[derive(Debug)]
pub(crate) struct Open {
    view: &'static str,
    request: DownloadRequest,
    options: Options,
    /// Reports that the client left, if somebody wants to know.
    report: Option<Box<Report>>,
}

/// The future of a response. Only content outside memory is waited for, in a box that keeps the futures of handlers small.
type Finish = Either<Ready<Response>, Pin<Box<dyn Future<Output = Response> + Send>>>;

impl Open {
    fn new(view: &'static str, request: DownloadRequest, options: Options) -> Self {
        Self {
            report: Report::if_wanted(view, request.received, &options.on_finish),
            view,
            request,
            options,
        }
    }

    /// Breaks with the response if the options settle it whatever the content is.
    ///
    /// The options have been given to the [observers](Options::observed) of the request before.
    #[inline]
    pub(crate) fn begin(
        view: &'static str,
        request: DownloadRequest,
        options: Options,
    ) -> ControlFlow<Box<Response>, Self> {
        let open = Self::new(view, request, options);
        if open.request.is_plain_get() && open.options.error.is_none() {
            Continue(open)
        } else {
            open.settle()
        }
    }

    fn settle(self) -> ControlFlow<Box<Response>, Self> {
        let view = self.view;
        let mut answer = Answer::new(self);
        match answer.settle() {
            Continue(()) => Continue(Self {
                view,
                request: answer.request,
                options: answer.head.settings,
                report: Some(Box::new(answer.report)),
            }),
            Break(reply) => Break(Box::new(answer.reply(reply))),
        }
    }

    /// Makes the response with this content.
    pub(crate) fn finish(self, content: Content) -> Finish {
        let Content {
            kind: Kind::Memory(bytes),
            is_text,
            settings: None,
            metadata: None,
        } = content
        else {
            return Either::Right(Box::pin(Answer::new(self).with(content)));
        };
        Either::Left(ready(match self.prepared(bytes.len()) {
            Some(whole) => whole.answer(bytes, is_text),
            None => Answer::new(self).with_memory(bytes, is_text),
        }))
    }

    /// Makes the response with an answer that takes the place of the content.
    pub(crate) fn pass(self, response: Box<Response>) -> Response {
        Answer::new(self).reply(Reply::Other(response))
    }

    /// The answer that was built for the usual request: all of `size` bytes, under options that are literals, with nobody
    /// to report to.
    fn prepared(&self, size: usize) -> Option<&'static Whole> {
        let is_usual = self.request.is_plain_get() && size <= TAGGED && self.report.is_none();
        self.options.prepared().filter(|_| is_usual)?.whole.as_ref()
    }
}

/// The answer to one request, in the making.
struct Answer {
    request: DownloadRequest,
    head: Head,
    report: Report,
}

/// The answer, as data.
enum Reply {
    /// 200 or 206.
    Content(Part, Outgoing),
    /// 200 or 206 to `HEAD`, with the length where it is known.
    Head(Part, Option<u64>),
    /// 304.
    NotModified,
    /// 412.
    PreconditionFailed,
    /// 416, with the size of the file.
    RangeNotSatisfiable(u64),
    /// An answer that is not about the file.
    Other(Box<Response>),
    /// 500. The reason goes to the log, not to the client.
    Failure(BoxError),
}

/// A step on the way. It breaks with the reply if it settles the answer.
type Step<T = ()> = ControlFlow<Reply, T>;

/// Content, and what can be done with it.
struct Stock {
    bytes: Held,
    size: Option<u64>,
    /// The way to ranges, if there is one.
    access: Option<Access>,
}

enum Held {
    Memory(Bytes),
    /// The kind of content says whether it can seek.
    Source {
        source: Source,
        can_seek: bool,
    },
    /// All of the content, and begun.
    Begun(Box<Transfer>),
}

/// The bytes to send.
enum Outgoing {
    Bytes(Bytes),
    Transfer(Box<Transfer>),
}

impl Answer {
    fn new(open: Open) -> Self {
        let Open {
            view,
            request,
            options,
            report,
        } = open;
        Self {
            report: report.map_or_else(|| Report::new(view, request.received), |report| *report),
            head: Head::new(options),
            request,
        }
    }

    fn with_memory(mut self, bytes: Bytes, is_text: bool) -> Response {
        self.head.is_text = Some(is_text);
        let reply = match self.settle() {
            Continue(()) => self.memory(bytes).map_continue(|stock| self.decide(stock)),
            Break(reply) => Break(reply),
        };
        self.reply(either(reply))
    }

    async fn with(mut self, content: Content) -> Response {
        let reply = self.stock(content).await;
        let reply = match reply.map_continue(|stock| self.decide(stock)) {
            Continue(Reply::Content(part, Outgoing::Transfer(transfer))) => {
                let outgoing = self.prime(transfer).await;
                outgoing.map_continue(|outgoing| Reply::Content(part, outgoing))
            }
            reply => reply,
        };
        self.reply(either(reply))
    }

    /// Looks for an answer that needs no content.
    fn settle(&mut self) -> Step {
        let settings = &self.head.settings;
        if let Some(error) = &settings.error {
            return Break(Reply::Failure(error.clone().into()));
        }
        if self.request.is_plain_get() {
            return Continue(());
        }
        let (size, has_ranges) = (settings.size, settings.ranges != Some(false));
        match decision::settle(&self.request, self.head.validators(), size) {
            Some(Decision::RangeNotSatisfiable) if !has_ranges => Continue(()),
            None => Continue(()),
            Some(Decision::Whole) => Break(self.head_without_content(size)),
            Some(decision) => Break(Reply::refusal(&decision, size)),
        }
    }

    /// Resolves content to what can be sent. Collects all that it says of itself on the way.
    async fn stock(&mut self, mut content: Content) -> Step<Stock> {
        loop {
            if let Some(own) = content.settings.take() {
                self.set(*own);
            }
            if let Some(own) = content.metadata.take() {
                self.head.bring(*own);
            }
            self.head.is_text = Some(content.is_text);
            content = match content.kind {
                Kind::View(view) => self.content_of(view).await?,
                Kind::AsyncFile(file) => Content::from_file(file.into_std().await),
                Kind::Response(response) if response.status() == StatusCode::OK => {
                    let is_head = self.request.method == Method::HEAD;
                    self.head.adopt(*response, is_head)
                }
                Kind::Response(response) if response.status() == StatusCode::PARTIAL_CONTENT => {
                    return self.foreign_part(*response).await;
                }
                Kind::Response(response) => return Break(Reply::Other(response)),
                Kind::Failed(error) => return Break(Reply::Failure(error)),
                Kind::Memory(bytes) => {
                    self.settle()?;
                    return self.memory(bytes);
                }
                Kind::Seekable(source, stamp) => {
                    self.head.stamp = stamp;
                    return self.seekable(source).await;
                }
                Kind::Forward(source, size) => return self.forward(source, size).await,
                #[cfg(feature = "rows")]
                Kind::Rows(rows) => return self.rows(*rows).await,
                Kind::Generated(source) => return self.generated(source).await,
            };
        }
    }

    async fn content_of(&mut self, mut view: Guard<Box<dyn TwoSteps>>) -> Step<Content> {
        match view.get_mut().metadata().await {
            Ok(own) => self.set(own),
            Err(response) => return Break(Reply::Other(Box::new(response))),
        }
        self.head.is_text = None;
        self.settle()?;
        match view.into_inner().content().await {
            Ok(content) => Continue(content),
            Err(response) => Break(Reply::Other(Box::new(response))),
        }
    }

    /// Adds what a view or a download sets.
    fn set(&mut self, own: Metadata) {
        self.report.listen(&own.on_finish);
        self.head.set(own);
    }

    /// Content in memory has a size, a tag and ranges.
    fn memory(&mut self, bytes: Bytes) -> Step<Stock> {
        let size = bytes.len() as u64;
        self.check_size(size)?;
        if self.is_retrieval() && bytes.len() <= TAGGED {
            self.head.tag(&bytes);
        }
        Continue(Stock {
            bytes: Held::Memory(bytes),
            size: Some(size),
            access: self.access(Access::Random),
        })
    }

    async fn seekable(&mut self, mut source: Source) -> Step<Stock> {
        self.settle()?;
        let stall_timeout = self.head.settings.stall_timeout;
        let size = match body::size(&mut source, stall_timeout, self.report.span()).await {
            Ok(size) => size,
            Err(error) => return Break(Reply::Failure(error)),
        };
        self.check_size(size)?;
        Continue(Stock {
            bytes: Held::Source {
                source,
                can_seek: true,
            },
            size: Some(size),
            access: self.access(Access::Random),
        })
    }

    /// Begins content that can only be produced, unless its size and its tag are promised. Its first bytes show whether it
    /// is in memory after all.
    async fn forward(&mut self, source: Source, size: Option<u64>) -> Step<Stock> {
        self.settle()?;
        let size = self.head.settings.size.or(size);
        if self.request.method == Method::HEAD {
            return Break(self.head_without_content(size));
        }
        let access = size.and_then(|_| self.access(Access::Forward));
        let bytes = if access.is_some() {
            Held::Source {
                source,
                can_seek: false,
            }
        } else {
            let whole = self.transfer(Selection::whole(source, false, size), size);
            match self.prime(whole).await? {
                Outgoing::Bytes(bytes) => return self.memory(bytes),
                Outgoing::Transfer(transfer) => Held::Begun(transfer),
            }
        };
        Continue(Stock {
            bytes,
            size,
            access,
        })
    }

    /// Begins a table, whose name is final by now.
    #[cfg(feature = "rows")]
    async fn rows(&mut self, rows: Rows) -> Step<Stock> {
        self.settle()?;
        match self.head.tabulate(rows) {
            Ok(source) => self.forward(source, None).await,
            Err(error) => Break(Reply::Failure(error)),
        }
    }

    /// Streams a file that the kernel makes up. It has no size, even if its first bytes are all.
    async fn generated(&mut self, source: Source) -> Step<Stock> {
        self.head.accept_ranges = AcceptRanges::None;
        let size = self.head.settings.size;
        let outgoing = match self.uncut(Part::Whole, source, size).await? {
            Outgoing::Bytes(bytes) => {
                Outgoing::Transfer(self.transfer(Selection::memory(bytes), size))
            }
            transfer @ Outgoing::Transfer(_) => transfer,
        };
        Break(Reply::Content(Part::Whole, outgoing))
    }

    /// Sends a part that was cut elsewhere. Its fields and its length describe the part, not the file.
    async fn foreign_part(&mut self, response: Response) -> Step<Stock> {
        let (body, length, content_range) = self.head.adopt_part(response);
        let part = Part::Foreign { content_range };
        let source = Source::polled(ResponseBody(body));
        let outgoing = self.uncut(part.clone(), source, length).await?;
        Break(Reply::Content(part, outgoing))
    }

    /// Begins content that is sent as it comes, whatever ranges are asked for.
    async fn uncut(&mut self, part: Part, source: Source, length: Option<u64>) -> Step<Outgoing> {
        self.settle()?;
        if let Some(failed) = decision::preconditions(&self.request, self.head.validators()) {
            return Break(Reply::refusal(&failed, None));
        }
        if self.request.method == Method::HEAD {
            return Break(Reply::Head(part, length));
        }
        let whole = self.transfer(Selection::whole(source, false, length), length);
        self.prime(whole).await
    }

    fn check_size(&self, size: u64) -> Step {
        match self.head.settings.size {
            Some(promised) if size < promised => {
                let short = Fault::Short {
                    size: promised,
                    got: size,
                };
                Break(Reply::Failure(short.into()))
            }
            Some(promised) if size > promised => {
                Break(Reply::Failure(Fault::Long { size: promised }.into()))
            }
            _ => Continue(()),
        }
    }

    /// Only GET has ranges (RFC 9110 §14.2), and only of bytes that a strong validator tells from those of another version: a client
    /// may fetch parts without `If-Range`. Generated content needs a tag, which promises the same bytes each time.
    fn access(&self, access: Access) -> Option<Access> {
        let validators = self.head.validators();
        let is_possible = self.is_retrieval()
            && self.head.may_have_ranges()
            && (access == Access::Random || validators.etag.is_some());
        is_possible.then_some(access)
    }

    fn is_retrieval(&self) -> bool {
        self.request.method == Method::GET || self.request.method == Method::HEAD
    }

    /// The reply, once everything is known.
    fn decide(&mut self, stock: Stock) -> Reply {
        let Stock {
            bytes,
            size,
            access,
        } = stock;
        self.report.answer().size = size;
        self.head.accept_ranges = match access {
            Some(_) => AcceptRanges::Bytes,
            None if self.is_retrieval() => AcceptRanges::None,
            // The field is about the resource, whose GET may have ranges (§14.3).
            None => AcceptRanges::Unknown,
        };
        match (self.decision(size, access), size) {
            (Decision::Whole, _) if self.request.method == Method::HEAD => {
                Reply::Head(Part::Whole, size)
            }
            (Decision::Whole, _) => Reply::Content(Part::Whole, self.whole(bytes, size)),
            (Decision::Part(range), Some(size)) => {
                let part = Part::Range { range, size };
                Reply::Content(part, self.part(bytes, size, range))
            }
            (Decision::Parts(ranges), Some(size)) => {
                let content_type = self.head.content_type();
                let multipart = Multipart::new(ranges, size, content_type.as_ref());
                let part = Part::ranges(&multipart);
                Reply::Content(part, self.parts(bytes, size, multipart))
            }
            (decision, size) => Reply::refusal(&decision, size),
        }
    }

    fn decision(&self, size: Option<u64>, access: Option<Access>) -> Decision {
        if self.request.is_plain_get() {
            return Decision::Whole;
        }
        let validators = self.head.validators();
        if let Some(failed) = decision::preconditions(&self.request, validators) {
            return failed;
        }
        match (size, access) {
            (Some(size), Some(access)) => decision::ranges(&self.request, validators, size, access),
            _ => Decision::Whole,
        }
    }

    /// The reply to `HEAD` for content that was not looked at (RFC 9110 §9.3.2). It leaves out what depends on the content, and a
    /// condition on a tag that only the content would tell fails nothing.
    fn head_without_content(&mut self, size: Option<u64>) -> Reply {
        self.report.answer().size = size;
        let etag = self.head.validators().etag;
        let is_never =
            self.head.settings.ranges == Some(false) || etag.is_some_and(|etag| !etag.is_strong());
        self.head.accept_ranges = match size.and_then(|_| self.access(Access::Forward)) {
            Some(_) => AcceptRanges::Bytes,
            None if is_never => AcceptRanges::None,
            None => AcceptRanges::Unknown,
        };
        match decision::preconditions(&self.request, self.head.validators()) {
            Some(Decision::NotModified) => Reply::NotModified,
            _ => Reply::Head(Part::Whole, size),
        }
    }

    fn whole(&self, bytes: Held, size: Option<u64>) -> Outgoing {
        Outgoing::Transfer(match bytes {
            Held::Memory(bytes) => return Outgoing::Bytes(bytes),
            Held::Source { source, can_seek } => {
                self.transfer(Selection::whole(source, can_seek, size), size)
            }
            Held::Begun(transfer) => transfer,
        })
    }

    fn part(&self, bytes: Held, size: u64, range: ByteRange) -> Outgoing {
        if let Held::Memory(bytes) = bytes {
            return Outgoing::Bytes(range.slice(&bytes));
        }
        let (source, can_seek) = bytes.into_source();
        let selection = Selection::part(source, can_seek, Some(size), range);
        Outgoing::Transfer(self.transfer(selection, Some(range.len())))
    }

    fn parts(&self, bytes: Held, size: u64, multipart: Multipart) -> Outgoing {
        let length = multipart.content_length();
        let (source, can_seek) = bytes.into_source();
        let selection = Selection::parts(source, can_seek, size, multipart);
        Outgoing::Transfer(self.transfer(selection, Some(length)))
    }

    /// `length` is that of the selection, where it is known.
    fn transfer(&self, selection: Selection, length: Option<u64>) -> Box<Transfer> {
        let stall_timeout = self.head.settings.stall_timeout;
        Box::new(Transfer::new(selection, length, stall_timeout))
    }

    /// Waits for the first bytes. They show whether the source works, and whether it is short.
    async fn prime(&mut self, mut transfer: Box<Transfer>) -> Step<Outgoing> {
        match transfer.first(self.report.span()).await {
            Ok(Some(bytes)) => Continue(Outgoing::Bytes(bytes)),
            Ok(None) => Continue(Outgoing::Transfer(transfer)),
            Err(error) => Break(Reply::Failure(error)),
        }
    }

    /// Makes the response. All replies end here.
    fn reply(&mut self, reply: Reply) -> Response {
        let response = match reply {
            Reply::Content(part, outgoing) => return self.send(part, outgoing),
            Reply::Other(response) => return self.pass(*response),
            Reply::Failure(error) => return self.fail(error),
            Reply::Head(part, length) => {
                part.describe(self.report.answer());
                let mut response = self.head.without_body(part, length);
                self.guard_http10(&mut response, length);
                response
            }
            Reply::NotModified => self.head.not_modified(),
            Reply::PreconditionFailed => self.head.failed_precondition(),
            Reply::RangeNotSatisfiable(size) => {
                self.report.answer().size = Some(size);
                self.head.unsatisfiable(size)
            }
        };
        self.report.answer().status = Some(response.status());
        self.report.not_sent();
        response
    }

    fn send(&mut self, part: Part, outgoing: Outgoing) -> Response {
        part.describe(self.report.answer());
        let transfer = match outgoing {
            Outgoing::Transfer(transfer) => transfer,
            Outgoing::Bytes(bytes) => {
                let length = Some(bytes.len() as u64);
                if bytes.is_empty() || !self.report.is_wanted() {
                    self.report.completed();
                    return self.head.response(part, length, Body::from(bytes));
                }
                self.transfer(Selection::memory(bytes), length)
            }
        };
        let length = transfer.remaining();
        let defaults = self.request.defaults();
        let default = || defaults.and_then(Defaults::client_timeout);
        let send_timeout = self.head.settings.send_timeout.or_else(default);
        let send_timeout = send_timeout.unwrap_or(SEND_TIMEOUT);
        self.report.answer().hides_failures = self.hides_failures(length);
        let body = DownloadBody::new(*transfer, self.report.take(), send_timeout);
        let mut response = self.head.response(part, length, Body::new(body));
        self.guard_http10(&mut response, length);
        response
    }

    /// An answer that is not about the file.
    fn pass(&mut self, mut response: Response) -> Response {
        let status = response.status();
        // A switch of protocols is about this very connection.
        if status != StatusCode::SWITCHING_PROTOCOLS {
            fields::remove_connection(response.headers_mut());
        }
        self.report.answer().status = Some(status);
        match status {
            StatusCode::NOT_MODIFIED
            | StatusCode::PRECONDITION_FAILED
            | StatusCode::RANGE_NOT_SATISFIABLE => self.report.not_sent(),
            _ => match response.extensions().get::<Failure>() {
                Some(failure) => self.report.passed(failure.clone()),
                None => self.report.refused(),
            },
        }
        response
    }

    /// 500. The reason goes to the log and into the extensions, not to the client.
    fn fail(&mut self, error: BoxError) -> Response {
        let status = StatusCode::INTERNAL_SERVER_ERROR;
        self.report.answer().status = Some(status);
        let failure = self.report.failed(error);
        let mut response = status.into_response();
        response.extensions_mut().insert(failure);
        response
    }

    /// Returns true if the client could not tell an aborted body from a complete one.
    fn hides_failures(&self, length: Option<u64>) -> bool {
        self.request.is_http10 && length.is_none()
    }

    /// No shared cache may keep an answer that could be half of a file.
    fn guard_http10(&self, response: &mut Response, length: Option<u64>) {
        if self.hides_failures(length) {
            fields::forbid_storing(response.headers_mut());
        }
    }
}

impl Reply {
    /// The reply to a condition or a range that fails.
    fn refusal(decision: &Decision, size: Option<u64>) -> Self {
        match decision {
            Decision::NotModified => Self::NotModified,
            Decision::RangeNotSatisfiable => Self::RangeNotSatisfiable(size.unwrap_or(0)),
            _ => Self::PreconditionFailed,
        }
    }
}

/// Returns the reply, whichever step gave it.
fn either(reply: Step<Reply>) -> Reply {
    match reply {
        Continue(reply) | Break(reply) => reply,
    }
}

impl Held {
    /// Returns the source, and whether it can seek.
    fn into_source(self) -> (Source, bool) {
        match self {
            Self::Memory(bytes) => (Source::memory(bytes), true),
            Self::Source { source, can_seek } => (source, can_seek),
            Self::Begun(_) => {
                unreachable!("content that has begun has no access, and so no ranges")
            }
        }
    }
}
