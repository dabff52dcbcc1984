//! From metadata to the head of an answer (RFC 9110 §8, §14, §15; RFC 6266).

use std::{mem, time::SystemTime};

use axum::{
    body::Body,
    http::{Extensions, HeaderMap, HeaderValue, StatusCode, header},
    response::Response,
};

use bytes::Bytes;
use downloadview_grammar::date;

use super::options::Options;
use crate::{
    body::NoBody,
    content::{Content, Stamp},
    decision::{ByteRange, Validators, content_range, is_date, unsatisfied_content_range},
    entity_tag::EntityTag,
    http::{basename, disposition, fields, multipart::Multipart},
    media_type,
    metadata::{Charset, Metadata},
    report::Answered,
};
#[cfg(feature = "rows")]
use crate::{
    body::Source,
    rows::{Format, HasHeader, Rows},
};
#[cfg(feature = "rows")]
use axum::BoxError;

const NOSNIFF: HeaderValue = HeaderValue::from_static("nosniff");
const BYTES: HeaderValue = HeaderValue::from_static("bytes");
const NONE: HeaderValue = HeaderValue::from_static("none");
const PLAIN_TEXT: HeaderValue = HeaderValue::from_static("text/plain");
const MULTIPART: &[u8] = b"multipart/";
const CONTENT_DIGEST: &str = "content-digest";
/// The digests of the whole file (RFC 9530 §3, RFC 3230).
const OF_THE_FILE: [&str; 2] = ["repr-digest", "digest"];

/// The head of an answer in the making.
pub(crate) struct Head {
    pub(crate) settings: Options,
    /// The tag of content in memory that has no validator.
    computed_tag: Option<EntityTag>,
    /// The validators of a file, where options give none.
    pub(crate) stamp: Option<Box<Stamp>>,
    /// Brought by a response, beside its fields.
    brought: Option<Box<Brought>>,
    /// True for text; `None` while it is not known.
    pub(crate) is_text: Option<bool>,
    pub(crate) accept_ranges: AcceptRanges,
}

#[derive(Default)]
struct Brought {
    content_type: Option<HeaderValue>,
    /// Says if a table has a header, which its type tells.
    #[cfg(feature = "rows")]
    has_header: Option<HasHeader>,
    /// There are no ranges of encoded content.
    is_encoded: bool,
    extensions: Extensions,
}

/// The value of `Accept-Ranges` (§14.3).
#[derive(Clone, Copy, Debug)]
pub(crate) enum AcceptRanges {
    Bytes,
    None,
    /// The content would have to be produced to tell.
    Unknown,
}

/// The part of a file that is sent.
#[derive(Clone)]
pub(crate) enum Part {
    Whole,
    Range {
        range: ByteRange,
        size: u64,
    },
    /// Several ranges, in a body of this type.
    Ranges {
        ranges: Vec<ByteRange>,
        content_type: HeaderValue,
    },
    /// A part that a response brought. Its own fields describe it.
    Foreign {
        content_range: Option<ForeignRange>,
    },
}

/// `Content-Range` of a response (§14.4).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct ForeignRange {
    range: ByteRange,
    size: Option<u64>,
}

impl ForeignRange {
    fn parse(fields: &HeaderMap) -> Option<Self> {
        let text = fields.get(header::CONTENT_RANGE)?.to_str().ok()?;
        let (unit, rest) = text.trim().split_once(' ')?;
        let (positions, size) = rest.split_once('/')?;
        let (first, last) = positions.split_once('-')?;
        let (start, last) = (first.trim().parse().ok()?, last.trim().parse::<u64>().ok()?);
        let range = ByteRange {
            start,
            end: last.checked_add(1)?,
        };
        let is_valid = unit.eq_ignore_ascii_case("bytes") && range.start < range.end;
        let size = size.trim().parse().ok();
        is_valid.then_some(Self { range, size })
    }

    pub(crate) fn len(self) -> u64 {
        self.range.len()
    }
}

impl Part {
    pub(crate) fn ranges(multipart: &Multipart) -> Self {
        Self::Ranges {
            ranges: multipart.ranges().to_vec(),
            content_type: multipart.content_type(),
        }
    }

    /// Describes a 200 or a 206.
    pub(crate) fn describe(&self, answered: &mut Answered) {
        let std = |range: &ByteRange| range.start..range.end;
        let status = match self {
            Self::Whole => StatusCode::OK,
            _ => StatusCode::PARTIAL_CONTENT,
        };
        answered.status = Some(status);
        match self {
            Self::Whole => {}
            Self::Range { range, .. } => answered.ranges = vec![std(range)],
            Self::Ranges { ranges, .. } => answered.ranges = ranges.iter().map(std).collect(),
            Self::Foreign { content_range } => {
                let range = content_range.iter().map(|content| std(&content.range));
                answered.ranges = range.collect();
                answered.size = content_range.and_then(|content| content.size);
            }
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

    /// Adds what a view or a download sets.
    pub(crate) fn set(&mut self, own: Metadata) {
        self.settings = self.take_settings().with_own(own).into();
    }

    /// Adds what the content brings by itself. A name that is set and has no known extension leaves the type to the name
    /// that the content brings.
    pub(crate) fn bring(&mut self, own: Metadata) {
        let name = own.basename.as_deref().map(basename::sanitize);
        let suggested = name.and_then(|name| media_type::guess(&name));
        self.settings = self.take_settings().over(own).into();
        if let (None, Some(suggested)) = (content_type(&self.settings), suggested) {
            let value = with_charset(
                HeaderValue::from_static(suggested),
                self.settings.charset.as_ref(),
            );
            self.brought.get_or_insert_default().content_type = Some(value);
        }
    }

    /// Makes the source of a table, and takes over the type of its format.
    #[cfg(feature = "rows")]
    pub(crate) fn tabulate(&mut self, rows: Rows) -> Result<Source, BoxError> {
        let settings = &self.settings;
        let name = settings.basename.as_deref().map(basename::sanitize);
        let content_type = settings.content_type.as_ref();
        let content_type = content_type.and_then(|value| value.to_str().ok());
        let table = rows.into_source(name.as_deref(), content_type)?;
        let media_type = HeaderValue::from_static(table.format.media_type());
        let value = with_charset(media_type, settings.charset.as_ref());
        let brought = self.brought.get_or_insert_default();
        brought.content_type = Some(value);
        brought.has_header = Some(table.has_header).filter(|_| table.format == Format::Csv);
        Ok(table.source)
    }

    fn take_settings(&mut self) -> Metadata {
        mem::replace(&mut self.settings, Metadata::new().into()).into_metadata()
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

    /// Takes over what a 200 says of itself, and leaves its body.
    ///
    /// A handler that answers HEAD itself has an empty body, whose length tells nothing of the file's.
    pub(crate) fn adopt(&mut self, response: Response, is_head: bool) -> Content {
        let (mut fields, body) = self.take_over(response);
        fields.remove(header::ACCEPT_RANGES);
        let size = length(&mut fields).or_else(|| {
            let hint = http_body::Body::size_hint(&body).exact();
            hint.filter(|size| *size > 0 || !is_head)
        });
        self.bring(own_fields(fields));
        Content::from_body(body, size)
    }

    /// Takes over what a 206 says of itself. Returns its body, its length and its range where they are known.
    pub(crate) fn adopt_part(
        &mut self,
        response: Response,
    ) -> (Body, Option<u64>, Option<ForeignRange>) {
        let (mut fields, body) = self.take_over(response);
        let content_range = ForeignRange::parse(&fields);
        let size = length(&mut fields).or_else(|| content_range.map(ForeignRange::len));
        let size = size.or_else(|| http_body::Body::size_hint(&body).exact());
        self.bring(own_fields(fields));
        (body, size, content_range)
    }

    fn take_over(&mut self, response: Response) -> (HeaderMap, Body) {
        let (parts, body) = response.into_parts();
        let mut fields = parts.headers;
        fields::remove_connection(&mut fields);
        self.brought = Some(Box::new(Brought {
            is_encoded: fields.contains_key(header::CONTENT_ENCODING)
                || fields.contains_key(header::CONTENT_RANGE),
            content_type: fields.remove(header::CONTENT_TYPE),
            extensions: parts.extensions,
            #[cfg(feature = "rows")]
            has_header: None,
        }));
        (fields, body)
    }

    /// Returns true if a part of the content cannot be mistaken for one of another version.
    pub(crate) fn may_have_ranges(&self) -> bool {
        let is_encoded = self
            .brought
            .as_ref()
            .is_some_and(|brought| brought.is_encoded);
        self.settings.ranges != Some(false) && !is_encoded && self.validators().are_strong()
    }

    /// The type of the file: the option, else the content's own, else a guess from the name, else the kind of content.
    pub(crate) fn content_type(&self) -> Option<HeaderValue> {
        let kind = || {
            Some(if self.is_text? {
                with_charset(PLAIN_TEXT, self.settings.charset.as_ref())
            } else {
                media_type::OCTET_STREAM
            })
        };
        self.brought_type()
            .or_else(|| self.named_type())
            .or_else(kind)
    }

    /// The type of a response, unless an option replaces it. A multipart type stays, for it has the boundary.
    fn brought_type(&self) -> Option<HeaderValue> {
        let value = self.brought.as_ref()?.content_type.as_ref()?;
        let start = value.as_bytes().get(..MULTIPART.len());
        if start.is_some_and(|start| start.eq_ignore_ascii_case(MULTIPART)) {
            return Some(value.clone());
        }
        let settings = &self.settings;
        let value = settings
            .content_type
            .is_none()
            .then(|| match &settings.charset {
                Some(charset) => with_charset(value.clone(), Some(charset)),
                None => value.clone(),
            });
        #[cfg(feature = "rows")]
        let value = value.map(|value| self.with_header(value));
        value
    }

    /// Adds the parameter `header` of CSV (RFC 4180 §3), if the first row has been made.
    #[cfg(feature = "rows")]
    fn with_header(&self, value: HeaderValue) -> HeaderValue {
        let brought = self.brought.as_ref();
        let has_header = brought.and_then(|brought| brought.has_header.as_ref()?.get());
        let Some(has_header) = has_header else {
            return value;
        };
        let parameter: &[u8] = if *has_header {
            b"; header=present"
        } else {
            b"; header=absent"
        };
        HeaderValue::from_bytes(&[value.as_bytes(), parameter].concat()).unwrap_or(value)
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
            Part::Range { range, size } => {
                fields::remove_message(&mut fields);
                fields.insert(header::CONTENT_RANGE, content_range(range, size));
                (StatusCode::PARTIAL_CONTENT, content_type)
            }
            Part::Ranges { content_type, .. } => {
                fields::remove_message(&mut fields);
                (StatusCode::PARTIAL_CONTENT, Some(content_type))
            }
            Part::Foreign { .. } => (StatusCode::PARTIAL_CONTENT, content_type),
        };
        if let Some(value) = content_type {
            fields.insert(header::CONTENT_TYPE, value);
        }
        if let Some(length) = length {
            fields.insert(header::CONTENT_LENGTH, decimal(length));
        }
        self.finish(status, fields, body)
    }

    /// The head of a response without its content (§9.3.2).
    pub(crate) fn without_body(&mut self, part: Part, length: Option<u64>) -> Response {
        let mut response = self.response(part, length, Body::new(NoBody));
        // It would have to be that of no bytes (RFC 9530 appendix B.2).
        response.headers_mut().remove(CONTENT_DIGEST);
        response
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
        for name in [header::CACHE_CONTROL, header::CONTENT_LOCATION] {
            fields.remove(name);
        }
        fields::remove_caching(&mut fields);
        // They would be about the representation of the refusal (RFC 9530 §3).
        for name in OF_THE_FILE {
            fields.remove(name);
        }
        fields
    }

    /// The fields that describe content are left out (§15.4.5).
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
            fields::remove_message(&mut fields);
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

    /// Adds the fields of every answer about the file.
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

/// The fields of the answer with all of some bytes in memory: here, of none.
pub(crate) fn of_memory(metadata: &Metadata, is_text: bool) -> HeaderMap {
    let mut head = Head::new(metadata.clone().into());
    head.is_text = Some(is_text);
    head.tag(&[]);
    head.accept_ranges = if head.may_have_ranges() {
        AcceptRanges::Bytes
    } else {
        AcceptRanges::None
    };
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
    Some(with_charset(value, metadata.charset.as_ref()))
}

fn with_charset(value: HeaderValue, charset: Option<&Charset>) -> HeaderValue {
    match charset {
        Some(Charset::Unknown) => value,
        Some(Charset::Named(name)) => media_type::with_charset(value, Some(name)),
        None => media_type::with_charset(value, None),
    }
}

/// Takes `Content-Length` out of the fields of a response.
fn length(fields: &mut HeaderMap) -> Option<u64> {
    let value = fields.remove(header::CONTENT_LENGTH)?;
    value.to_str().ok()?.parse().ok()
}

/// Returns `None` where neither a name nor a disposition is set: clients show a file by default.
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

/// Reads the fields of a response into the settings that they correspond to.
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
    let date = date.and_then(|date| date::parse_time(date.as_bytes(), SystemTime::now()));
    // Earlier dates cannot be written.
    if let Some(date) = date.filter(|date| *date >= SystemTime::UNIX_EPOCH) {
        own.last_modified = Some(date).filter(is_date);
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

/// The largest number of digits.
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
