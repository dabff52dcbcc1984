//! The head of a response (RFC 9110 §8, §14, §15, RFC 6266).

use std::mem;

use axum::{
    body::Body,
    http::{Extensions, HeaderMap, HeaderValue, StatusCode, header},
    response::Response,
};

use super::options::Options;
use crate::{
    body::NoBody,
    content::{Content, Stamp},
    decision::Validators,
    http::{
        basename, date, decimal, disposition,
        entity_tag::EntityTag,
        fields, media_type,
        multipart::Multipart,
        range::{ByteRange, ContentRange, content_range, unsatisfied_content_range},
    },
    metadata::Metadata,
    report::Answered,
};
#[cfg(feature = "rows")]
use crate::{
    body::Source,
    content::{HasHeader, Tabular},
};
#[cfg(feature = "rows")]
use axum::BoxError;

const NOSNIFF: HeaderValue = HeaderValue::from_static("nosniff");
const BYTES: HeaderValue = HeaderValue::from_static("bytes");
const NONE: HeaderValue = HeaderValue::from_static("none");
const PLAIN_TEXT: HeaderValue = HeaderValue::from_static("text/plain");
const CONTENT_DIGEST: &str = "content-digest";

/// The head of a response while it is built.
pub(crate) struct Head {
    pub(crate) settings: Options,
    /// The computed tag of content in memory without a validator.
    computed_tag: Option<EntityTag>,
    /// The validators of a file, which apply unless options set others.
    pub(crate) stamp: Option<Box<Stamp>>,
    /// The parts of a wrapped response other than its settings.
    wrapped: Option<Box<Wrapped>>,
    /// True for text, or `None` while it is not known.
    pub(crate) is_text: Option<bool>,
    pub(crate) accept_ranges: AcceptRanges,
}

#[derive(Default)]
struct Wrapped {
    content_type: Option<HeaderValue>,
    /// Set for a table. It is known after the first row, and becomes a parameter of the type.
    #[cfg(feature = "rows")]
    has_header: Option<HasHeader>,
    /// True for encoded content, which has no ranges.
    is_encoded: bool,
    extensions: Extensions,
}

/// The value of `Accept-Ranges` (§14.3).
#[derive(Clone, Copy, Debug)]
pub(crate) enum AcceptRanges {
    Bytes,
    None,
    /// It depends on content that is not known.
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
    /// A part from an upstream, described by the fields of the upstream.
    Foreign {
        content_range: Option<ContentRange>,
    },
}

impl Part {
    pub(crate) fn ranges(multipart: &Multipart) -> Self {
        Self::Ranges {
            ranges: multipart.ranges().to_vec(),
            content_type: multipart.content_type(),
        }
    }

    /// Records a 200 or a 206 for the report.
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
            wrapped: None,
        }
    }

    /// Adds the settings of a view or a download.
    pub(crate) fn set(&mut self, own: Metadata) {
        self.settings = self.take_settings().with_own(own).into();
    }

    /// Adds the metadata of the content itself. If the name that is set has no known extension, the name of the content determines the
    /// type.
    pub(crate) fn adopt_metadata(&mut self, own: Metadata) {
        let name = own.basename.as_deref().map(basename::sanitize);
        let suggested = name.and_then(|name| media_type::guess(&name));
        self.settings = self.take_settings().over(own).into();
        if let Some(suggested) = suggested {
            self.suggest_type(suggested);
        }
    }

    /// Sets the type of content that has none from the options or its name.
    pub(crate) fn suggest_type(&mut self, suggested: &'static str) {
        if content_type(&self.settings).is_none() {
            let value = HeaderValue::from_static(suggested);
            let value = media_type::with_charset(value, self.settings.charset.as_ref());
            self.wrapped.get_or_insert_default().content_type = Some(value);
        }
    }

    /// Makes the source of a table, and takes over the type of its format.
    #[cfg(feature = "rows")]
    pub(crate) fn tabulate(&mut self, rows: Box<dyn Tabular>) -> Result<Source, BoxError> {
        let settings = &self.settings;
        let name = settings.basename.as_deref().map(basename::sanitize);
        let content_type = settings.content_type.as_ref();
        let content_type = content_type.and_then(|value| value.to_str().ok());
        let table = rows.into_table(name.as_deref(), content_type)?;
        let format_type = HeaderValue::from_static(table.media_type);
        let value = media_type::with_charset(format_type, settings.charset.as_ref());
        let wrapped = self.wrapped.get_or_insert_default();
        wrapped.content_type = Some(value);
        wrapped.has_header = table.has_header;
        Ok(table.source)
    }

    fn take_settings(&mut self) -> Metadata {
        mem::replace(&mut self.settings, Metadata::new().into()).into_metadata()
    }

    /// Computes a tag for bytes without a validator. Content with a date gets no tag. Clients would send the tag back, which only the
    /// content can answer, and a 304 by the date alone could not repeat the tag (§15.4.5).
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

    /// Takes over the metadata of a 200 and returns its body.
    ///
    /// A handler that answers HEAD has an empty body, whose length is not that of the file.
    pub(crate) fn adopt(&mut self, response: Response, is_head: bool) -> Content {
        let (mut fields, body) = self.take_over(response);
        // `Content-Range` has no meaning in a 200 (§14.4).
        for name in [header::ACCEPT_RANGES, header::CONTENT_RANGE] {
            fields.remove(name);
        }
        let size = fields::take_length(&mut fields).or_else(|| {
            let hint = http_body::Body::size_hint(&body).exact();
            hint.filter(|size| *size > 0 || !is_head)
        });
        self.adopt_metadata(Metadata::of_response(fields));
        Content::from_body(body, size)
    }

    /// Takes over the metadata of a 206. Returns its body, and its length and its range if they are known.
    pub(crate) fn adopt_part(
        &mut self,
        response: Response,
    ) -> (Body, Option<u64>, Option<ContentRange>) {
        let (mut fields, body) = self.take_over(response);
        let content_range = ContentRange::of(&fields);
        let size =
            fields::take_length(&mut fields).or_else(|| content_range.map(ContentRange::len));
        let size = size.or_else(|| http_body::Body::size_hint(&body).exact());
        self.adopt_metadata(Metadata::of_response(fields));
        (body, size, content_range)
    }

    fn take_over(&mut self, response: Response) -> (HeaderMap, Body) {
        let (parts, body) = response.into_parts();
        let mut fields = parts.headers;
        fields::remove_connection(&mut fields);
        self.wrapped = Some(Box::new(Wrapped {
            is_encoded: fields.contains_key(header::CONTENT_ENCODING),
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
            .wrapped
            .as_ref()
            .is_some_and(|wrapped| wrapped.is_encoded);
        self.settings.ranges != Some(false) && !is_encoded && self.validators().are_strong()
    }

    /// Returns the type of the file: the option, or else the type of the content, a guess from the name, or a default for text or bytes.
    pub(crate) fn content_type(&self) -> Option<HeaderValue> {
        let kind = || {
            Some(if self.is_text? {
                media_type::with_charset(PLAIN_TEXT, self.settings.charset.as_ref())
            } else {
                media_type::OCTET_STREAM
            })
        };
        self.wrapped_type()
            .or_else(|| self.named_type())
            .or_else(kind)
    }

    /// Returns the type of a wrapped response, unless an option replaces it. A multipart type stays, because it contains the boundary.
    fn wrapped_type(&self) -> Option<HeaderValue> {
        let value = self.wrapped.as_ref()?.content_type.as_ref()?;
        if media_type::is_multipart(value) {
            return Some(value.clone());
        }
        let settings = &self.settings;
        let value = settings
            .content_type
            .is_none()
            .then(|| match &settings.charset {
                Some(charset) => {
                    let value = media_type::without_charset(value.clone());
                    media_type::with_charset(value, Some(charset))
                }
                None => value.clone(),
            });
        #[cfg(feature = "rows")]
        let value = value.map(|value| self.with_header(value));
        value
    }

    /// Adds the parameter `header` of CSV (RFC 4180 §3), if the first row has been made.
    #[cfg(feature = "rows")]
    fn with_header(&self, value: HeaderValue) -> HeaderValue {
        let wrapped = self.wrapped.as_ref();
        let has_header = wrapped.and_then(|wrapped| wrapped.has_header.as_ref()?.get());
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

    /// Returns the type of the options, or else the type that the name suggests.
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

    /// Builds a 200, or a 206 for a part.
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
            fields.insert(header::CONTENT_LENGTH, decimal::header_value(length));
        }
        self.finish(status, fields, body)
    }

    /// Builds a response without its content (§9.3.2).
    pub(crate) fn without_body(&mut self, part: Part, length: Option<u64>) -> Response {
        let mut response = self.response(part, length, Body::new(NoBody));
        // Its value would have to be that of no bytes (RFC 9530 appendix B.2).
        response.headers_mut().remove(CONTENT_DIGEST);
        response
    }

    /// Builds a 304: the fields of the 200 without those that describe content (§15.4.5).
    pub(crate) fn not_modified(&mut self) -> Response {
        let fields = self.fields_without_content();
        self.finish(StatusCode::NOT_MODIFIED, fields, Body::new(NoBody))
    }

    /// Builds a 412 (§15.5.13).
    pub(crate) fn failed_precondition(&mut self) -> Response {
        let fields = self.fields_of_refusal();
        self.finish(StatusCode::PRECONDITION_FAILED, fields, Body::empty())
    }

    /// Builds a 416 with the size that the client did not know (§15.5.17).
    pub(crate) fn unsatisfiable(&mut self, size: u64) -> Response {
        let mut fields = self.fields_of_refusal();
        fields.insert(header::CONTENT_RANGE, unsatisfied_content_range(size));
        let status = StatusCode::RANGE_NOT_SATISFIABLE;
        self.finish(status, fields, Body::empty())
    }

    /// Returns the fields of a refusal. A cache must not keep it for as long as the file (RFC 9111 §3), or under its name.
    fn fields_of_refusal(&self) -> HeaderMap {
        let mut fields = self.fields_without_content();
        for name in [header::CACHE_CONTROL, header::CONTENT_LOCATION] {
            fields.remove(name);
        }
        fields::remove_caching(&mut fields);
        // They would describe the representation of the refusal (RFC 9530 §3).
        fields::remove_file_digests(&mut fields);
        fields
    }

    /// Returns the fields without those that describe content (§15.4.5).
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

    /// Adds the fields of every response about the file.
    fn add_fields(&self, fields: &mut HeaderMap) {
        if let Some(etag) = self.validators().etag {
            fields.insert(header::ETAG, etag.as_header_value().clone());
        }
        if let Some(value) = self.validators().last_modified.and_then(date::header_value) {
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
        if let Some(wrapped) = &mut self.wrapped {
            *response.extensions_mut() = mem::take(&mut wrapped.extensions);
        }
        response
    }
}

/// Returns the fields of a response with all of a content in memory. The content here is empty.
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

/// Returns the type of the options, or else a guess from the name.
pub(crate) fn content_type(metadata: &Metadata) -> Option<HeaderValue> {
    let guess = || {
        let name = basename::sanitize(metadata.basename.as_deref()?);
        media_type::guess(&name).map(HeaderValue::from_static)
    };
    let value = metadata.content_type.clone().or_else(guess)?;
    Some(media_type::with_charset(value, metadata.charset.as_ref()))
}

/// Returns the disposition, or `None` if neither a name nor a disposition is set. Clients show a file by default.
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
