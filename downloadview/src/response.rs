//! From metadata and content, by way of the decision, to a response.

use std::{future::poll_fn, pin::Pin, time::Instant};

use axum::{
    BoxError,
    body::Body,
    http::{Method, StatusCode},
    response::{IntoResponse, Response},
};
use bytes::Bytes;

use crate::{
    body::{NoBody, Origin, Primed, Report, Seekable, Selection, Source, Transfer, WrongLength},
    content::{Content, Kind, Memory},
    decision::{self, Access, Decision},
    entity_tag::EntityTag,
    head::{AcceptRanges, Head},
    metadata::Metadata,
    multipart::Multipart,
    request::DownloadRequest,
};

/// Up to this size, content in memory gets an entity tag computed from its bytes.
const TAGGED: usize = 1 << 20;

/// Answers `request` with `content`, under `options`.
pub(crate) async fn respond(
    view: &'static str,
    request: &DownloadRequest,
    options: Metadata,
    content: Content,
) -> Response {
    let answer = Answer::new(view, request, options);
    match answer.resolve(content).await {
        Ok((answer, source)) => match answer.stock(source).await {
            Ok((answer, stock)) => answer.decide(stock).await,
            Err(response) => response,
        },
        Err(response) => response,
    }
}

/// The answer that `options` settle whatever the content is, if they do.
pub(crate) fn settled(
    view: &'static str,
    request: &DownloadRequest,
    options: &Metadata,
) -> Option<Response> {
    if options.error.is_none() {
        decision::settle(request, options.validators(), options.size)?;
    }
    Answer::new(view, request, options.clone()).settle().err()
}

/// An answer in the making. Each step gives what the next one needs, or the answer that came before its time.
struct Answer<'a> {
    request: &'a DownloadRequest,
    head: Head,
    report: Report,
}

type Early<T> = Result<T, Response>;

/// Content that is nothing but bytes.
enum Bytewise {
    Memory(Bytes),
    Seekable(Pin<Box<dyn Seekable>>),
    Forward(Pin<Box<dyn Source>>, Option<u64>),
}

/// Bytes, and what can be done with them.
struct Stock {
    bytes: Held,
    size: Option<u64>,
    /// How ranges can be had, if they can.
    access: Option<Access>,
}

enum Held {
    Memory(Bytes),
    Source(Origin),
    /// Whole, and begun.
    Begun(Transfer),
}

impl<'a> Answer<'a> {
    fn new(view: &'static str, request: &'a DownloadRequest, options: Metadata) -> Self {
        let mut report = Report::new(view, Instant::now());
        report.listen(&options.on_finish);
        Self {
            request,
            head: Head::new(options),
            report,
        }
    }

    /// Brings content, and all that it says of itself, to light.
    async fn resolve(mut self, mut content: Content) -> Early<(Self, Bytewise)> {
        loop {
            if let Some(own) = content.metadata.take() {
                self.absorb(*own);
            }
            self.head.is_text = Some(content.is_text);
            let source = match content.kind {
                Kind::Memory(bytes) => Bytewise::Memory(bytes),
                Kind::Seekable(source) => Bytewise::Seekable(source),
                Kind::Forward(source, size) => Bytewise::Forward(source, size),
                Kind::Failed(error) => return Err(self.fail(error)),
                Kind::AsyncFile(file) => {
                    content = Content::from_file(file.into_std().await);
                    continue;
                }
                Kind::Response(response) if response.status() == StatusCode::OK => {
                    content = self.head.adopt(*response);
                    continue;
                }
                Kind::Response(response) => return Err(self.pass(*response)),
                Kind::View(view) => {
                    self.head.is_text = None;
                    match view.metadata().await {
                        Ok(own) => self.absorb(own),
                        Err(response) => return Err(self.pass(response)),
                    }
                    self = self.settle()?;
                    match view.content().await {
                        Ok(inner) => content = inner,
                        Err(response) => return Err(self.pass(response)),
                    }
                    continue;
                }
            };
            return Ok((self.settle()?, source));
        }
    }

    fn absorb(&mut self, own: Metadata) {
        self.report.listen(&own.on_finish);
        self.head.absorb(own);
    }

    /// Answers what needs no content.
    fn settle(self) -> Early<Self> {
        if let Some(error) = self.head.metadata.error.clone() {
            return Err(self.fail(error.into()));
        }
        let size = self.head.metadata.size;
        match decision::settle(self.request, self.head.metadata.validators(), size) {
            None => Ok(self),
            Some(Decision::Whole) => Err(self.head_unseen(size)),
            Some(decision) => Err(self.without_content(&decision, size)),
        }
    }

    /// Finds out what there is, at the cost of its first bytes where nothing less tells.
    async fn stock(mut self, source: Bytewise) -> Early<(Self, Stock)> {
        match source {
            Bytewise::Memory(bytes) => self.memory(bytes),
            Bytewise::Seekable(mut source) => {
                let size = match poll_fn(|cx| source.as_mut().poll_size(cx)).await {
                    Ok(size) => size,
                    Err(error) => return Err(self.fail(error)),
                };
                self = self.check_size(size)?;
                let access = self.access(Access::Random);
                let bytes = Held::Source(Origin::Seekable(source));
                Ok((
                    self,
                    Stock {
                        bytes,
                        size: Some(size),
                        access,
                    },
                ))
            }
            Bytewise::Forward(source, size) => {
                let size = self.head.metadata.size.or(size);
                let origin = Origin::Forward(source);
                if self.request.method == Method::HEAD {
                    return Err(self.head_unseen(size));
                }
                if let (Some(_), Some(access)) = (size, self.access(Access::Forward)) {
                    let bytes = Held::Source(origin);
                    return Ok((
                        self,
                        Stock {
                            bytes,
                            size,
                            access: Some(access),
                        },
                    ));
                }
                self.begin(Selection::whole(origin, size), size).await
            }
        }
    }

    /// Content that is in memory after all: its size, its tag and its ranges are known.
    fn memory(mut self, bytes: Bytes) -> Early<(Self, Stock)> {
        let size = bytes.len() as u64;
        self = self.check_size(size)?;
        if self.is_retrieval() && bytes.len() <= TAGGED {
            self.head
                .metadata
                .etag
                .get_or_insert_with(|| EntityTag::of_bytes(&bytes));
        }
        let access = self.access(Access::Random);
        Ok((
            self,
            Stock {
                bytes: Held::Memory(bytes),
                size: Some(size),
                access,
            },
        ))
    }

    async fn begin(self, whole: Selection, size: Option<u64>) -> Early<(Self, Stock)> {
        let transfer = Transfer::new(whole, size, self.head.metadata.stall_timeout);
        match transfer.prime().await {
            Ok(Primed::Memory(bytes)) => self.memory(bytes),
            Ok(Primed::Begun(transfer)) => {
                let bytes = Held::Begun(transfer);
                Ok((
                    self,
                    Stock {
                        bytes,
                        size,
                        access: None,
                    },
                ))
            }
            Err(error) => Err(self.fail(error)),
        }
    }

    async fn decide(mut self, stock: Stock) -> Response {
        let Stock {
            bytes,
            size,
            access,
        } = stock;
        self.head.accept_ranges = if access.is_some() {
            AcceptRanges::Bytes
        } else {
            AcceptRanges::None
        };
        let validators = self.head.metadata.validators();
        let decision =
            decision::preconditions(self.request, validators).unwrap_or_else(|| {
                match (size, access) {
                    (Some(size), Some(access)) => {
                        decision::ranges(self.request, validators, size, access)
                    }
                    _ => Decision::Whole,
                }
            });
        match (decision, size) {
            (Decision::Whole, _) if self.request.method == Method::HEAD => self.head_only(size),
            (Decision::Whole, _) => self.whole(bytes, size).await,
            (Decision::Part(range), Some(size)) => {
                self.head.set_range(range, size);
                match bytes {
                    Held::Memory(bytes) => self.send_bytes(range.slice(&bytes)),
                    bytes => {
                        let selection = Selection::part(bytes.into_origin(), Some(size), range);
                        self.send(selection, Some(range.len())).await
                    }
                }
            }
            (Decision::Parts(ranges), Some(size)) => {
                let content_type = self.head.content_type();
                let multipart = Multipart::new(ranges, size, content_type.as_ref());
                self.head.set_multipart(&multipart);
                let length = multipart.content_length();
                let selection = Selection::parts(bytes.into_origin(), size, multipart);
                self.send(selection, Some(length)).await
            }
            (decision, size) => self.without_content(&decision, size),
        }
    }

    async fn whole(self, bytes: Held, size: Option<u64>) -> Response {
        match bytes {
            Held::Memory(bytes) => self.send_bytes(bytes),
            Held::Source(origin) => self.send(Selection::whole(origin, size), size).await,
            Held::Begun(transfer) => self.send_begun(transfer, size),
        }
    }

    async fn send(self, selection: Selection, length: Option<u64>) -> Response {
        let transfer = Transfer::new(selection, length, self.head.metadata.stall_timeout);
        match transfer.prime().await {
            Ok(Primed::Memory(bytes)) => self.send_bytes(bytes),
            Ok(Primed::Begun(transfer)) => self.send_begun(transfer, length),
            Err(error) => self.fail(error),
        }
    }

    fn send_begun(self, transfer: Transfer, length: Option<u64>) -> Response {
        self.head
            .into_response(length, Body::new(transfer.into_body(self.report)))
    }

    fn send_bytes(mut self, bytes: Bytes) -> Response {
        let length = bytes.len() as u64;
        if self.report.is_wanted() && length > 0 {
            let range = decision::ByteRange {
                start: 0,
                end: length,
            };
            let memory = Origin::Seekable(Box::pin(Memory::new(bytes)));
            let selection = Selection::part(memory, Some(length), range);
            return self.send_begun(Transfer::new(selection, Some(length), None), Some(length));
        }
        self.report.completed();
        self.head.into_response(Some(length), Body::from(bytes))
    }

    /// HEAD, where the content is not looked at (RFC 9110 §9.3.2): what depends on it is left out.
    fn head_unseen(mut self, size: Option<u64>) -> Response {
        let decision = decision::preconditions(self.request, self.head.metadata.validators());
        self.head.accept_ranges = match size.and_then(|_| self.access(Access::Forward)) {
            Some(_) => AcceptRanges::Bytes,
            None => AcceptRanges::Unknown,
        };
        match decision {
            Some(decision) => self.without_content(&decision, size),
            None => self.head_only(size),
        }
    }

    fn head_only(mut self, size: Option<u64>) -> Response {
        self.report.not_sent();
        self.head.into_response(size, Body::new(NoBody))
    }

    /// 304, 412, 416.
    fn without_content(mut self, decision: &Decision, size: Option<u64>) -> Response {
        self.report.not_sent();
        match decision {
            Decision::NotModified => self.head.into_not_modified(),
            Decision::RangeNotSatisfiable => self.head.into_unsatisfiable(size.unwrap_or(0)),
            _ => self.head.into_failed_precondition(),
        }
    }

    /// An answer that is not about the file.
    fn pass(mut self, response: Response) -> Response {
        self.report.not_sent();
        response
    }

    /// 500: the reason goes to the log, not to the client.
    fn fail(mut self, error: BoxError) -> Response {
        self.report.failed(error);
        StatusCode::INTERNAL_SERVER_ERROR.into_response()
    }

    fn check_size(self, size: u64) -> Early<Self> {
        match self.head.metadata.size {
            Some(promised) if size < promised => Err(self.fail(
                WrongLength::Short {
                    size: promised,
                    got: size,
                }
                .into(),
            )),
            Some(promised) if size > promised => {
                Err(self.fail(WrongLength::Long { size: promised }.into()))
            }
            _ => Ok(self),
        }
    }

    fn is_retrieval(&self) -> bool {
        self.request.method == Method::GET || self.request.method == Method::HEAD
    }

    /// Ranges are GET's alone (RFC 9110 §14.2), and those of generated content need a promise of the same bytes.
    fn access(&self, access: Access) -> Option<Access> {
        let strong = || {
            self.head
                .metadata
                .etag
                .as_ref()
                .is_some_and(EntityTag::is_strong)
        };
        let possible =
            self.is_retrieval() && !self.head.is_encoded && (access == Access::Random || strong());
        possible.then_some(access)
    }
}

impl Held {
    fn into_origin(self) -> Origin {
        match self {
            Self::Memory(bytes) => Origin::Seekable(Box::pin(Memory::new(bytes))),
            Self::Source(origin) => origin,
            Self::Begun(_) => unreachable!("what is begun has no access, and so no ranges"),
        }
    }
}
