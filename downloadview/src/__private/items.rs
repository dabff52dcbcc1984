//! Decides whether the items of an iterator, a stream, a channel or a `Vec` are rows of a table.
//!
//! The levels of [`Items`] are tried like those of [`ContentKind`](super::ContentKind). The first ones are for items that implement
//! `Serialize` but are not rows, which are bytes, text and scalars. An `Err` never becomes a row, so the levels of a `Result`
//! come before that of other items. The last level refuses everything.

#![allow(clippy::unused_self, reason = "the levels are only tried for a method")]

#[cfg(not(feature = "rows"))]
use std::ops::Deref;
use std::{convert::Infallible, marker::PhantomData};

use super::choice::Choice;
use crate::content::Content;

/// The levels of a `T` with items of the type `I`, which are found in the way `W`.
#[derive(Debug)]
pub struct Items<W, T, I, const LEVEL: u8 = 0>(PhantomData<(W, T, I)>);

impl<W, T, I> Items<W, T, I> {
    pub(super) fn new() -> Self {
        Self(PhantomData)
    }
}

/// The way to the items `I` of a `T`, and the refusals for a type that is neither content nor a table.
///
/// If the items are a `Result`, `I` is the value and `E` the error.
pub trait Way<T, I, E = Infallible> {
    /// The refusal of items that are text or bytes, or may be used like them.
    type Bytes;
    /// The refusal of all other items.
    type Values;

    fn refuse_bytes() -> Self::Bytes;
    fn refuse_values() -> Self::Values;
}

/// Items of a stream.
#[derive(Debug)]
pub struct Streams;

/// Items of a type that can be converted to a stream.
#[derive(Debug)]
pub struct Channels;

/// Items of an iterator.
#[derive(Debug)]
pub struct Iterators;

macro_rules! asks_the_items {
    ($($way:ty),*) => {$(
        impl<T, I, E> Way<T, I, E> for $way {
            type Bytes = Choice<T, Content, I, E, T>;
            type Values = Self::Bytes;

            fn refuse_bytes() -> Self::Bytes {
                Choice::refused(|value| value)
            }

            fn refuse_values() -> Self::Values {
                Choice::refused(|value| value)
            }
        }
    )*};
}

asks_the_items!(Streams, Channels, Iterators);

/// Items that cannot be rows: the level, the type parameters, the type of the items, its value and its error, and the
/// refusal.
macro_rules! refused {
    ($($level:literal: [$($generic:ident $(: $bound:path)?),*] $items:ty => $item:ty, $error:ty, $refusal:ident $refuse:ident;)*) => {$(
        impl<W: Way<T, $item, $error>, T, $($generic $(: $bound)?),*> Items<W, T, $items, $level> {
            pub fn settle(&self) -> W::$refusal {
                W::$refuse()
            }
        }
    )*};
}

macro_rules! next_level {
    ($($level:literal => $next:literal),*) => {$(
        impl<W, T, I> Deref for Items<W, T, I, $level> {
            type Target = Items<W, T, I, $next>;
            fn deref(&self) -> &Self::Target {
                &Items(PhantomData)
            }
        }
    )*};
}

#[cfg(not(feature = "rows"))]
refused! {
    0: [I, E] Result<I, E> => I, E, Values refuse_values;
    1: [I] I => I, Infallible, Values refuse_values;
}

#[cfg(not(feature = "rows"))]
next_level!(0 => 1);

#[cfg(feature = "rows")]
pub(super) use rows::Vecs;
#[cfg(feature = "rows")]
pub(crate) use rows::names;

#[cfg(feature = "rows")]
mod rows {
    use std::{
        borrow::Cow, convert::Infallible, marker::PhantomData, ops::Deref, rc::Rc, sync::Arc,
    };

    use axum::BoxError;
    use futures::{Stream, stream::poll_fn};
    use serde::Serialize;
    use tokio::sync::mpsc;

    use super::{
        super::choice::{IsCollection, IsCollectionOfValues},
        Channels, Choice, Content, Items, Iterators, Streams, Way,
    };
    use crate::{content::IntoContent, rows::Rows};

    refused! {
        0: [I: AsRef<[u8]>] I => I, Infallible, Bytes refuse_bytes;
        1: [I: AsRef<[u8]>, E] Result<I, E> => I, E, Bytes refuse_bytes;
        2: [I: Scalar] I => I, Infallible, Values refuse_values;
        3: [I: Scalar, E] Result<I, E> => I, E, Values refuse_values;
        8: [I, E] Result<I, E> => I, E, Values refuse_values;
        9: [I] I => I, Infallible, Values refuse_values;
    }

    /// Items of a `Vec`.
    #[derive(Debug)]
    pub struct Vecs;

    impl<T, I, E> Way<T, I, E> for Vecs {
        type Bytes = IsCollection<T>;
        type Values = IsCollectionOfValues<T>;

        fn refuse_bytes() -> Self::Bytes {
            Choice::refused(|_| &())
        }

        fn refuse_values() -> Self::Values {
            Choice::refused(|_| &())
        }
    }

    /// Traits that a table does not implement, one for each extension of a name that no table has.
    pub(crate) mod names {
        use std::marker::PhantomData;

        macro_rules! refuse_extensions {
            ($($name:ident $extension:literal $message:literal),*) => {$(
                #[diagnostic::on_unimplemented(
                    message = $message,
                    label = "rows of a table",
                    note = "the extension of a table is `.csv`, `.tsv`, `.jsonl` or `.json`",
                    note = "for another name, return `Rows` and set the format: `Rows::new(…).format(Format::Csv)`"
                )]
                pub trait $name: Sized {
                    fn check(_: PhantomData<Self>) {}
                }

                #[diagnostic::do_not_recommend]
                impl $name for () {}
            )*};
        }

        downloadview_grammar::other_extensions!(refuse_extensions);

        refuse_extensions!(AsOther "" "rows cannot be written under a name with this extension");
    }

    type Served<T> = Choice<T, Content, String, Infallible, (), Rows>;

    impl<W: Fallible<T>, T, R, E> Items<W, T, Result<R, E>, 4> {
        pub fn settle(&self) -> Served<T> {
            Choice::new(|value| W::tabulate(value).into_content(), |_| &())
        }
    }

    impl<W, T, R: Serialize, E> Items<W, T, Result<R, E>, 5> {
        pub fn settle(&self) -> Choice<T, Content, String, E, T> {
            Choice::refused(|value| value)
        }
    }

    impl<W: Plain<T>, T, I> Items<W, T, I, 6> {
        pub fn settle(&self) -> Served<T> {
            Choice::new(|value| W::tabulate(value).into_content(), |_| &())
        }
    }

    /// Rows that cannot be sent to another thread.
    impl<W, T, I: Serialize> Items<W, T, I, 7> {
        pub fn settle(&self) -> Choice<T, Content, String, Infallible, T> {
            Choice::refused(|value| value)
        }
    }

    next_level!(0 => 1, 1 => 2, 2 => 3, 3 => 4, 4 => 5, 5 => 6, 6 => 7, 7 => 8, 8 => 9);

    /// Types whose items are rows.
    pub trait Plain<T> {
        fn tabulate(value: T) -> Rows;
    }

    /// Types whose items are a `Result` of rows.
    pub trait Fallible<T> {
        fn tabulate(value: T) -> Rows;
    }

    impl<T: Stream<Item: Serialize> + Send + 'static> Plain<T> for Streams {
        fn tabulate(value: T) -> Rows {
            Rows::stream(value)
        }
    }

    impl<T, R, E> Fallible<T> for Streams
    where
        T: Stream<Item = Result<R, E>> + Send + 'static,
        R: Serialize,
        E: Into<BoxError>,
    {
        fn tabulate(value: T) -> Rows {
            Rows::try_stream(value)
        }
    }

    impl<T: Iterator<Item: Serialize> + Send + 'static> Plain<T> for Iterators {
        fn tabulate(value: T) -> Rows {
            Rows::new(value)
        }
    }

    impl<T, R, E> Fallible<T> for Iterators
    where
        T: Iterator<Item = Result<R, E>> + Send + 'static,
        R: Serialize,
        E: Into<BoxError>,
    {
        fn tabulate(value: T) -> Rows {
            Rows::try_new(value)
        }
    }

    impl<R: Serialize + Send + 'static> Plain<Vec<R>> for Vecs {
        fn tabulate(value: Vec<R>) -> Rows {
            Rows::new(value)
        }
    }

    impl<R, E> Fallible<Vec<Result<R, E>>> for Vecs
    where
        R: Serialize + Send + 'static,
        E: Into<BoxError> + Send + 'static,
    {
        fn tabulate(value: Vec<Result<R, E>>) -> Rows {
            Rows::try_new(value)
        }
    }

    /// Types that are not streams, but can be converted to one.
    pub trait Channel {
        type Item;

        fn into_stream_of_rows(self) -> impl Stream<Item = Self::Item> + Send + 'static;
    }

    impl<I: Send + 'static> Channel for mpsc::Receiver<I> {
        type Item = I;

        fn into_stream_of_rows(mut self) -> impl Stream<Item = I> + Send + 'static {
            poll_fn(move |cx| self.poll_recv(cx))
        }
    }

    impl<I: Send + 'static> Channel for mpsc::UnboundedReceiver<I> {
        type Item = I;

        fn into_stream_of_rows(mut self) -> impl Stream<Item = I> + Send + 'static {
            poll_fn(move |cx| self.poll_recv(cx))
        }
    }

    impl<I: 'static> Channel for Box<dyn Stream<Item = I> + Send> {
        type Item = I;

        fn into_stream_of_rows(self) -> impl Stream<Item = I> + Send + 'static {
            Box::into_pin(self)
        }
    }

    impl<T: Channel<Item: Serialize>> Plain<T> for Channels {
        fn tabulate(value: T) -> Rows {
            Rows::stream(value.into_stream_of_rows())
        }
    }

    impl<T, R, E> Fallible<T> for Channels
    where
        T: Channel<Item = Result<R, E>>,
        R: Serialize,
        E: Into<BoxError>,
    {
        fn tabulate(value: T) -> Rows {
            Rows::try_stream(value.into_stream_of_rows())
        }
    }

    /// Items that are at most one cell of a table.
    pub trait Scalar {}

    macro_rules! scalars {
        ($($type:ty),*) => {$(impl Scalar for $type {})*};
    }

    scalars!(
        (),
        bool,
        char,
        f32,
        f64,
        i8,
        i16,
        i32,
        i64,
        i128,
        isize,
        u8,
        u16,
        u32,
        u64,
        u128,
        usize,
        str,
        String
    );
    scalars!(Box<str>, Rc<str>, Arc<str>, Cow<'_, str>);

    impl<S: Scalar + ?Sized> Scalar for &S {}
    impl<S: Scalar> Scalar for Option<S> {}
}
