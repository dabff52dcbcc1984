//! From metadata to the head of an answer (RFC 9110 §8, §14, §15; RFC 6266).

use std::{mem, time::SystemTime};

use axum::{
    body::Body,
    http::{Extensions, HeaderMap, HeaderValue, StatusCode, header},
    response::Response,
};

use bytes::Bytes;

use super::options::Options;
use crate::{
    body::NoBody,
    content::{Content, Stamp},
    decision::{ByteRange, Validators, content_range, unsatisfied_content_range},
    entity_tag::EntityTag,
    http::{basename, disposition, multipart::Multipart},
    media_type,
    metadata::Metadata,
};

const NOSNIFF: HeaderValue = HeaderValue::from_static("nosniff");
const BYTES: HeaderValue = HeaderValue::from_static("bytes");
const NONE: HeaderValue = HeaderValue::from_static("none");

/// The head of an answer in the making.
pub(crate) struct Head {
    pub(crate) settings: Options,
    /// The tag of content in memory that has none of its own.
    computed_tag: Option<EntityTag>,
    /// The validators of a file, where options give none.
    pub(crate) stamp: Option<Box<Stamp>>,
    /// What a response brings beside its fields.
    brought: Option<Box<Brought>>,
    /// True for text; `None` while it is not known.
    pub(crate) is_text: Option<bool>,
    pub(crate) accept_ranges: AcceptRanges,
}

struct Brought {
    content_type: Option<HeaderValue>,
    /// Encoded, or a part already: there are no ranges of it.
    is_encoded: bool,
    extensions: Extensions,
}

/// What `Accept-Ranges` says (§14.3).
#[derive(Clone, Copy, Debug)]
pub(crate) enum AcceptRanges {
    Bytes,
    None,
    /// The content would have to be produced to tell.
    Unknown,
}

/// The part of a file that is sent.
pub(crate) enum Part {
    Whole,
    Range {
        content_range: HeaderValue,
    },
    /// Several ranges, in a body of this type.
    Ranges {
        content_type: HeaderValue,
    },
}

impl Part {
    pub(crate) fn range(range: ByteRange, size: u64) -> Self {
        Self::Range {
            content_range: content_range(range, size),
        }
    }

    pub(crate) fn ranges(multipart: &Multipart) -> Self {
        Self::Ranges {
            content_type: multipart.content_type(),
        }
    }
}

impl Head {
    pub(crate) fn new(settings: Options) -> Self {
        Self {
            settings,
            computed_tag: None,
            stamp: None,
            is_text: None,
            accept_ranges: AcceptRanges::Unknown,
            brought: None,
        }
    }

    /// Adds what the content brings.
    pub(crate) fn absorb(&mut self, own: Metadata) {
        let options = mem::replace(&mut self.settings, Metadata::new().into());
        self.settings = options.into_metadata().with_own(own).into();
    }

    /// Computes a tag for bytes that have no validator. Beside a date it would be in the way: clients would come back with
    /// the tag, which only the content can answer, and a 304 by the date alone could not repeat it (§15.4.5).
    pub(crate) fn tag(&mut self, bytes: &[u8]) {
        let has_validator = self.settings.etag.is_some() || self.settings.last_modified.is_some();
        if !has_validator {
            self.computed_tag = Some(EntityTag::of_bytes(bytes));
        }
    }

    pub(crate) fn validators(&self) -> Validators<'_> {
        let Validators {
            etag,
            last_modified,
        } = self.settings.validators();
        let stamp = self.stamp.as_deref();
        Validators {
            etag: etag
                .or(self.computed_tag.as_ref())
                .or_else(|| stamp?.etag.as_ref()),
            last_modified: last_modified.or_else(|| stamp?.last_modified),
        }
    }

    /// Takes over what a response says of itself, and leaves its body.
    ///
    /// A handler that answers HEAD itself has an empty body, whose length tells nothing of the file's.
    pub(crate) fn adopt(&mut self, response: Response, is_head: bool) -> Content {
        let (parts, body) = response.into_parts();
        let mut fields = parts.headers;
        let length = fields.remove(header::CONTENT_LENGTH);
        let length = length.and_then(|value| value.to_str().ok()?.parse().ok());
        fields.remove(header::TRANSFER_ENCODING);
        fields.remove(header::ACCEPT_RANGES);
        self.brought = Some(Box::new(Brought {
            is_encoded: fields.contains_key(header::CONTENT_ENCODING)
                || fields.contains_key(header::CONTENT_RANGE),
            content_type: fields.remove(header::CONTENT_TYPE),
            extensions: parts.extensions,
        }));
        let hint = || {
            http_body::Body::size_hint(&body)
                .exact()
                .filter(|size| *size > 0 || !is_head)
        };
        let size = length.or_else(hint);
        Content::from_body(body, size).with_metadata(own_fields(fields))
    }

    /// Returns true if the content has no ranges because it is encoded.
    pub(crate) fn is_encoded(&self) -> bool {
        self.brought
            .as_ref()
            .is_some_and(|brought| brought.is_encoded)
    }

    /// The type of the file: option, then the content's own, then a guess from the name, then the kind of content.
    pub(crate) fn content_type(&self) -> Option<HeaderValue> {
        let own = || {
            let brought = self.brought.as_ref()?;
            brought.content_type.clone()
        };
        let own = own().filter(|_| self.settings.content_type.is_none());
        let kind = || match (self.is_text?, self.settings.charset.as_deref()) {
            (false, _) => Some(media_type::OCTET_STREAM),
            (true, None) => Some(media_type::PLAIN_TEXT),
            (true, charset) => Some(media_type::with_charset(
                HeaderValue::from_static("text/plain"),
                charset,
            )),
        };
        own.or_else(|| self.named_type()).or_else(kind)
    }

    /// The type of the options, else the one that the name suggests.
    fn named_type(&self) -> Option<HeaderValue> {
        match self.settings.prepared() {
            Some(prepared) => prepared.content_type.clone(),
            None => content_type(&self.settings),
        }
    }

    fn disposition(&self) -> Option<HeaderValue> {
        match self.settings.prepared() {
            Some(prepared) => prepared.disposition.clone(),
            None => disposition(&self.settings),
        }
    }

    /// 200, or 206 for a part.
    pub(crate) fn response(&mut self, part: Part, length: Option<u64>, body: Body) -> Response {
        let content_type = self.content_type();
        let mut fields = self.fields();
        let (status, content_type) = match part {
            Part::Whole => (StatusCode::OK, content_type),
            Part::Range { content_range } => {
                fields.insert(header::CONTENT_RANGE, content_range);
                (StatusCode::PARTIAL_CONTENT, content_type)
            }
            Part::Ranges { content_type } => (StatusCode::PARTIAL_CONTENT, Some(content_type)),
        };
        if let Some(value) = content_type {
            fields.insert(header::CONTENT_TYPE, value);
        }
        if let Some(length) = length {
            fields.insert(header::CONTENT_LENGTH, decimal(length));
        }
        self.finish(status, fields, body)
    }

    /// 304: what the 200 would say, less what describes a content that is not sent (§15.4.5).
    pub(crate) fn not_modified(&mut self) -> Response {
        let fields = self.fields_without_content();
        self.finish(StatusCode::NOT_MODIFIED, fields, Body::new(NoBody))
    }

    /// 412 (§15.5.13).
    pub(crate) fn failed_precondition(&mut self) -> Response {
        let fields = self.fields_of_refusal();
        self.finish(StatusCode::PRECONDITION_FAILED, fields, Body::empty())
    }

    /// 416, with the size that the client did not know (§15.5.17).
    pub(crate) fn unsatisfiable(&mut self, size: u64) -> Response {
        let mut fields = self.fields_of_refusal();
        fields.insert(header::CONTENT_RANGE, unsatisfied_content_range(size));
        let status = StatusCode::RANGE_NOT_SATISFIABLE;
        self.finish(status, fields, Body::empty())
    }

    /// No cache may keep a refusal for as long as the file (RFC 9111 §3), nor under its name.
    fn fields_of_refusal(&self) -> HeaderMap {
        let mut fields = self.fields_without_content();
        for name in [
            header::CACHE_CONTROL,
            header::EXPIRES,
            header::CONTENT_LOCATION,
        ] {
            fields.remove(name);
        }
        fields
    }

    /// What describes the content is left out (§15.4.5).
    fn fields_without_content(&self) -> HeaderMap {
        let mut fields = HeaderMap::new();
        if !self.settings.headers.is_empty() {
            fields.clone_from(&self.settings.headers);
            for name in [
                header::CONTENT_DISPOSITION,
                header::CONTENT_ENCODING,
                header::CONTENT_LANGUAGE,
                header::CONTENT_RANGE,
            ] {
                fields.remove(name);
            }
        }
        self.add_fields(&mut fields);
        fields
    }

    fn fields(&self) -> HeaderMap {
        let mut fields = self.settings.headers.clone();
        if !fields.contains_key(header::CONTENT_DISPOSITION) {
            if let Some(value) = self.disposition() {
                fields.insert(header::CONTENT_DISPOSITION, value);
            }
        }
        self.add_fields(&mut fields);
        fields
    }

    /// The fields of every answer about the file.
    fn add_fields(&self, fields: &mut HeaderMap) {
        if let Some(etag) = self.validators().etag {
            fields.insert(header::ETAG, etag.as_header_value().clone());
        }
        if let Some(value) = self.validators().last_modified.and_then(http_date) {
            fields.insert(header::LAST_MODIFIED, value);
        }
        if let Some(value) = &self.settings.cache_control {
            fields
                .entry(header::CACHE_CONTROL)
                .or_insert_with(|| value.clone());
        }
        let accept_ranges = match self.accept_ranges {
            AcceptRanges::Bytes => Some(BYTES),
            AcceptRanges::None => Some(NONE),
            AcceptRanges::Unknown => None,
        };
        if let Some(value) = accept_ranges {
            fields.insert(header::ACCEPT_RANGES, value);
        }
        fields.insert(header::X_CONTENT_TYPE_OPTIONS, NOSNIFF);
    }

    fn finish(&mut self, status: StatusCode, fields: HeaderMap, body: Body) -> Response {
        let mut response = Response::new(body);
        *response.status_mut() = status;
        *response.headers_mut() = fields;
        if let Some(brought) = &mut self.brought {
            *response.extensions_mut() = mem::take(&mut brought.extensions);
        }
        response
    }
}

/// The fields of the answer that is the whole of bytes in memory: here, of none.
pub(crate) fn of_memory(metadata: &Metadata, is_text: bool) -> HeaderMap {
    let mut head = Head::new(metadata.clone().into());
    head.accept_ranges = AcceptRanges::Bytes;
    head.is_text = Some(is_text);
    head.tag(&[]);
    head.response(Part::Whole, Some(0), Body::empty())
        .into_parts()
        .0
        .headers
}

/// Option, then a guess from the name.
pub(crate) fn content_type(metadata: &Metadata) -> Option<HeaderValue> {
    let guess = || {
        let name = basename::sanitize(metadata.basename.as_deref()?);
        media_type::guess(&name).map(HeaderValue::from_static)
    };
    let value = metadata.content_type.clone().or_else(guess)?;
    Some(media_type::with_charset(value, metadata.charset.as_deref()))
}

/// None where neither a name nor a disposition was asked for: `inline` is what clients do by themselves.
pub(crate) fn disposition(metadata: &Metadata) -> Option<HeaderValue> {
    if metadata.attachment.is_none() && metadata.basename.is_none() {
        return None;
    }
    let name = metadata.basename.as_deref().unwrap_or_default();
    Some(disposition::header_value(
        metadata.attachment.unwrap_or(false),
        name,
    ))
}

/// What the fields of a response tell, those that have a place of their own there.
fn own_fields(mut fields: HeaderMap) -> Metadata {
    let mut own = Metadata::new();
    let text = |value: HeaderValue| value.to_str().ok().map(str::to_owned);
    // One that is no tag is of no use to anybody.
    own.etag = fields
        .remove(header::ETAG)
        .and_then(text)
        .as_deref()
        .and_then(EntityTag::parse);
    let date = fields.get(header::LAST_MODIFIED).cloned().and_then(text);
    if let Some(date) = date.and_then(|date| httpdate::parse_http_date(&date).ok()) {
        own.last_modified = Some(date);
        fields.remove(header::LAST_MODIFIED);
    }
    if fields.get_all(header::CACHE_CONTROL).iter().count() == 1 {
        own.cache_control = fields.remove(header::CACHE_CONTROL);
    }
    own.headers = fields;
    own
}

/// A number as a field value, in one allocation.
fn decimal(number: u64) -> HeaderValue {
    let mut digits = [0; DIGITS];
    let start = write_decimal(&mut digits, number);
    let digits = Bytes::copy_from_slice(&digits[start..]);
    HeaderValue::from_maybe_shared(digits).unwrap_or_else(|_| number.into())
}

/// How many digits a number has at most.
pub(crate) const DIGITS: usize = 20;

/// Writes a number at the end of `text`, which has room for [`DIGITS`], and returns where it begins.
pub(crate) fn write_decimal(text: &mut [u8], number: u64) -> usize {
    let mut rest = number;
    let mut start = text.len();
    loop {
        start -= 1;
        text[start] = b'0' + (rest % 10) as u8;
        rest /= 10;
        if rest == 0 {
            return start;
        }
    }
}

/// A time since 1970 as a field value (§5.6.7): whole seconds, not in the future (§8.8.2.1).
fn http_date(time: SystemTime) -> Option<HeaderValue> {
    HeaderValue::try_from(httpdate::fmt_http_date(time.min(SystemTime::now()))).ok()
}
