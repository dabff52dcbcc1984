//! `Metadata`: what is known of a file before its content.

use std::{
    any::type_name,
    borrow::Cow,
    ops::Deref,
    sync::Arc,
    time::{Duration, SystemTime},
};

use axum::http::{HeaderMap, HeaderName, HeaderValue};
use downloadview_grammar::{
    cache_control, date, field::Reserved, media_type::is_charset, options::OptionName, token::trim,
};

use crate::{
    decision::Validators,
    entity_tag::EntityTag,
    error::Error,
    media_type,
    outcome::{OnFinish, Outcome},
    prepared::Prepared,
};

/// What a file is, before what is in it: name, type, disposition, size, validators, caching.
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
    pub(crate) charset: Option<Cow<'static, str>>,
    pub(crate) size: Option<u64>,
    pub(crate) etag: Option<EntityTag>,
    pub(crate) last_modified: Option<SystemTime>,
    pub(crate) cache_control: Option<HeaderValue>,
    pub(crate) headers: HeaderMap,
    pub(crate) stall_timeout: Option<Duration>,
    pub(crate) send_timeout: Option<Duration>,
    pub(crate) on_finish: Vec<OnFinish>,
    /// The first bad value.
    pub(crate) error: Option<Error>,
    /// Header values that were built before any request.
    pub(crate) prepared: Option<Arc<Prepared>>,
}

/// The options of a view: small, for they are moved several times a request.
#[derive(Debug)]
pub enum Options {
    /// All literals, built once.
    Shared(&'static Metadata),
    /// Made for this request.
    Owned(Box<Metadata>),
}

impl Options {
    /// Metadata of one request's own.
    pub fn into_metadata(self) -> Metadata {
        match self {
            Self::Shared(metadata) => metadata.clone(),
            Self::Owned(metadata) => *metadata,
        }
    }
}

impl Deref for Options {
    type Target = Metadata;

    fn deref(&self) -> &Metadata {
        match self {
            Self::Shared(metadata) => metadata,
            Self::Owned(metadata) => metadata,
        }
    }
}

impl From<Metadata> for Options {
    fn from(metadata: Metadata) -> Self {
        Self::Owned(Box::new(metadata))
    }
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
    /// A text type gets `charset=utf-8` unless it has a `charset` already.
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
    /// ```
    /// let metadata = downloadview::Metadata::new().basename("alt.txt").charset("iso-8859-1");
    /// # let _ = metadata;
    /// ```
    pub fn charset(mut self, value: impl Into<Cow<'static, str>>) -> Self {
        let value = value.into();
        if is_charset(&value) {
            self.charset = Some(value);
        } else {
            self.fail("charset", value, "not a name of a charset such as `utf-8`");
        }
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

    /// `Cache-Control` (RFC 9111 §5.2).
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

    /// Appends any other header field, which may have several lines.
    ///
    /// `Content-Length`, `Content-Range` and `Accept-Ranges` are set automatically and cannot be overridden. Fields of the
    /// connection, such as `Connection` and `Transfer-Encoding`, cannot be set either. For `Content-Type`, `ETag`,
    /// `Last-Modified` and `Cache-Control`, this calls their own setters.
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
    /// What the source holds (a thread, a permit of [`limit_writers`](crate::limit_writers), a file, a connection to a
    /// database) is free then, and `on_finish` hears [`End::ClientStalled`](crate::End::ClientStalled). The socket stays
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
        if let Some(time) = date::parse_time(text.as_bytes(), SystemTime::now()) {
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

    /// Builds now what does not change from request to request.
    pub(crate) fn prepare(mut self) -> Self {
        self.prepared = Some(Arc::new(Prepared::new(&self)));
        self
    }

    /// These settings, and those of `other` where these have none.
    pub(crate) fn or(mut self, other: Self) -> Self {
        let prepared = match (self.names_or_types(), other.names_or_types()) {
            (true, true) => None,
            (true, false) => self.prepared,
            (false, _) => other.prepared,
        };
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
            headers,
            stall_timeout: self.stall_timeout.or(other.stall_timeout),
            send_timeout: self.send_timeout.or(other.send_timeout),
            on_finish: self.on_finish,
            error: self.error.or(other.error),
            prepared,
        }
    }

    /// Drops the prepared header values if they depend on this option.
    pub(crate) fn unprepare(&mut self, option: OptionName) {
        match option {
            OptionName::Basename
            | OptionName::Attachment
            | OptionName::Inline
            | OptionName::ContentType
            | OptionName::Charset => self.prepared = None,
            OptionName::Size
            | OptionName::Etag
            | OptionName::LastModified
            | OptionName::CacheControl
            | OptionName::Header
            | OptionName::SendTimeout
            | OptionName::StallTimeout
            | OptionName::OnFinish
            | OptionName::Content
            | OptionName::Blocking
            | OptionName::Crate => {}
        }
    }

    /// Returns true if a header value of [`Prepared`] depends on one of these settings.
    fn names_or_types(&self) -> bool {
        let Self {
            basename,
            attachment,
            content_type,
            charset,
            size: _,
            etag: _,
            last_modified: _,
            cache_control: _,
            headers: _,
            send_timeout: _,
            stall_timeout: _,
            on_finish: _,
            error: _,
            prepared: _,
        } = self;
        basename.is_some() || attachment.is_some() || content_type.is_some() || charset.is_some()
    }

    /// These settings as options, under which content brings its own: what the answer may have been decided by
    /// already stands, in all else the content knows better.
    pub(crate) fn with_own(self, own: Self) -> Self {
        let (size, etag, last_modified) = (self.size, self.etag.clone(), self.last_modified);
        let mut merged = own.or(self);
        merged.size = size.or(merged.size);
        merged.etag = etag.or(merged.etag);
        merged.last_modified = last_modified.or(merged.last_modified);
        merged
    }

    pub(crate) fn validators(&self) -> Validators<'_> {
        // A time before 1970 cannot be sent, so nobody can come back with it.
        let can_be_sent = |time: &SystemTime| *time >= SystemTime::UNIX_EPOCH;
        Validators {
            etag: self.etag.as_ref(),
            last_modified: self.last_modified.filter(can_be_sent),
        }
    }
}
