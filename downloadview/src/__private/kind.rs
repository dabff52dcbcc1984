//! Chooses the kind of content from the type of a value.
//!
//! An expansion writes `Kind::of(&value).choose().content(value, …)`. The compiler tries the levels of [`Kind`] one after the other,
//! because each dereferences to the next, and takes the first whose bound holds. The levels of types that can be served come first.
//! Those after them ask for the trait that makes the kind and nothing more, so that a type that only lacks what serving it takes (`Send`,
//! items that are bytes) is told so, and not that it is no download. The last level holds for every type.
//!
//! What a type lacks is asked of traits whose functions the expansion names, and passes along: of a trait's own bound rustc does not say
//! where it is written, which is a place in this library and of no use to whoever reads the error.

#![allow(
    clippy::unused_self,
    reason = "only a method is looked for level by level"
)]

use std::{
    convert::Infallible,
    io::{Read, Seek, Write},
    marker::PhantomData,
    ops::Deref,
};

use axum::{BoxError, response::IntoResponse};
use futures::Stream;
use tokio::{
    io::{AsyncRead, AsyncSeek},
    sync::mpsc,
};

use super::items::{Channels, Items, Iterators, Streams, Vecs};
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

/// The kind: how it is served, and the types that make it one. A type that is as it should be has another here, for which all holds.
#[derive(Debug)]
pub struct Choice<
    T,
    Whole = Content,
    Item = String,
    Error = Infallible,
    Moved = (),
    Given = Content,
    Named = (),
> {
    serve: fn(T) -> Content,
    asked: PhantomData<(Whole, Item, Error, Moved, Given, Named)>,
}

impl<T, Whole, Item, Error, Moved, Given, Named>
    Choice<T, Whole, Item, Error, Moved, Given, Named>
{
    /// Returns the kind, which does not depend on items. [`Items`] has another method of this name.
    pub fn settle(self) -> Self {
        self
    }

    /// Asks for a kind that can have this name. The expansion declares the trait, whose message has the extension.
    pub fn named(self, _: fn(PhantomData<Named>)) -> Self {
        self
    }

    /// The functions are named by the expansion, which shows there what is wrong.
    pub fn content(
        self,
        value: T,
        _: fn(Whole) -> Content,
        _: fn(PhantomData<Item>),
        _: fn(PhantomData<Error>),
        _: fn(PhantomData<Moved>),
        _: fn(PhantomData<Given>),
    ) -> Content {
        (self.serve)(value)
    }

    pub(super) fn served(serve: fn(T) -> Content) -> Self {
        Self {
            serve,
            asked: PhantomData,
        }
    }

    /// It does not compile.
    pub(super) fn refused() -> Self {
        Self::served(|_| Content::from_text(""))
    }
}

/// The value itself: a call, whose two ends an expansion can put at the two ends of the type that an error is about.
pub fn take<T>(value: T) -> T {
    value
}

/// The level of a kind, what it takes, and how it is served.
macro_rules! served {
    ($($level:literal: [$($bound:tt)+] => $serve:expr;)*) => {$(
        impl<T: $($bound)+> Kind<T, $level> {
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

/// The level of closures that write to a type, and how they are served. Apart from the table, because their error is a
/// type of its own.
macro_rules! served_writers {
    ($($level:literal: $writer:ty => $serve:path;)*) => {$(
        impl<T, E: SourceError> Kind<T, $level>
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

/// `()` would do as a response.
impl Kind<(), 10> {
    pub fn choose(&self) -> Choice<(), Content, String, Infallible, (), ()> {
        Choice::refused()
    }
}

/// The level of a kind, what makes it one, and what is asked of it.
macro_rules! refused {
    ($($level:literal: $(<$($generic:ident $(: $of:path)?),+>)? [$($bound:tt)+] => $item:ty, $error:ty;)*) => {$(
        impl<T: $($bound)+ $($(, $generic $(: $of)?)+)?> Kind<T, $level> {
            pub fn choose(&self) -> Choice<T, Content, $item, $error, T> {
                Choice::refused()
            }
        }
    )*};
}

refused! {
    12: <E> [FnOnce(&mut dyn Write) -> Result<(), E>] => String, E;
    13: <E> [FnOnce(&mut (dyn Write + Send)) -> Result<(), E>] => String, E;
    14: <I: IntoChunk, E> [Stream<Item = Result<I, E>>] => I, E;
    16: [AsyncRead] => String, Infallible;
    17: [Read] => String, Infallible;
    18: <I: IntoChunk, E> [Iterator<Item = Result<I, E>>] => I, E;
}

/// The level of a type with items, which may be rows.
macro_rules! settled_by_items {
    ($($level:literal: $(<$($generic:ident $(: $bound:path)?),+>)? $way:ident, $type:ty => $item:ty;)*) => {$(
        impl<$($($generic $(: $bound)?),+)?> Kind<$type, $level> {
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
    20: <I> Channels, Box<dyn Stream<Item = I>> => I;
    20: <I> Vecs, Vec<I> => I;
}

/// The level of types that are content only with items and threads that suit, and what is asked of each.
macro_rules! refused_types {
    ($([$($item:ident)?] $type:ty => $asked:ty;)*) => {$(
        impl<$($item)?> Kind<$type, 20> {
            pub fn choose(&self) -> Choice<$type, Content, $asked, Infallible, $type> {
                Choice::refused()
            }
        }
    )*};
}

refused_types! {
    [] Box<dyn AsyncRead> => String;
}

impl<T> Kind<T, 21> {
    pub fn choose(&self) -> Choice<T, T> {
        Choice::refused()
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

next_level!(0 => 1, 1 => 2, 2 => 3, 3 => 4, 4 => 5, 5 => 6, 6 => 7, 7 => 8, 8 => 9, 9 => 10, 10 => 11, 11 => 12, 12 => 13, 13 => 14, 14 => 15, 15 => 16, 16 => 17, 17 => 18, 18 => 19, 19 => 20, 20 => 21);

/// What can go wrong on the way, in a stream, an iterator or a closure that writes.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not an error that can be logged",
    label = "its error is not one that can be logged",
    note = "what fails on the way breaks the download off and is logged: use `std::io::Error`, or implement `std::error::Error`, `Send` and `Sync`"
)]
pub trait SourceError: Sized {
    fn check(_: PhantomData<Self>) {}
    fn into_boxed(self) -> BoxError;
}

#[diagnostic::do_not_recommend]
impl<E: Into<BoxError>> SourceError for E {
    fn into_boxed(self) -> BoxError {
        self.into()
    }
}

/// What can be served wherever there is a thread for it.
pub trait Movable: Sized {
    fn check(_: PhantomData<Self>) {}
}

impl<T: Send> Movable for T {}

/// What is more than nothing.
#[diagnostic::on_unimplemented(
    message = "this view returns nothing",
    label = "nothing",
    note = "return what the client is to receive, such as a `String`"
)]
pub trait Something: Sized {
    fn check(_: PhantomData<Self>) {}
}

#[diagnostic::do_not_recommend]
impl Something for Content {}
