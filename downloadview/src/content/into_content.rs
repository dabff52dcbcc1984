//! Conversions of types other than text and bytes.

use std::{fs::File, sync::Arc};

use futures::{Stream, stream::poll_fn};
use tokio::{io::AsyncRead, sync::mpsc};

use super::{Content, IntoChunk, IntoContent, Kind};

#[diagnostic::do_not_recommend]
impl IntoContent for Content {
    fn into_content(self) -> Content {
        self
    }
}

#[diagnostic::do_not_recommend]
impl IntoContent for File {
    fn into_content(self) -> Content {
        Content::from_file(self)
    }
}

#[diagnostic::do_not_recommend]
impl IntoContent for Arc<File> {
    fn into_content(self) -> Content {
        Content::from_shared_file(self)
    }
}

#[diagnostic::do_not_recommend]
impl IntoContent for &'static File {
    fn into_content(self) -> Content {
        Content::from_shared_file(self)
    }
}

#[diagnostic::do_not_recommend]
impl IntoContent for tokio::fs::File {
    fn into_content(self) -> Content {
        Content::from_kind(Kind::AsyncFile(Box::new(self)))
    }
}

#[diagnostic::do_not_recommend]
impl<T: IntoChunk + Send + 'static> IntoContent for mpsc::Receiver<T> {
    fn into_content(mut self) -> Content {
        Content::from_stream(poll_fn(move |cx| self.poll_recv(cx)))
    }
}

#[diagnostic::do_not_recommend]
impl<T: IntoChunk + Send + 'static> IntoContent for mpsc::UnboundedReceiver<T> {
    fn into_content(mut self) -> Content {
        Content::from_stream(poll_fn(move |cx| self.poll_recv(cx)))
    }
}

#[diagnostic::do_not_recommend]
impl<T: IntoChunk + 'static> IntoContent for Box<dyn Stream<Item = T> + Send> {
    fn into_content(self) -> Content {
        Content::from_stream(Box::into_pin(self))
    }
}

#[diagnostic::do_not_recommend]
impl IntoContent for Box<dyn AsyncRead + Send> {
    fn into_content(self) -> Content {
        Content::from_async_reader(Box::into_pin(self))
    }
}
