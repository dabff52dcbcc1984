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
/// A bad value is kept as an error that names it: it is logged, and the answer is 500, never a panic and never a
/// missing header field.
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
    /// The first bad value.
    pub(crate) error: Option<Error>,
}

impl Metadata {
    /// Nothing known yet.
    ///
    /// ```
    /// let metadata = downloadview::Metadata::new();
    /// # let _ = metadata;
    /// ```
    pub fn new() -> Self {
        Self::default()
    }

    /// The name under which the client saves the file.
    ///
    /// It is made safe for every system (a path is cut, control characters are dropped, …) and sent as RFC 6266 and
    /// RFC 8187 say, whatever language it is in. A name of which nothing is left is not sent.
    ///
    /// ```
    /// let metadata = downloadview::Metadata::new().basename("résumé.pdf");
    /// # let _ = metadata;
    /// ```
    pub fn basename(mut self, name: impl Into<Cow<'static, str>>) -> Self {
        self.basename = Some(name.into());
        self
    }

    /// `Content-Disposition: attachment` (RFC 6266 §4.2): the client saves the file.
    ///
    /// ```
    /// let metadata = downloadview::Metadata::new().attachment();
    /// # let _ = metadata;
    /// ```
    pub fn attachment(mut self) -> Self {
        self.attachment = Some(true);
        self
    }

    /// `Content-Disposition: inline` (RFC 6266 §4.2): the client shows the file if it can. That is the default.
    ///
    /// ```
    /// let metadata = downloadview::Metadata::new().inline();
    /// # let _ = metadata;
    /// ```
    pub fn inline(mut self) -> Self {
        self.attachment = Some(false);
        self
    }

    /// Chooses by a value: `attachment` if it is true, else `inline`.
    ///
    /// ```
    /// let save = "1" == "1"; // as a parameter of the query says
    /// let metadata = downloadview::Metadata::new().attachment_if(save);
    /// # let _ = metadata;
    /// ```
    pub fn attachment_if(mut self, attachment: bool) -> Self {
        self.attachment = Some(attachment);
        self
    }

    /// `Content-Type` (RFC 9110 §8.3). Without it, the type is guessed from the basename, else from the kind of
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

    /// The `charset` parameter of a text type, in place of `utf-8`.
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

    /// The exact number of bytes: `Content-Length` of content that does not know its own.
    ///
    /// A promise: content that turns out shorter or longer breaks the download off. Together with a strong entity tag
    /// it makes generated content resumable.
    ///
    /// ```
    /// let metadata = downloadview::Metadata::new().size(1 << 30);
    /// # let _ = metadata;
    /// ```
    pub fn size(mut self, bytes: u64) -> Self {
        self.size = Some(bytes);
        self
    }

    /// `ETag` (RFC 9110 §8.8.3), written `v1`, `"v1"` or, for a weak one, `W/"v1"`.
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
            None => self.fail(
                "etag",
                value,
                "not an entity tag such as `v1` or `W/\"v1\"`",
            ),
        }
        self
    }

    /// `Last-Modified` (RFC 9110 §8.8.2), in whole seconds; a time in the future is sent as now, one before 1970 is
    /// not sent.
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

    /// `Cache-Control` (RFC 9111 §5.2). Over a response, it replaces that of the response, and `Expires` and the like with it.
    ///
    /// A client of HTTP/1.0, as nginx is by default, cannot tell an aborted body of unknown length from a complete one, and a shared
    /// cache would serve that half to others. Such an answer says `no-store` instead, unless this value keeps shared caches out
    /// already (`private`, `no-cache`, `no-store`). A [`size`](Self::size) avoids it.
    ///
    /// Directives that are malformed or misspelt are refused.
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

    /// Turns ranges off with `false`: `Range` is answered with the whole file and `Accept-Ranges: none` (RFC 9110 §14.3).
    ///
    /// `true` is the default. Ranges need a strong validator in any case: a strong [`etag`](Self::etag), or a date that was over
    /// when the answer was made (§8.8.2.2). Without one, a client that fetches a file in parts could mix two versions of it.
    ///
    /// ```
    /// let metadata = downloadview::Metadata::new().etag("v1").ranges(false);
    /// # let _ = metadata;
    /// ```
    pub fn ranges(mut self, enabled: bool) -> Self {
        self.ranges = Some(enabled);
        self
    }

    /// Appends any other header field, which may have several lines.
    ///
    /// `Content-Length`, `Content-Range` and `Accept-Ranges` are set automatically and cannot be overridden. Fields of the
    /// connection, such as `Connection` and `Transfer-Encoding`, cannot be set either. For `Content-Type`, `ETag`,
    /// `Last-Modified` and `Cache-Control`, this calls their own setters.
    ///
    /// A field about the bytes of the message (`Content-Digest`, `Content-MD5`, `x-amz-checksum-*`) is sent with the whole file only,
    /// because it would be false beside a part. `Repr-Digest` is sent with parts as well.
    ///
    /// Over a response, the field replaces the lines that the response has; `Vary` and `Set-Cookie` are added to them.
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
    /// The time of a slow client does not count ([`send_timeout`](Self::send_timeout) is about that), nor does the time in a
    /// queue for a thread. A writer closure produces data when it flushes and with every 64 KiB, so a closure that may need
    /// longer for that should flush. A call that blocks cannot be interrupted: the download ends in time, but the thread is
    /// free and the source dropped only when the call returns.
    ///
    /// The timeout is as exact as tokio's timers, about a millisecond.
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

    /// Sets how long the client may take nothing before the download is ended; 300 seconds by default.
    ///
    /// The source is dropped then, and with it its thread, its permit of [`limit_writers`](crate::limit_writers), its file or its
    /// database connection. `on_finish` gets [`End::ClientStalled`](crate::End::ClientStalled). The socket stays
    /// open until the client or the server closes it; should the client read on, it finds a broken download. Content in
    /// memory holds nothing else and is not ended. `Duration::MAX` turns the timeout off.
    ///
    /// The connection asks for more only when its buffers have room again: with 4 MiB of socket buffer, a steady client
    /// that reads 16 KiB a second leaves 88 seconds between two requests. A shorter timeout ends slow clients, too.
    ///
    /// ```
    /// use std::time::Duration;
    ///
    /// let metadata = downloadview::Metadata::new().send_timeout(Duration::from_secs(60));
    /// # let _ = metadata;
    /// ```
    pub fn send_timeout(mut self, timeout: Duration) -> Self {
        if timeout.is_zero() {
            self.fail(
                "send_timeout",
                "0 s",
                "a client needs some time to take data",
            );
        }
        self.send_timeout = Some(timeout);
        self
    }

    /// Called exactly once when the download has ended, however it ended. Each callback that was set is called.
    ///
    /// The [`Outcome`] says what was answered and why it ended. Its `bytes` were handed to the connection, which is no proof that the
    /// client received them: when a connection is cut, the last ones may be lost in buffers.
    ///
    /// It runs where the end is noticed: in the task of the connection, as a rule, on a worker thread of the runtime. So it
    /// must not block; what takes long goes to `tokio::task::spawn_blocking` or through a channel. If it panics, that is
    /// caught and logged.
    ///
    /// ```
    /// use downloadview::{End, Metadata};
    ///
    /// let (tell, told) = std::sync::mpsc::channel();
    /// let metadata = Metadata::new().on_finish(move |outcome| tell.send(outcome.end).unwrap());
    /// drop(metadata); // it never became a download
    /// assert!(matches!(told.try_recv(), Ok(End::NotSent)));
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

    /// These settings, and those of `other` where these have none. A charset that is set here replaces that of the other's type.
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

    /// These settings as options, under which a view or a download sets its own. The answer may have been decided by the
    /// size and the validators of options, so these stay.
    pub(crate) fn with_own(self, own: Self) -> Self {
        let (size, etag, last_modified) = (self.size, self.etag.clone(), self.last_modified);
        let mut merged = own.or(self);
        merged.size = size.or(merged.size);
        merged.etag = etag.or(merged.etag);
        merged.last_modified = last_modified.or(merged.last_modified);
        merged
    }

    /// These settings over what content brings by itself.
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

    /// Takes the field `Content-Disposition` apart, so that a setting can replace half of it.
    fn with_parsed_disposition(mut self) -> Self {
        if let Some(value) = self.headers.remove(header::CONTENT_DISPOSITION) {
            let parsed = Disposition::parse(&String::from_utf8_lossy(value.as_bytes()));
            self.attachment = Some(parsed.is_attachment);
            self.basename = parsed.name.map(Cow::Owned);
        }
        self
    }

    pub(crate) fn validators(&self) -> Validators<'_> {
        // A time before 1970 cannot be sent, so no client can come back with it.
        let can_be_sent = |time: &SystemTime| *time >= SystemTime::UNIX_EPOCH;
        Validators {
            etag: self.etag.as_ref(),
            last_modified: self.last_modified.filter(can_be_sent),
        }
    }
}
