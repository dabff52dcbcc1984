//! `Content`: where the bytes of a file come from, and what may become one.

use std::{
    borrow::Cow,
    fs::File,
    io::{Cursor, Read, Seek, Write},
    sync::Arc,
};

use axum::{BoxError, response::IntoResponse};
use bytes::Bytes;
use futures::Stream;
use tokio::io::{AsyncRead, AsyncSeek};

/// Where the bytes of a file come from.
#[derive(Debug)]
#[must_use]
pub struct Content {
    bytes: Bytes,
}

/// Whatever can be the content of a file.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not something to download",
    label = "not text, bytes, a reader, a stream, an iterator, a writer closure or a response"
)]
pub trait IntoContent {
    /// The content.
    fn into_content(self) -> Content;
}

/// One item of a stream or an iterator of content.
pub trait IntoChunk {}
impl<T: AsRef<[u8]>> IntoChunk for T {}

impl Content {
    /// Text in memory.
    pub fn from_text(text: impl Into<Cow<'static, str>>) -> Self {
        let _ = text.into();
        todo!()
    }
    /// Bytes in memory.
    pub fn from_bytes(bytes: impl Into<Bytes>) -> Self {
        Self {
            bytes: bytes.into(),
        }
    }
    /// An open file.
    pub fn from_file(file: File) -> Self {
        todo!("{file:?}")
    }
    /// A blocking reader.
    pub fn from_reader(_: impl Read + Send + 'static) -> Self {
        todo!()
    }
    /// A blocking reader that can seek.
    pub fn from_seekable_reader(_: impl Read + Seek + Send + 'static) -> Self {
        todo!()
    }
    /// An async reader.
    pub fn from_async_reader(_: impl AsyncRead + Send + 'static) -> Self {
        todo!()
    }
    /// An async reader that can seek.
    pub fn from_seekable_async_reader(_: impl AsyncRead + AsyncSeek + Send + 'static) -> Self {
        todo!()
    }
    /// A stream of chunks.
    pub fn from_stream<T: IntoChunk>(_: impl Stream<Item = T> + Send + 'static) -> Self {
        todo!()
    }
    /// A blocking iterator of chunks.
    pub fn from_chunks<T: IntoChunk>(_: impl Iterator<Item = T> + Send + 'static) -> Self {
        todo!()
    }
    /// What a closure writes.
    pub fn from_writer<E: Into<BoxError> + 'static>(
        _: impl FnOnce(&mut dyn Write) -> Result<(), E> + Send + 'static,
    ) -> Self {
        todo!()
    }
    /// An existing response.
    pub fn from_response(_: impl IntoResponse) -> Self {
        todo!()
    }
}

impl IntoContent for Content {
    fn into_content(self) -> Content {
        self
    }
}
impl IntoContent for crate::Download {
    fn into_content(self) -> Content {
        self.content
    }
}
macro_rules! stub {
    ($($t:ty),*) => {$(impl IntoContent for $t { fn into_content(self) -> Content { todo!() } })*};
}
stub!(
    &'static str,
    String,
    Cow<'static, str>,
    Vec<u8>,
    &'static [u8],
    Bytes,
    Cursor<Vec<u8>>,
    File,
    Arc<File>,
    tokio::fs::File
);
