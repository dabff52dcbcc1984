//! One request, from the options and the content of a view to its response.
//!
//! This file reads from top to bottom. [`Open::begin`] answers if the options alone decide. [`Open::finish`] takes the content. Then an
//! [`Answer`] collects the metadata of the content, decides, and builds the response. A step that decides the answer breaks with
//! a [`Reply`].

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
use crate::content::Tabular;
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
#[cfg(feature = "zip")]
use crate::{content::Unplanned, zip::EntryError};
#[cfg(feature = "zip")]
use tracing::Instrument;

/// The maximum size of content in memory that gets an entity tag computed from its bytes.
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
    let open = Open::new(view, request.clone(), options.observed(request));
    open.finish(content).await
}

/// A request that the options have not answered, while the content is being made.
///
/// It is small, because handlers move it several times.
#[derive(Debug)]
pub(crate) struct Open {
    view: &'static str,
    request: DownloadRequest,
    options: Options,
    /// Reports that the client left. `None` if nobody observes it.
    report: Option<Box<Report>>,
}

/// The future of a response. Content in memory needs no wait. The box keeps the futures of handlers small.
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

    /// Breaks with the response if the options alone decide it.
    ///
    /// The options contain the [observers](Options::observed) of the request already.
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

    /// Builds the response with this content.
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

    /// Builds the response from a response in place of the content.
    pub(crate) fn pass(self, response: Box<Response>) -> Response {
        Answer::new(self).reply(Reply::Other(response))
    }

    /// Returns the answer that was prepared for the usual request. Such a request is for all of a small content, under options that are
    /// literals, and nobody observes it.
    fn prepared(&self, size: usize) -> Option<&'static Whole> {
        let is_usual = self.request.is_plain_get() && size <= TAGGED && self.report.is_none();
        self.options.prepared().filter(|_| is_usual)?.whole.as_ref()
    }
}

/// The answer to one request while it is built.
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
    /// A response that is not about the file.
    Other(Box<Response>),
    /// 404 or 500. The reason goes to the log, not to the client.
    Failure(BoxError),
}

/// The result of a step. It breaks with the reply if the step decides the answer.
type Step<T = ()> = ControlFlow<Reply, T>;

/// Content as it can be sent, with its size and its access.
struct Resolved {
    bytes: Payload,
    size: Option<u64>,
    /// The access to ranges, if there are any.
    access: Option<Access>,
}

enum Payload {
    Memory(Bytes),
    Source {
        source: Source,
        can_seek: bool,
    },
    /// The whole content, whose transfer has begun.
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
            Continue(()) => self
                .memory(bytes)
                .map_continue(|resolved| self.decide(resolved)),
            Break(reply) => Break(reply),
        };
        self.reply(either(reply))
    }

    async fn with(mut self, content: Content) -> Response {
        let reply = self.resolve(content).await;
        let reply = match reply.map_continue(|resolved| self.decide(resolved)) {
            Continue(Reply::Content(part, Outgoing::Transfer(transfer))) => {
                let outgoing = self.prime(transfer).await;
                outgoing.map_continue(|outgoing| Reply::Content(part, outgoing))
            }
            reply => reply,
        };
        self.reply(either(reply))
    }

    /// Breaks if the answer needs no content.
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

    /// Resolves content to bytes that can be sent, and collects its metadata.
    async fn resolve(&mut self, mut content: Content) -> Step<Resolved> {
        loop {
            if let Some(own) = content.settings.take() {
                self.set(*own);
            }
            if let Some(own) = content.metadata.take() {
                self.head.adopt_metadata(*own);
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
                Kind::Rows(rows) => return self.rows(rows).await,
                Kind::Generated(source) => return self.generated(source).await,
                #[cfg(feature = "zip")]
                Kind::Archive(archive) => return self.archive(archive).await,
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

    /// Adds the settings of a view or a download.
    fn set(&mut self, own: Metadata) {
        self.report.listen(&own.on_finish);
        self.head.set(own);
    }

    /// Content in memory has a size, a tag and ranges.
    fn memory(&mut self, bytes: Bytes) -> Step<Resolved> {
        let size = bytes.len() as u64;
        self.check_size(size)?;
        if self.is_retrieval() && bytes.len() <= TAGGED {
            self.head.tag(&bytes);
        }
        Continue(Resolved {
            bytes: Payload::Memory(bytes),
            size: Some(size),
            access: self.access(Access::Random),
        })
    }

    async fn seekable(&mut self, mut source: Source) -> Step<Resolved> {
        self.settle()?;
        let stall_timeout = self.head.settings.stall_timeout;
        let size = match body::size(&mut source, stall_timeout, self.report.span()).await {
            Ok(size) => size,
            Err(error) => return Break(Reply::Failure(error)),
        };
        self.check_size(size)?;
        Continue(Resolved {
            bytes: Payload::Source {
                source,
                can_seek: true,
            },
            size: Some(size),
            access: self.access(Access::Random),
        })
    }

    /// Begins content that cannot seek, unless it has ranges. Its first bytes show whether the content is in memory after all.
    async fn forward(&mut self, source: Source, size: Option<u64>) -> Step<Resolved> {
        self.settle()?;
        let size = self.head.settings.size.or(size);
        if self.request.method == Method::HEAD {
            return Break(self.head_without_content(size));
        }
        let access = size.and_then(|_| self.access(Access::Forward));
        let bytes = if access.is_some() {
            Payload::Source {
                source,
                can_seek: false,
            }
        } else {
            let whole = self.transfer(Selection::whole(source, false, size), size);
            match self.prime(whole).await? {
                Outgoing::Bytes(bytes) => return self.memory(bytes),
                Outgoing::Transfer(transfer) => Payload::Begun(transfer),
            }
        };
        Continue(Resolved {
            bytes,
            size,
            access,
        })
    }

    /// Begins a table, whose name is final by now.
    #[cfg(feature = "rows")]
    async fn rows(&mut self, rows: Box<dyn Tabular>) -> Step<Resolved> {
        self.settle()?;
        match self.head.tabulate(rows) {
            Ok(source) => self.forward(source, None).await,
            Err(error) => Break(Reply::Failure(error)),
        }
    }

    /// Streams a file that the kernel generates. It has no size, even if the first bytes are the whole content.
    async fn generated(&mut self, source: Source) -> Step<Resolved> {
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

    /// Plans an archive. Nothing in it is opened before its content is due.
    #[cfg(feature = "zip")]
    async fn archive(&mut self, archive: Box<dyn Unplanned>) -> Step<Resolved> {
        self.head.suggest_type("application/zip");
        self.settle()?;
        let span = self.report.span().clone();
        let archive = match archive.plan().instrument(span).await {
            Ok(archive) => archive,
            Err(error) => return Break(Reply::Failure(error)),
        };
        self.head.stamp = Some(Box::new(archive.validators));
        let Some(size) = archive.size else {
            return self.generated(archive.source).await;
        };
        self.check_size(size)?;
        Continue(Resolved {
            bytes: Payload::Source {
                source: archive.source,
                can_seek: true,
            },
            size: Some(size),
            access: self.access(if archive.is_repeatable {
                Access::Random
            } else {
                Access::Once
            }),
        })
    }

    /// Sends a part from an upstream. Its fields and its length describe the part, not the file.
    async fn foreign_part(&mut self, response: Response) -> Step<Resolved> {
        let (body, length, content_range) = self.head.adopt_part(response);
        let part = Part::Foreign { content_range };
        let source = Source::polled(ResponseBody(body));
        let outgoing = self.uncut(part.clone(), source, length).await?;
        Break(Reply::Content(part, outgoing))
    }

    /// Begins content that is sent without regard to the requested ranges.
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

    /// Returns the access if the content has ranges. Only GET has ranges (RFC 9110 §14.2). They need a strong validator, because a client
    /// may fetch parts of different versions without `If-Range`. Forward content needs a tag, which promises the same bytes each time.
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

    /// Returns the reply once the content is known.
    fn decide(&mut self, resolved: Resolved) -> Reply {
        let Resolved {
            bytes,
            size,
            access,
        } = resolved;
        self.report.answer().size = size;
        self.head.accept_ranges = match access {
            Some(_) => AcceptRanges::Bytes,
            None if self.is_retrieval() => AcceptRanges::None,
            // The field is about the resource, which may have ranges for GET (§14.3).
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

    /// Returns the reply to `HEAD` without a look at the content (RFC 9110 §9.3.2). Fields that depend on the content are left out. A
    /// condition on a tag that is not known does not fail.
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

    fn whole(&self, bytes: Payload, size: Option<u64>) -> Outgoing {
        Outgoing::Transfer(match bytes {
            Payload::Memory(bytes) => return Outgoing::Bytes(bytes),
            Payload::Source { source, can_seek } => {
                self.transfer(Selection::whole(source, can_seek, size), size)
            }
            Payload::Begun(transfer) => transfer,
        })
    }

    fn part(&self, bytes: Payload, size: u64, range: ByteRange) -> Outgoing {
        if let Payload::Memory(bytes) = bytes {
            return Outgoing::Bytes(range.slice(&bytes));
        }
        let (source, can_seek) = bytes.into_source();
        let selection = Selection::part(source, can_seek, Some(size), range);
        Outgoing::Transfer(self.transfer(selection, Some(range.len())))
    }

    fn parts(&self, bytes: Payload, size: u64, multipart: Multipart) -> Outgoing {
        let length = multipart.content_length();
        let (source, can_seek) = bytes.into_source();
        let selection = Selection::parts(source, can_seek, size, multipart);
        Outgoing::Transfer(self.transfer(selection, Some(length)))
    }

    /// `length` is that of the selection, if it is known.
    fn transfer(&self, selection: Selection, length: Option<u64>) -> Box<Transfer> {
        let stall_timeout = self.head.settings.stall_timeout;
        Box::new(Transfer::new(selection, length, stall_timeout))
    }

    /// Waits for the first bytes. They show whether the source works, and whether it fits in memory.
    async fn prime(&mut self, mut transfer: Box<Transfer>) -> Step<Outgoing> {
        match transfer.first(self.report.span()).await {
            Ok(Some(bytes)) => Continue(Outgoing::Bytes(bytes)),
            Ok(None) => Continue(Outgoing::Transfer(transfer)),
            Err(error) => Break(Reply::Failure(error)),
        }
    }

    /// Builds the response. All replies end here.
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

    /// Passes on a response that is not about the file.
    fn pass(&mut self, mut response: Response) -> Response {
        let status = response.status();
        fields::pass_on(&mut response);
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

    /// Answers 404 or 500. The reason goes to the log and into the extensions, but not to the client.
    fn fail(&mut self, error: BoxError) -> Response {
        let status = status(&error);
        self.report.answer().status = Some(status);
        let failure = self.report.failed(error);
        let mut response = status.into_response();
        response.extensions_mut().insert(failure);
        response
    }

    /// Returns true if the client cannot distinguish an aborted body from a complete one.
    fn hides_failures(&self, length: Option<u64>) -> bool {
        self.request.is_http10 && length.is_none()
    }

    /// Forbids shared caches to store a response that could be half of a file.
    fn guard_http10(&self, response: &mut Response, length: Option<u64>) {
        if self.hides_failures(length) {
            fields::forbid_storing(response.headers_mut());
        }
    }
}

impl Reply {
    /// Returns the reply to a condition or a range that fails.
    fn refusal(decision: &Decision, size: Option<u64>) -> Self {
        match decision {
            Decision::NotModified => Self::NotModified,
            Decision::RangeNotSatisfiable => Self::RangeNotSatisfiable(size.unwrap_or(0)),
            _ => Self::PreconditionFailed,
        }
    }
}

/// Returns the status that reports a failure before the head: 404 if an entry of an archive does not exist, else 500.
fn status(error: &BoxError) -> StatusCode {
    #[cfg(feature = "zip")]
    if error.downcast_ref().is_some_and(EntryError::is_missing) {
        return StatusCode::NOT_FOUND;
    }
    let _ = error;
    StatusCode::INTERNAL_SERVER_ERROR
}

/// Returns the reply of the last step or of the step that broke.
fn either(reply: Step<Reply>) -> Reply {
    match reply {
        Continue(reply) | Break(reply) => reply,
    }
}

impl Payload {
    /// Returns the source, and true if it can seek.
    fn into_source(self) -> (Source, bool) {
        match self {
            Self::Memory(bytes) => (Source::memory(bytes), true),
            Self::Source { source, can_seek } => (source, can_seek),
            Self::Begun(_) => {
                unreachable!("content that has begun has no ranges")
            }
        }
    }
}
