//! `Download`: a file to serve, content and metadata.

use std::{
    borrow::Cow,
    time::{Duration, SystemTime},
};

use axum::{
    http::{HeaderName, HeaderValue},
    response::Response,
};

use crate::{
    content::{Content, IntoContent},
    metadata::Metadata,
    outcome::Outcome,
    request::DownloadRequest,
    response,
};

/// A file to serve: its content and its metadata.
#[derive(Debug)]
#[must_use]
pub struct Download {
    pub(crate) content: Content,
    pub(crate) metadata: Metadata,
}

/// Each setter is `Metadata`'s.
macro_rules! metadata_setters {
    ($($(#[$doc:meta])* $name:ident($($argument:ident: $type:ty),*);)*) => {
        impl Download {$(
            $(#[$doc])*
            pub fn $name(mut self $(, $argument: $type)*) -> Self {
                self.metadata = self.metadata.$name($($argument),*);
                self
            }
        )*}
    };
}

metadata_setters! {
    /// The file's name at the client.
    basename(name: impl Into<Cow<'static, str>>);
    /// `Content-Disposition: attachment`.
    attachment();
    /// `Content-Disposition: inline`.
    inline();
    /// The media type.
    content_type(value: impl Into<Cow<'static, str>>);
    /// The `charset` parameter of a text type.
    charset(value: impl Into<Cow<'static, str>>);
    /// The exact number of bytes.
    size(bytes: u64);
    /// The entity tag.
    etag(value: impl Into<Cow<'static, str>>);
    /// When the content last changed.
    last_modified(time: impl Into<SystemTime>);
    /// `Cache-Control`.
    cache_control(value: impl Into<Cow<'static, str>>);
    /// Any other header field; appends.
    header(name: impl TryInto<HeaderName>, value: impl TryInto<HeaderValue>);
    /// How long the source may give nothing before the download is aborted.
    stall_timeout(timeout: Duration);
    /// Called exactly once, when the download has ended.
    on_finish(callback: impl FnOnce(Outcome) + Send + 'static);
}

impl Download {
    /// A file with this content.
    pub fn new(content: impl IntoContent) -> Self {
        Self {
            content: content.into_content(),
            metadata: Metadata::new(),
        }
    }

    /// The answer to `request`.
    pub async fn respond(self, request: &DownloadRequest) -> Response {
        response::respond("Download", request, self.metadata.into(), self.content).await
    }
}
