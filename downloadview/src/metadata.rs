//! `Metadata`: what is known of a file before its content.

use std::{
    borrow::Cow,
    time::{Duration, SystemTime},
};

use axum::http::{HeaderMap, HeaderName, HeaderValue};

use crate::{
    entity_tag::EntityTag,
    error::Error,
    outcome::{OnFinish, Outcome},
};

/// What a file is, before what is in it: name, type, size, validators.
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
    pub(crate) on_finish: Option<OnFinish>,
    /// The first bad value; `respond` answers it with 500.
    pub(crate) error: Option<Error>,
}

impl Metadata {
    /// Nothing known yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// The file's name at the client.
    pub fn basename(mut self, name: impl Into<Cow<'static, str>>) -> Self {
        self.basename = Some(name.into());
        self
    }

    /// `Content-Disposition: attachment`: the client saves the file.
    pub fn attachment(mut self) -> Self {
        self.attachment = Some(true);
        self
    }

    /// `Content-Disposition: inline`: the client may show the file.
    pub fn inline(mut self) -> Self {
        self.attachment = Some(false);
        self
    }

    /// The media type.
    pub fn content_type(self, value: impl Into<Cow<'static, str>>) -> Self {
        let _ = value.into();
        self
    }

    /// The `charset` parameter of a text type.
    pub fn charset(mut self, value: impl Into<Cow<'static, str>>) -> Self {
        self.charset = Some(value.into());
        self
    }

    /// The exact number of bytes.
    pub fn size(mut self, bytes: u64) -> Self {
        self.size = Some(bytes);
        self
    }

    /// The entity tag.
    pub fn etag(self, value: impl Into<Cow<'static, str>>) -> Self {
        let _ = value.into();
        self
    }

    /// When the content last changed.
    pub fn last_modified(mut self, time: impl Into<SystemTime>) -> Self {
        self.last_modified = Some(time.into());
        self
    }

    /// `Cache-Control`.
    pub fn cache_control(self, value: impl Into<Cow<'static, str>>) -> Self {
        let _ = value.into();
        self
    }

    /// Any other header field; appends.
    pub fn header(self, name: impl TryInto<HeaderName>, value: impl TryInto<HeaderValue>) -> Self {
        let _ = (name.try_into().is_ok(), value.try_into().is_ok());
        self
    }

    /// How long the source may give nothing before the download is aborted.
    pub fn stall_timeout(mut self, timeout: Duration) -> Self {
        self.stall_timeout = Some(timeout);
        self
    }

    /// Called exactly once, when the download has ended.
    pub fn on_finish(mut self, callback: impl FnOnce(Outcome) + Send + 'static) -> Self {
        self.on_finish = Some(OnFinish::new(callback));
        self
    }
}
