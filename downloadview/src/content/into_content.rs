//! Types that become content by themselves, beside text and bytes.

use std::{fs::File, sync::Arc};

use axum::http::HeaderMap;
use futures::{Stream, stream::poll_fn};
use tokio::{io::AsyncRead, sync::mpsc};

use super::{Content, IntoChunk, IntoContent, Kind};
use crate::download::Download;

#[diagnostic::do_not_recommend]
impl IntoContent for Content {
    fn into_content(self) -> Content {
        self
    }
}

/// The settings of the download go with its content.
#[diagnostic::do_not_recommend]
impl IntoContent for Download {
    fn into_content(self) -> Content {
        let Self {
            mut content,
            metadata,
        } = self;
        content.metadata = Some(Box::new(match content.metadata {
            Some(own) => metadata.or(*own),
            None => metadata,
        }));
        content
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
        Content::new(Kind::AsyncFile(Box::new(self)))
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

/// A pair of header fields and a type that is not a response, written as a response is.
macro_rules! with_fields {
    ($($type:ty),*) => {$(
        #[diagnostic::do_not_recommend]
        impl IntoContent for (HeaderMap, $type) {
            fn into_content(self) -> Content {
                let (fields, content) = self;
                let download = Download::new(content);
                let download = fields.iter().fold(download, |download, (name, value)| {
                    download.header(name.clone(), value.clone())
                });
                download.into_content()
            }
        }
    )*};
}

with_fields!(
    File,
    Arc<File>,
    &'static File,
    tokio::fs::File,
    Content,
    Download
);
