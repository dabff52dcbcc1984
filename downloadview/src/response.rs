//! From metadata and content, by way of the decision, to a response.

use std::time::Duration;

use axum::{
    BoxError,
    body::Body,
    http::{Method, StatusCode},
    response::{IntoResponse, Response},
};
use bytes::Bytes;

use crate::{
    body::{
        self, DownloadBody, Failure, NoBody, Report, Selection, Source, Transfer, guard::Guard,
    },
    content::{Content, Kind},
    decision::{self, Access, ByteRange, Decision},
    entity_tag::EntityTag,
    head::{AcceptRanges, Head},
    metadata::{Metadata, Options},
    multipart::Multipart,
    prepared::Whole,
    request::DownloadRequest,
    view::ErasedView,
};

/// Up to this size, content in memory gets an entity tag computed from its bytes.
const TAGGED: usize = 1 << 20;

/// How long a client may take nothing, unless an option says otherwise.
const SEND_TIMEOUT: Duration = Duration::from_secs(300);

/// Answers `request` with `content`, under `options`.
pub(crate) async fn respond(
    view: &'static str,
    request: &DownloadRequest,
    options: Options,
    content: Content,
) -> Response {
    match at_once(view, request, options, content) {
        Ok(response) => response,
        Err((options, content)) => Box::pin(wait(view, request, options, content)).await,
    }
}

/// The answer with content in memory. `Err` gives back what has to wait: in a box, which keeps the futures of handlers
/// small. They are moved several times a request.
pub(crate) fn at_once(
    view: &'static str,
    request: &DownloadRequest,
    options: Options,
    content: Content,
) -> Result<Response, (Options, Content)> {
    let Content {
        kind: Kind::Memory(bytes),
        is_text,
        metadata: None,
        own_name: None,
    } = content
    else {
        return Err((options, content));
    };
    if let Some(whole) = prepared(request, &options, bytes.len()) {
        return Ok(whole.answer(bytes, is_text));
    }
    let mut answer = Answer::new(view, request, options);
    answer.head.is_text = Some(is_text);
    Ok(answer
        .with_memory(bytes)
        .unwrap_or_else(|response| response))
}

/// The answer with content that has to be waited for.
pub(crate) async fn wait(
    view: &'static str,
    request: &DownloadRequest,
    options: Options,
    content: Content,
) -> Response {
    let mut answer = Answer::new(view, request, options);
    let response = answer.with(content).await;
    response.unwrap_or_else(|early| early)
}

/// What was built for the usual answer: the whole of `size` bytes, which nobody follows, under a view's literals.
fn prepared<'a>(request: &DownloadRequest, options: &'a Options, size: usize) -> Option<&'a Whole> {
    let Options::Shared(metadata) = options else {
        return None;
    };
    let is_usual =
        request.is_plain_get() && size <= TAGGED && !request.is_observed() && !Report::is_logged();
    let prepared = metadata.prepared.as_deref().filter(|_| is_usual)?;
    prepared.whole.as_ref()
}

/// `Err` is the answer that `options` settle whatever the content is.
pub(crate) fn settle(
    view: &'static str,
    request: &DownloadRequest,
    options: Options,
) -> Result<Options, Response> {
    if request.is_plain_get() && options.error.is_none() {
        return Ok(options);
    }
    let mut answer = Answer::new(view, request, options);
    answer.settle()?;
    answer.report.take().dismiss();
    Ok(answer.head.metadata)
}

/// An answer in the making.
struct Answer<'a> {
    request: &'a DownloadRequest,
    head: Head,
    report: Report,
}

/// `Err` is the answer that came before its time.
type Early<T = ()> = Result<T, Response>;

/// Bytes, and what can be done with them.
struct Stock {
    bytes: Held,
    size: Option<u64>,
    /// How ranges can be had, if they can.
    access: Option<Access>,
}

enum Held {
    Memory(Bytes),
    /// Whether it can seek is known from its kind.
    Source {
        source: Source,
        can_seek: bool,
    },
    /// Whole, and begun.
    Begun(Box<Transfer>),
}

/// What the decision has left to send.
enum Outgoing {
    Bytes(Bytes),
    Transfer(Box<Transfer>),
}

impl<'a> Answer<'a> {
    fn new(view: &'static str, request: &'a DownloadRequest, options: Options) -> Self {
        let mut report = Report::new(view, request.received);
        report.listen(&options.on_finish);
        report.listen(&request.observers());
        Self {
            request,
            head: Head::new(options),
            report,
        }
    }

    fn with_memory(&mut self, bytes: Bytes) -> Early<Response> {
        self.settle()?;
        let stock = self.memory(bytes)?;
        let outgoing = self.decide(stock)?;
        Ok(self.send(outgoing))
    }

    async fn with(&mut self, content: Content) -> Early<Response> {
        let stock = self.resolve(content).await?;
        let outgoing = match self.decide(stock)? {
            Outgoing::Transfer(transfer) => self.prime(transfer).await?,
            bytes @ Outgoing::Bytes(_) => bytes,
        };
        Ok(self.send(outgoing))
    }

    /// Brings content, and all that it says of itself, to light.
    async fn resolve(&mut self, mut content: Content) -> Early<Stock> {
        loop {
            if let Some(own) = content.metadata.take() {
                self.absorb(*own);
            }
            if let Some(name) = content.own_name.take() {
                self.head.suggest_basename(name);
            }
            self.head.is_text = Some(content.is_text);
            content = match content.kind {
                Kind::View(view) => self.content_of(view).await?,
                Kind::AsyncFile(file) => Content::from_file(file.into_std().await),
                Kind::Response(response) if response.status() == StatusCode::OK => self
                    .head
                    .adopt(*response, self.request.method == Method::HEAD),
                Kind::Response(response) => return Err(self.pass(*response)),
                Kind::Failed(error) => return Err(self.fail(error)),
                Kind::Memory(bytes) => {
                    self.settle()?;
                    return self.memory(bytes);
                }
                Kind::Seekable(source, stamp) => {
                    self.head.stamp = stamp;
                    return self.seekable(source).await;
                }
                Kind::Forward(source, size) => return self.forward(source, size).await,
            };
        }
    }

    async fn content_of(&mut self, mut view: Guard<Box<dyn ErasedView>>) -> Early<Content> {
        match view.get_mut().metadata().await {
            Ok(own) => self.absorb(own),
            Err(response) => return Err(self.pass(response)),
        }
        self.head.is_text = None;
        self.settle()?;
        let content = view.into_inner().content().await;
        content.map_err(|response| self.pass(response))
    }

    fn absorb(&mut self, own: Metadata) {
        self.report.listen(&own.on_finish);
        self.head.absorb(own);
    }

    /// Answers what needs no content.
    fn settle(&mut self) -> Early {
        if let Some(error) = self.head.metadata.error.clone() {
            return Err(self.fail(error.into()));
        }
        if self.request.is_plain_get() {
            return Ok(());
        }
        let size = self.head.metadata.size;
        match decision::settle(self.request, self.head.validators(), size) {
            None => Ok(()),
            Some(Decision::Whole) => Err(self.head_unseen(size)),
            Some(decision) => Err(self.without_content(&decision, size)),
        }
    }

    /// What is in memory: its size, its tag and its ranges are known.
    fn memory(&mut self, bytes: Bytes) -> Early<Stock> {
        let size = bytes.len() as u64;
        self.check_size(size)?;
        if self.is_retrieval() && bytes.len() <= TAGGED {
            self.head.tag(&bytes);
        }
        let access = self.access(Access::Random);
        Ok(Stock {
            bytes: Held::Memory(bytes),
            size: Some(size),
            access,
        })
    }

    async fn seekable(&mut self, mut source: Source) -> Early<Stock> {
        self.settle()?;
        let stall_timeout = self.head.metadata.stall_timeout;
        let size = match body::size(&mut source, stall_timeout, self.report.span()).await {
            Ok(size) => size,
            Err(error) => return Err(self.fail(error)),
        };
        self.check_size(size)?;
        let access = self.access(Access::Random);
        Ok(Stock {
            bytes: Held::Source {
                source,
                can_seek: true,
            },
            size: Some(size),
            access,
        })
    }

    /// What can only be produced is begun, unless its size and its tag are promised: its first bytes tell whether it is
    /// in memory after all.
    async fn forward(&mut self, source: Source, size: Option<u64>) -> Early<Stock> {
        self.settle()?;
        let size = self.head.metadata.size.or(size);
        if self.request.method == Method::HEAD {
            return Err(self.head_unseen(size));
        }
        let access = size.and_then(|_| self.access(Access::Forward));
        if access.is_some() {
            return Ok(Stock {
                bytes: Held::Source {
                    source,
                    can_seek: false,
                },
                size,
                access,
            });
        }
        let whole = self.transfer(Selection::whole(source, false, size), size);
        match self.prime(whole).await? {
            Outgoing::Bytes(bytes) => self.memory(bytes),
            Outgoing::Transfer(transfer) => Ok(Stock {
                bytes: Held::Begun(transfer),
                size,
                access,
            }),
        }
    }

    /// The decision, once everything is known.
    fn decide(&mut self, stock: Stock) -> Early<Outgoing> {
        let Stock {
            bytes,
            size,
            access,
        } = stock;
        let accept = match access {
            Some(_) => AcceptRanges::Bytes,
            None if self.is_retrieval() => AcceptRanges::None,
            // It would be about the resource, of which GET may have ranges (§14.3).
            None => AcceptRanges::Unknown,
        };
        self.head.accept_ranges = accept;
        match (self.decision(size, access), size) {
            (Decision::Whole, _) if self.request.method == Method::HEAD => {
                Err(self.head_only(size))
            }
            (Decision::Whole, _) => Ok(self.whole(bytes, size)),
            (Decision::Part(range), Some(size)) => {
                self.head.set_range(range, size);
                Ok(self.part(bytes, size, range))
            }
            (Decision::Parts(ranges), Some(size)) => {
                let content_type = self.head.content_type();
                let multipart = Multipart::new(ranges, size, content_type.as_ref());
                self.head.set_multipart(&multipart);
                Ok(self.parts(bytes, size, multipart))
            }
            (decision, size) => Err(self.without_content(&decision, size)),
        }
    }

    fn decision(&self, size: Option<u64>, access: Option<Access>) -> Decision {
        if self.request.is_plain_get() {
            return Decision::Whole;
        }
        let validators = self.head.validators();
        if let Some(failed) = decision::preconditions(self.request, validators) {
            return failed;
        }
        match (size, access) {
            (Some(size), Some(access)) => decision::ranges(self.request, validators, size, access),
            _ => Decision::Whole,
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

    /// `length`: of the selection, where it is known.
    fn transfer(&self, selection: Selection, length: Option<u64>) -> Box<Transfer> {
        let stall_timeout = self.head.metadata.stall_timeout;
        Box::new(Transfer::new(selection, length, stall_timeout))
    }

    /// Waits for the first bytes: they show whether the source works, and whether it is short.
    async fn prime(&mut self, mut transfer: Box<Transfer>) -> Early<Outgoing> {
        match transfer.first(self.report.span()).await {
            Ok(Some(bytes)) => Ok(Outgoing::Bytes(bytes)),
            Ok(None) => Ok(Outgoing::Transfer(transfer)),
            Err(error) => Err(self.fail(error)),
        }
    }

    fn send(&mut self, outgoing: Outgoing) -> Response {
        let transfer = match outgoing {
            Outgoing::Transfer(transfer) => transfer,
            Outgoing::Bytes(bytes) => {
                let length = Some(bytes.len() as u64);
                if bytes.is_empty() || !self.report.is_wanted() {
                    self.report.completed();
                    return self.head.response(length, Body::from(bytes));
                }
                self.transfer(Selection::memory(bytes), length)
            }
        };
        let length = transfer.remaining();
        let send_timeout = self.head.metadata.send_timeout;
        let send_timeout = send_timeout.or_else(|| self.request.send_timeout());
        let send_timeout = send_timeout.unwrap_or(SEND_TIMEOUT);
        let body = DownloadBody::new(*transfer, self.report.take(), send_timeout);
        let body = Body::new(body);
        self.head.response(length, body)
    }

    /// HEAD, where the content is not looked at (RFC 9110 §9.3.2): what depends on it is left out, and a condition on a
    /// tag that only the content would tell fails nothing.
    fn head_unseen(&mut self, size: Option<u64>) -> Response {
        self.head.accept_ranges = match size.and_then(|_| self.access(Access::Forward)) {
            Some(_) => AcceptRanges::Bytes,
            None => AcceptRanges::Unknown,
        };
        match decision::preconditions(self.request, self.head.validators()) {
            Some(decision @ Decision::NotModified) => self.without_content(&decision, size),
            _ => self.head_only(size),
        }
    }

    fn head_only(&mut self, size: Option<u64>) -> Response {
        self.report.not_sent();
        self.head.response(size, Body::new(NoBody))
    }

    /// 304, 412, 416.
    fn without_content(&mut self, decision: &Decision, size: Option<u64>) -> Response {
        self.report.not_sent();
        match decision {
            Decision::NotModified => self.head.not_modified(),
            Decision::RangeNotSatisfiable => self.head.unsatisfiable(size.unwrap_or(0)),
            _ => self.head.failed_precondition(),
        }
    }

    /// An answer that is not about the file.
    fn pass(&mut self, response: Response) -> Response {
        self.report.not_sent();
        response
    }

    /// 500: the reason goes to the log, not to the client.
    fn fail(&mut self, error: BoxError) -> Response {
        self.report.failed(error);
        StatusCode::INTERNAL_SERVER_ERROR.into_response()
    }

    fn check_size(&mut self, size: u64) -> Early {
        match self.head.metadata.size {
            Some(promised) if size < promised => Err(self.fail(
                Failure::Short {
                    size: promised,
                    got: size,
                }
                .into(),
            )),
            Some(promised) if size > promised => {
                Err(self.fail(Failure::Long { size: promised }.into()))
            }
            _ => Ok(()),
        }
    }

    fn is_retrieval(&self) -> bool {
        self.request.method == Method::GET || self.request.method == Method::HEAD
    }

    /// Ranges are GET's alone (RFC 9110 §14.2), and those of generated content need a promise of the same bytes.
    fn access(&self, access: Access) -> Option<Access> {
        let strong = || {
            self.head
                .validators()
                .etag
                .is_some_and(EntityTag::is_strong)
        };
        let possible =
            self.is_retrieval() && !self.head.is_encoded && (access == Access::Random || strong());
        possible.then_some(access)
    }
}

impl Held {
    /// Returns the source, and whether it can seek.
    fn into_source(self) -> (Source, bool) {
        match self {
            Self::Memory(bytes) => (Source::memory(bytes), true),
            Self::Source { source, can_seek } => (source, can_seek),
            Self::Begun(_) => unreachable!("what is begun has no access, and so no ranges"),
        }
    }
}
