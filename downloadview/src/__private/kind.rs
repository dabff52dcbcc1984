//! Chooses the kind of content from the type of a value.
//!
//! An expansion writes `Kind::of(&value).choose().content(value)`. The compiler tries the levels of [`Kind`] one after the other,
//! because each dereferences to the next, and takes the first whose bound holds. A level asks for the trait that makes the kind and
//! nothing more; its tag then demands what serving takes (`Send`, `'static`, chunks that are bytes), so that a type that only lacks
//! that is told so, and not that it is no download. The last level holds for every type, and demands `IntoContent`.

#![allow(
    clippy::unused_self,
    reason = "only a method is looked for level by level"
)]

use std::{
    io::{Read, Seek, Write},
    marker::PhantomData,
    ops::Deref,
};

use axum::{BoxError, response::IntoResponse};
use futures::Stream;
use tokio::io::{AsyncRead, AsyncSeek};

use crate::{
    content::{Content, IntoChunk, IntoContent},
    view::DownloadView,
};

/// The question what kind of content a `T` is.
#[derive(Debug)]
pub struct Kind<T, const LEVEL: u8 = 0>(PhantomData<T>);

impl<T> Kind<T> {
    pub fn of(_: &T) -> Self {
        Self(PhantomData)
    }
}

/// The value itself: a call, whose two ends an expansion can put at the two ends of the type that an error is about.
pub fn take<T>(value: T) -> T {
    value
}

/// A kind of content: the level at which it is asked for, the trait asked for, and what serving it takes.
macro_rules! kind {
    ($level:literal, $tag:ident, [$($bound:tt)+] $value:ident $(<$generic:ident: $of:path>)?, [$($demand:tt)+] => $content:expr) => {
        impl<T: $($bound)+> Kind<T, $level> {
            pub fn choose(&self) -> $tag {
                $tag
            }
        }

        #[derive(Debug)]
        pub struct $tag;

        impl $tag {
            pub fn content<T: $($demand)+ $(, $generic: $of)?>(self, $value: T) -> Content {
                $content
            }
        }
    };
}

kind!(0, Ready, [IntoContent] value, [IntoContent] => value.into_content());
kind!(1, View, [DownloadView] value, [DownloadView] => Content::from_view(value));
kind!(3, Chunks, [Stream] value, [Stream<Item: IntoChunk> + Send + 'static] => Content::from_stream(value));
kind!(4, SeekableAsyncReader, [AsyncRead + AsyncSeek] value, [AsyncRead + AsyncSeek + Send + 'static] => Content::from_seekable_async_reader(value));
kind!(5, AsyncReader, [AsyncRead] value, [AsyncRead + Send + 'static] => Content::from_async_reader(value));
kind!(6, SeekableReader, [Read + Seek] value, [Read + Seek + Send + 'static] => Content::from_seekable_reader(value));
kind!(7, Reader, [Read] value, [Read + Send + 'static] => Content::from_reader(value));
kind!(8, BlockingChunks, [Iterator] value, [Iterator<Item: IntoChunk> + Send + 'static] => Content::from_chunks(value));
kind!(10, Answer, [IntoResponse] value, [IntoResponse] => Content::from_response(value));

/// A closure that writes. Apart from the table, because its error is a type of its own.
impl<T, E> Kind<T, 2>
where
    T: FnOnce(&mut dyn Write) -> Result<(), E>,
{
    pub fn choose(&self) -> Writer {
        Writer
    }
}

#[derive(Debug)]
pub struct Writer;

impl Writer {
    pub fn content<T, E: Into<BoxError> + 'static>(self, value: T) -> Content
    where
        T: FnOnce(&mut dyn Write) -> Result<(), E> + Send + 'static,
    {
        Content::from_writer(value)
    }
}

/// `()` would do as a response.
impl Kind<(), 9> {
    pub fn choose(&self) -> Nothing {
        Nothing
    }
}

#[derive(Debug)]
pub struct Nothing;

impl Nothing {
    pub fn content<T: Something>(self, _: T) -> Content {
        Content::from_text("")
    }
}

/// Whatever is not `()`.
#[diagnostic::on_unimplemented(
    message = "this view returns nothing",
    label = "nothing to download",
    note = "return what the client is to receive: text, bytes, a reader, a stream, an iterator, a writer closure or a response"
)]
pub trait Something {}

impl<T> Kind<T, 11> {
    pub fn choose(&self) -> Ready {
        Ready
    }
}

macro_rules! next_level {
    ($($level:literal => $next:literal),*) => {$(
        impl<T> Deref for Kind<T, $level> {
            type Target = Kind<T, $next>;
            fn deref(&self) -> &Self::Target {
                &Kind(PhantomData)
            }
        }
    )*};
}

next_level!(0 => 1, 1 => 2, 2 => 3, 3 => 4, 4 => 5, 5 => 6, 6 => 7, 7 => 8, 8 => 9, 9 => 10, 10 => 11);
