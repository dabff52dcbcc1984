//! Chooses how a returned value is served, by its type.
//!
//! An expansion writes `ContentKind::of(&value).choose()` and passes the value to the [`Choice`]. The compiler tries the levels
//! of [`ContentKind`] in order, because each dereferences to the next, and takes the first whose bounds hold. There are three
//! groups:
//!
//! 1. Types that can be served (levels 0 to 9, and 11).
//! 2. Types that lack one thing, such as `Send`, or items that are text or bytes (10, and 12 to 20). The error names it.
//!    If items may be the rows of a table, the levels of [`Items`] decide.
//! 3. Types for which a conversion is known, such as `.to_string()` for a number (21 to 29). The error shows it.
//!
//! The last level holds for every type.
//!
//! A refused type, or the part of it that is at fault, is a parameter of its `Choice`. The expansion passes a function of
//! each trait in [`needs`](super::needs) along, and the compiler reports the trait that the parameter does not
//! implement. The expansion has to name these functions. For a bound that is written here, the compiler would point into
//! this file.

#![allow(clippy::unused_self, reason = "the levels are only tried for a method")]

use std::{
    convert::Infallible,
    fmt::Display,
    future::Future,
    io::{Read, Seek, Write},
    marker::PhantomData,
    ops::Deref,
    path::{Path, PathBuf},
    pin::Pin,
    process,
    rc::Rc,
};

use axum::response::IntoResponse;
use futures::Stream;
use tokio::{
    io::{AsyncRead, AsyncSeek},
    sync::{broadcast, mpsc, watch},
};

#[cfg(feature = "rows")]
use super::items::Vecs;
use super::{
    choice::{
        Choice, IsAsyncClosure, IsBoxed, IsChannel, IsClosure, IsCollection, IsCollectionOfValues,
        IsCommand, IsFuture, IsLocation, IsNothing, IsPrintable, IsShared,
    },
    items::{Channels, Items, Iterators, Streams},
    refusals::DownloadError,
};
use crate::{
    content::{Content, ContentWriter, IntoChunk, IntoContent},
    view::DownloadView,
};

/// The levels of a type `T`.
#[derive(Debug)]
pub struct ContentKind<T, const LEVEL: u8 = 0>(PhantomData<T>);

impl<T> ContentKind<T> {
    pub fn of(_: &T) -> Self {
        Self(PhantomData)
    }
}

/// Returns the value itself.
///
/// The two ends of the call can be placed at the two ends of the type that an error is about.
pub fn take<T>(value: T) -> T {
    value
}

/// Types that can be served: the level, the bounds, and the conversion.
macro_rules! served {
    ($($level:literal: [$($bound:tt)+] => $serve:expr;)*) => {$(
        impl<T: $($bound)+> ContentKind<T, $level> {
            pub fn choose(&self) -> Choice<T> {
                Choice::served(|value| $serve(value))
            }
        }
    )*};
}

served! {
    0: [IntoContent] => T::into_content;
    1: [DownloadView] => Content::from_view;
    4: [Stream<Item: IntoChunk> + Send + 'static] => Content::from_stream;
    5: [AsyncRead + AsyncSeek + Send + 'static] => Content::from_seekable_async_reader;
    6: [AsyncRead + Send + 'static] => Content::from_async_reader;
    7: [Read + Seek + Send + 'static] => Content::from_seekable_reader;
    8: [Read + Send + 'static] => Content::from_reader;
    9: [Iterator<Item: IntoChunk> + Send + 'static] => Content::from_chunks;
    11: [IntoResponse] => Content::from_response;
}

/// Writer closures: the level, the type that they write to, and the conversion. Their error is a type parameter.
macro_rules! served_writers {
    ($($level:literal: $writer:ty => $serve:path;)*) => {$(
        impl<T, E: DownloadError> ContentKind<T, $level>
        where
            T: FnOnce(&mut $writer) -> Result<(), E> + Send + 'static,
        {
            pub fn choose(&self) -> Choice<T> {
                Choice::served(|value| {
                    $serve(move |out: &mut $writer| value(out).map_err(E::into_boxed))
                })
            }
        }
    )*};
}

served_writers! {
    2: dyn Write => Content::from_writer;
    3: (dyn Write + Send) => Content::from_send_writer;
}

/// Types that have to meet a requirement: the level, the bounds, the type of the items and that of their error. The whole must
/// be `Send`.
macro_rules! asked_of_parts {
    ($($level:literal: $(<$($generic:ident $(: $of:path)?),+>)? [$($bound:tt)+] => $item:ty, $error:ty;)*) => {$(
        impl<T: $($bound)+ $($(, $generic $(: $of)?)+)?> ContentKind<T, $level> {
            pub fn choose(&self) -> Choice<T, Content, $item, $error, T> {
                Choice::refused(|value| value)
            }
        }
    )*};
}

asked_of_parts! {
    12: <E> [FnOnce(&mut dyn Write) -> Result<(), E>] => String, E;
    13: <E> [FnOnce(&mut (dyn Write + Send)) -> Result<(), E>] => String, E;
    14: <I: IntoChunk, E> [Stream<Item = Result<I, E>>] => I, E;
    16: [AsyncRead] => String, Infallible;
    17: [Read] => String, Infallible;
    18: <I: IntoChunk, E> [Iterator<Item = Result<I, E>>] => I, E;
}

/// Types with items that are not text or bytes: the level, the way to the items, the type, and that of the items.
macro_rules! settled_by_items {
    ($($level:literal: $(<$generic:ident $(: $bound:path)?>)? $way:ident, $type:ty => $item:ty;)*) => {$(
        impl$(<$generic $(: $bound)?>)? ContentKind<$type, $level> {
            pub fn choose(&self) -> Items<$way, $type, $item> {
                Items::new()
            }
        }
    )*};
}

settled_by_items! {
    15: <T: Stream> Streams, T => T::Item;
    19: <T: Iterator> Iterators, T => T::Item;
    20: <I> Channels, mpsc::Receiver<I> => I;
    20: <I> Channels, mpsc::UnboundedReceiver<I> => I;
    20: <I> Channels, Box<dyn Stream<Item = I> + Send> => I;
}

#[cfg(feature = "rows")]
settled_by_items! {
    20: <I> Vecs, Vec<I> => I;
}

/// Named types with a known conversion: the level, the type parameters, the type, and the refusal.
macro_rules! converted_types {
    ($($level:literal: [$($generic:tt)*] $type:ty => $refusal:ident;)*) => {$(
        impl<$($generic)*> ContentKind<$type, $level> {
            pub fn choose(&self) -> $refusal<$type> {
                Choice::refused(|_| &())
            }
        }
    )*};
}

converted_types! {
    // `()` is a response, and a boxed trait object that cannot be sent is a reader or a stream.
    10: [] () => IsNothing;
    10: [I] Box<dyn Stream<Item = I>> => IsBoxed;
    10: ['a, I] Pin<Box<dyn Stream<Item = I> + 'a>> => IsBoxed;
    10: [I] Box<dyn Iterator<Item = I>> => IsBoxed;
    10: [] Box<dyn AsyncRead> => IsBoxed;
    10: [] Pin<Box<dyn AsyncRead>> => IsBoxed;
    10: [] Box<dyn Read> => IsBoxed;
    10: [E] Box<dyn FnOnce(&mut dyn Write) -> Result<(), E>> => IsBoxed;
    10: [I: ?Sized] Rc<I> => IsShared;
    20: [] PathBuf => IsLocation;
    20: ['a] &'a Path => IsLocation;
    20: [] Box<Path> => IsLocation;
    20: [] process::Child => IsCommand;
    20: [] process::Command => IsCommand;
    20: [I] broadcast::Receiver<I> => IsChannel;
    20: [I] watch::Receiver<I> => IsChannel;
}

#[cfg(feature = "process")]
converted_types! {
    20: [] tokio::process::Child => IsCommand;
    20: [] tokio::process::Command => IsCommand;
}

/// Types with a known conversion: the level, the bounds, and the refusal.
macro_rules! converted {
    ($($level:literal: $(<$generic:ident>)? [$($bound:tt)+] => $refusal:ident;)*) => {$(
        impl<T: $($bound)+ $(, $generic)?> ContentKind<T, $level> {
            pub fn choose(&self) -> $refusal<T> {
                Choice::refused(|_| &())
            }
        }
    )*};
}

converted! {
    21: <R> [FnOnce(&mut dyn Write) -> R] => IsClosure;
    22: <R> [FnOnce(&mut Vec<u8>) -> R] => IsClosure;
    23: <R> [FnOnce() -> R] => IsClosure;
    24: <R> [AsyncFnOnce(&mut dyn Write) -> R] => IsAsyncClosure;
    25: <R> [FnOnce(ContentWriter) -> R] => IsAsyncClosure;
    26: [Future] => IsFuture;
    27: [IntoIterator<Item: IntoChunk>] => IsCollection;
    28: [IntoIterator] => IsCollectionOfValues;
    29: [Display] => IsPrintable;
}

impl<T> ContentKind<T, 30> {
    pub fn choose(&self) -> Choice<T, T> {
        Choice::refused(|_| &())
    }
}

macro_rules! next_level {
    ($($level:literal => $next:literal),*) => {$(
        impl<T> Deref for ContentKind<T, $level> {
            type Target = ContentKind<T, $next>;
            fn deref(&self) -> &Self::Target {
                &ContentKind(PhantomData)
            }
        }
    )*};
}

next_level!(0 => 1, 1 => 2, 2 => 3, 3 => 4, 4 => 5, 5 => 6, 6 => 7, 7 => 8, 8 => 9, 9 => 10, 10 => 11, 11 => 12, 12 => 13, 13 => 14, 14 => 15);
next_level!(15 => 16, 16 => 17, 17 => 18, 18 => 19, 19 => 20, 20 => 21, 21 => 22, 22 => 23, 23 => 24, 24 => 25, 25 => 26, 26 => 27, 27 => 28);
next_level!(28 => 29, 29 => 30);
