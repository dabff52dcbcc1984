//! `Metadata`: name, type, validators and other settings of a file.

use std::{
    any::type_name,
    borrow::Cow,
    time::{Duration, SystemTime},
};

use axum::http::{HeaderMap, HeaderName, HeaderValue, header};
use downloadview_grammar::{cache_control, field::Reserved, media_type::is_charset, token::trim};

use crate::{
    decision::Validators,
    error::Error,
    http::{
        date,
        entity_tag::EntityTag,
        fields,
        media_type::{self, Charset},
        parsed_disposition::Disposition,
    },
    outcome::{OnFinish, Outcome},
};

/// Describes a file before its content is known: name, type, disposition, size, validators, caching.
///
/// An invalid value never causes a panic or a missing header field. It is logged, and the answer is 500.
///
/// ```
/// use downloadview::Metadata;
///
/// let metadata = Metadata::new()
///     .basename("orders.csv")
///     .attachment()
///     .size(1_048_576)
///     .etag("v42")
///     .cache_control("private, max-age=60");
/// # let _ = metadata;
/// ```
#[derive(Clone, Debug, Default)]
#[must_use]
pub struct Metadata {
    pub(crate) basename: Option<Cow<'static, str>>,
    pub(crate) attachment: Option<bool>,
    pub(crate) content_type: Option<HeaderValue>,
    pub(crate) charset: Option<Charset>,
    pub(crate) size: Option<u64>,
    pub(crate) etag: Option<EntityTag>,
    pub(crate) last_modified: Option<SystemTime>,
    pub(crate) cache_control: Option<HeaderValue>,
    pub(crate) ranges: Option<bool>,
    pub(crate) headers: HeaderMap,
    pub(crate) stall_timeout: Option<Duration>,
    pub(crate) send_timeout: Option<Duration>,
    pub(crate) on_finish: Vec<OnFinish>,
    /// The first invalid value.
    pub(crate) error: Option<Error>,
}

impl Metadata {
    /// Creates metadata without any settings.
    ///
    /// ```
    /// let metadata = downloadview::Metadata::new();
    /// # let _ = metadata;
    /// ```
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets the name under which the client saves the file.
    ///
    /// The name is made safe for every system: only the last component of a path is kept, control characters are dropped, and
    /// so on. It is sent as RFC 6266 and RFC 8187 define, in any language. A name without any safe character is not sent.
    ///
    /// ```
    /// let metadata = downloadview::Metadata::new().basename("résumé.pdf");
    /// # let _ = metadata;
    /// ```
    pub fn basename(mut self, name: impl Into<Cow<'static, str>>) -> Self {
        self.basename = Some(name.into());
        self
    }

    /// Sends `Content-Disposition: attachment` (RFC 6266 §4.2), so that the client saves the file.
    ///
    /// ```
    /// let metadata = downloadview::Metadata::new().attachment();
    /// # let _ = metadata;
    /// ```
    pub fn attachment(mut self) -> Self {
        self.attachment = Some(true);
        self
    }

    /// Sends `Content-Disposition: inline` (RFC 6266 §4.2), so that the client shows the file if it can. This is the default.
    ///
    /// ```
    /// let metadata = downloadview::Metadata::new().inline();
    /// # let _ = metadata;
    /// ```
    pub fn inline(mut self) -> Self {
        self.attachment = Some(false);
        self
    }

    /// Sends `attachment` if the value is true, or else `inline`.
    ///
    /// ```
    /// let save = "1" == "1"; // from a parameter of the query
    /// let metadata = downloadview::Metadata::new().attachment_if(save);
    /// # let _ = metadata;
    /// ```
    pub fn attachment_if(mut self, attachment: bool) -> Self {
        self.attachment = Some(attachment);
        self
    }

    /// Sets `Content-Type` (RFC 9110 §8.3). Without it, the type is guessed from the basename, or else from the kind of
    /// content.
    ///
    /// A text type gets `charset=utf-8` unless it has a `charset` already or [`no_charset`](Self::no_charset) is set.
    ///
    /// ```
    /// let metadata = downloadview::Metadata::new().content_type("text/csv; header=present");
    /// # let _ = metadata;
    /// ```
    pub fn content_type(mut self, value: impl Into<Cow<'static, str>>) -> Self {
        let value = value.into();
        match media_type::parse(&value) {
            Some(parsed) => self.content_type = Some(parsed),
            None => self.fail("content_type", value, "not a media type such as `text/csv`"),
        }
        self
    }

    /// Sets the `charset` parameter of a text type, in place of `utf-8`.
    ///
    /// It replaces the `charset` that a response or the attribute gives. A [`content_type`](Self::content_type) that is set beside it
    /// keeps the one that it names.
    ///
    /// ```
    /// let metadata = downloadview::Metadata::new().basename("alt.txt").charset("iso-8859-1");
    /// # let _ = metadata;
    /// ```
    pub fn charset(mut self, value: impl Into<Cow<'static, str>>) -> Self {
        let value = value.into();
        if is_charset(&value) {
            self.charset = Some(Charset::Named(value));
        } else {
            self.fail("charset", value, "not a name of a charset such as `utf-8`");
        }
        self
    }

    /// Sends a text type without `charset`, for text whose encoding is not known. A [`content_type`](Self::content_type) that is set
    /// beside it keeps its `charset`; that of a response or of the attribute is removed.
    ///
    /// ```
    /// let metadata = downloadview::Metadata::new().content_type("text/plain").no_charset();
    /// # let _ = metadata;
    /// ```
    pub fn no_charset(mut self) -> Self {
        self.charset = Some(Charset::Unknown);
        self
    }

    /// Sets the exact number of bytes, which is sent as `Content-Length`.
    ///
    /// The size is a promise: content that is shorter or longer aborts the download. Together with a strong entity tag, a
    /// size makes generated content resumable.
    ///
    /// ```
    /// let metadata = downloadview::Metadata::new().size(1 << 30);
    /// # let _ = metadata;
    /// ```
    pub fn size(mut self, bytes: u64) -> Self {
        self.size = Some(bytes);
        self
    }

    /// Sets `ETag` (RFC 9110 §8.8.3), written `v1` or `"v1"`, or `W/"v1"` for a weak tag.
    ///
    /// A strong tag promises the same bytes each time.
    ///
    /// ```
    /// let metadata = downloadview::Metadata::new().etag("v1");
    /// # let _ = metadata;
    /// ```
    pub fn etag(mut self, value: impl Into<Cow<'static, str>>) -> Self {
        let value = value.into();
        match EntityTag::parse(&value) {
            Some(tag) => self.etag = Some(tag),
            None => self.fail("etag", value, EntityTag::EXPECTED),
        }
        self
    }

    /// Sets `Last-Modified` (RFC 9110 §8.8.2), in whole seconds. A time in the future is sent as the present, and a time
    /// before 1970 is not sent.
    ///
    /// ```
    /// use std::time::SystemTime;
    ///
    /// let metadata = downloadview::Metadata::new().last_modified(SystemTime::now());
    /// # let _ = metadata;
    /// ```
    pub fn last_modified(mut self, time: impl Into<SystemTime>) -> Self {
        self.last_modified = Some(time.into());
        self
    }

    /// Sets `Cache-Control` (RFC 9111 §5.2). Over a response, it replaces `Cache-Control` and the other caching fields of the
    /// response, such as `Expires`.
    ///
    /// An HTTP/1.0 client, such as nginx before 1.29.7 by default, cannot distinguish an aborted body of unknown length from a
    /// complete one. A shared cache would then serve the incomplete file to others. Such a response is sent with `no-store` instead, unless
    /// this value already excludes shared caches (`private`, `no-cache`, `no-store`). A [`size`](Self::size) avoids this.
    ///
    /// Malformed and misspelt directives are refused.
    ///
    /// ```
    /// let metadata = downloadview::Metadata::new().cache_control("private, no-cache");
    /// # let _ = metadata;
    /// ```
    pub fn cache_control(mut self, value: impl Into<Cow<'static, str>>) -> Self {
        let value = value.into();
        let parsed = cache_control::check(&value).map(|()| HeaderValue::from_str(trim(&value)));
        match parsed {
            Ok(Ok(parsed)) => self.cache_control = Some(parsed),
            _ => self.fail(
                "cache_control",
                value,
                "not directives such as `private, max-age=60`",
            ),
        }
        self
    }

    /// Turns ranges off with `false`. Then `Range` is answered with the whole file and `Accept-Ranges: none` (RFC 9110 §14.3).
    ///
    /// The default is `true`. Ranges need a strong validator in any case: a strong [`etag`](Self::etag), or a date whose
    /// second had passed when the response was made (§8.8.2.2). Without a strong validator, a client that fetches a file in
    /// parts could mix two versions of it.
    ///
    /// ```
    /// let metadata = downloadview::Metadata::new().etag("v1").ranges(false);
    /// # let _ = metadata;
    /// ```
    pub fn ranges(mut self, enabled: bool) -> Self {
        self.ranges = Some(enabled);
        self
    }

    /// Appends a line of any other header field.
    ///
    /// `Content-Length`, `Content-Range` and `Accept-Ranges` are set automatically and cannot be overridden. Fields of the
    /// connection, such as `Connection` and `Transfer-Encoding`, cannot be set either. For `Content-Type`, `ETag`,
    /// `Last-Modified` and `Cache-Control`, this method calls the setter of that name.
    ///
    /// A field about the bytes of the message (`Content-Digest`, `Content-MD5`, `x-amz-checksum-*`) is sent only with the
    /// whole file, because it would be false with a part. `Repr-Digest` is sent with parts as well.
    ///
    /// Over a response, the field replaces the lines of the response. `Vary` and `Set-Cookie` are added to them.
    ///
    /// ```
    /// let metadata = downloadview::Metadata::new().header("Content-Language", "fr");
    /// # let _ = metadata;
    /// ```
    pub fn header<N, V>(mut self, name: N, value: V) -> Self
    where
        N: TryInto<HeaderName>,
        V: TryInto<HeaderValue>,
    {
        match (name.try_into(), value.try_into()) {
            (Ok(name), Ok(value)) => return self.field(name, value),
            (Ok(name), Err(_)) => {
                let reason = "its value has characters that a header field cannot carry";
                self.fail("header", name.as_str().to_owned(), reason);
            }
            (Err(_), _) => self.fail("header", type_name::<N>(), "not a name of a header field"),
        }
        self
    }

    /// Sets how long the source may produce nothing while the client waits, before the download is aborted.
    ///
    /// The time for which a slow client takes no data does not count, because [`send_timeout`](Self::send_timeout) limits it.
    /// The time in a queue for a thread does not count either. A writer closure produces data when it flushes and with every
    /// 64 KiB, so a closure that may need longer for 64 KiB should flush. A call that blocks cannot be interrupted. The
    /// download ends in time, but the thread is held until the call returns, and the source is dropped only then.
    ///
    /// The timeout is as precise as tokio's timers, about a millisecond.
    ///
    /// ```
    /// use std::time::Duration;
    ///
    /// let metadata = downloadview::Metadata::new().stall_timeout(Duration::from_secs(30));
    /// # let _ = metadata;
    /// ```
    pub fn stall_timeout(mut self, timeout: Duration) -> Self {
        self.stall_timeout = Some(timeout);
        self
    }

    /// Sets how long the client may take no data before the download is aborted. The default is 300 seconds.
    ///
    /// When the timeout elapses, the source is dropped, which frees its thread, its permit of
    /// [`limit_writers`](crate::limit_writers), its file or its database connection. `on_finish` gets
    /// [`End::ClientStalled`](crate::End::ClientStalled). The socket stays open until the client or the server closes it. If
    /// the client continues to read, it sees an aborted download. Content in memory holds no such resource, so the timeout
    /// does not apply to it. `Duration::MAX` turns the timeout off.
    ///
    /// The connection asks for more data only when its buffers have room again. With 4 MiB of socket buffer, a steady client
    /// that reads 16 KiB per second leaves 88 seconds between two polls. A shorter timeout also ends slow clients.
    ///
    /// ```
    /// use std::time::Duration;
    ///
    /// let metadata = downloadview::Metadata::new().send_timeout(Duration::from_secs(60));
    /// # let _ = metadata;
    /// ```
    pub fn send_timeout(mut self, timeout: Duration) -> Self {
        if timeout.is_zero() {
            self.fail("send_timeout", "0 s", "a client needs time to take data");
        }
        self.send_timeout = Some(timeout);
        self
    }

    /// Adds a callback that is called exactly once, when the download has ended for any reason.
    ///
    /// The [`Outcome`] describes the response and the end. Its `bytes` count what was passed to the connection, which may never
    /// reach the client: when a connection is cut, the last bytes are lost in buffers.
    ///
    /// The callback usually runs in the task of the connection, on a worker thread of the runtime. It must not block. Pass
    /// slow work to `tokio::task::spawn_blocking` or to a channel. A panic of the callback is caught and logged.
    ///
    /// ```
    /// use downloadview::{End, Metadata};
    ///
    /// let (sender, receiver) = std::sync::mpsc::channel();
    /// let metadata = Metadata::new().on_finish(move |outcome| sender.send(outcome.end).unwrap());
    /// drop(metadata); // it never became a download
    /// assert!(matches!(receiver.try_recv(), Ok(End::NotSent)));
    /// ```
    pub fn on_finish(mut self, callback: impl FnOnce(Outcome) + Send + 'static) -> Self {
        self.on_finish.push(OnFinish::new(callback));
        self
    }

    fn field(mut self, name: HeaderName, value: HeaderValue) -> Self {
        let Some(reserved) = Reserved::of(name.as_str()) else {
            self.headers.append(name, value);
            return self;
        };
        let Ok(text) = std::str::from_utf8(value.as_bytes()).map(str::to_owned) else {
            self.fail("header", name.as_str().to_owned(), "its value is not UTF-8");
            return self;
        };
        match reserved {
            Reserved::CacheControl => return self.cache_control(text),
            Reserved::ContentType => return self.content_type(text),
            Reserved::Etag => return self.etag(text),
            Reserved::LastModified => return self.http_date(text),
            Reserved::ContentDisposition => drop(self.headers.append(name, value)),
            Reserved::AcceptRanges | Reserved::ContentLength | Reserved::ContentRange => {
                let reason = "it is set automatically and cannot be overridden";
                self.fail("header", name.as_str().to_owned(), reason);
            }
            Reserved::Connection => {
                let reason = "it belongs to the connection and cannot be set";
                self.fail("header", name.as_str().to_owned(), reason);
            }
        }
        self
    }

    fn http_date(mut self, text: String) -> Self {
        if let Some(time) = date::parse(text.as_bytes()) {
            return self.last_modified(time);
        }
        self.fail(
            "header",
            text,
            "`Last-Modified` is a date as in RFC 9110 §5.6.7",
        );
        self
    }

    fn fail(
        &mut self,
        setter: &'static str,
        value: impl Into<Cow<'static, str>>,
        reason: &'static str,
    ) {
        self.error
            .get_or_insert_with(|| Error::new(setter, value, reason));
    }

    /// Converts the fields of a response into settings.
    pub(crate) fn of_response(mut fields: HeaderMap) -> Self {
        let mut own = Self::new();
        let text = |value: HeaderValue| value.to_str().ok().map(str::to_owned);
        // A malformed tag is left out, because no client can use it.
        own.etag = fields
            .remove(header::ETAG)
            .and_then(text)
            .as_deref()
            .and_then(EntityTag::parse);
        let date = fields.get(header::LAST_MODIFIED).cloned().and_then(text);
        let date = date.and_then(|date| date::parse(date.as_bytes()));
        // Earlier dates cannot be written.
        if let Some(date) = date.filter(|date| *date >= SystemTime::UNIX_EPOCH) {
            own.last_modified = Some(date).filter(date::is_date);
            fields.remove(header::LAST_MODIFIED);
        }
        if fields.get_all(header::CACHE_CONTROL).iter().count() == 1 {
            own.cache_control = fields.remove(header::CACHE_CONTROL);
        }
        own.headers = fields;
        own
    }

    /// Returns these settings, and those of `other` where these have none. A charset that is set here replaces that of the other type.
    pub(crate) fn or(mut self, mut other: Self) -> Self {
        if self.charset.is_some() {
            other.content_type = other.content_type.map(media_type::without_charset);
        }
        let mut headers = other.headers;
        for name in self.headers.keys() {
            headers.remove(name);
        }
        headers.extend(self.headers);
        self.on_finish.extend(other.on_finish);
        Self {
            basename: self.basename.or(other.basename),
            attachment: self.attachment.or(other.attachment),
            content_type: self.content_type.or(other.content_type),
            charset: self.charset.or(other.charset),
            size: self.size.or(other.size),
            etag: self.etag.or(other.etag),
            last_modified: self.last_modified.or(other.last_modified),
            cache_control: self.cache_control.or(other.cache_control),
            ranges: self.ranges.or(other.ranges),
            headers,
            stall_timeout: self.stall_timeout.or(other.stall_timeout),
            send_timeout: self.send_timeout.or(other.send_timeout),
            on_finish: self.on_finish,
            error: self.error.or(other.error),
        }
    }

    /// Returns these settings as options, with the settings of a view or a download over them. The size and the validators of options
    /// stay, because they may have decided the answer already.
    pub(crate) fn with_own(self, own: Self) -> Self {
        let (size, etag, last_modified) = (self.size, self.etag.clone(), self.last_modified);
        let mut merged = own.or(self);
        merged.size = size.or(merged.size);
        merged.etag = etag.or(merged.etag);
        merged.last_modified = last_modified.or(merged.last_modified);
        merged
    }

    /// Returns these settings over the metadata of the content itself.
    pub(crate) fn over(mut self, mut brought: Self) -> Self {
        if self.cache_control.is_some() {
            brought.headers.remove(header::CACHE_CONTROL);
            fields::remove_caching(&mut brought.headers);
        }
        if brought.headers.contains_key(header::CONTENT_ENCODING) {
            self.headers.remove(header::CONTENT_ENCODING);
        }
        if self.basename.is_some() || self.attachment.is_some() {
            brought = brought.with_parsed_disposition();
        }
        let mut appended = HeaderMap::new();
        for name in [header::SET_COOKIE, header::VARY] {
            for value in brought.headers.get_all(&name) {
                appended.append(&name, value.clone());
            }
        }
        let mut merged = self.or(brought);
        for (name, value) in &appended {
            let has_it = merged.headers.get_all(name).iter().any(|had| had == value);
            if !has_it {
                merged.headers.append(name, value.clone());
            }
        }
        merged
    }

    /// Converts the field `Content-Disposition` into settings, so that another setting can replace one of them.
    fn with_parsed_disposition(mut self) -> Self {
        if let Some(value) = self.headers.remove(header::CONTENT_DISPOSITION) {
            let parsed = Disposition::parse(&String::from_utf8_lossy(value.as_bytes()));
            self.attachment = Some(parsed.is_attachment);
            self.basename = parsed.name.map(Cow::Owned);
        }
        self
    }

    pub(crate) fn validators(&self) -> Validators<'_> {
        // A time before 1970 cannot be sent, so no client can send it back.
        let can_be_sent = |time: &SystemTime| *time >= SystemTime::UNIX_EPOCH;
        Validators {
            etag: self.etag.as_ref(),
            last_modified: self.last_modified.filter(can_be_sent),
        }
    }
}
