//! The second question about an iterator, a stream or a `Vec` that is not content: are its items rows of a table?
//!
//! The levels of [`Items`] are tried like those of [`Kind`](super::Kind). The first are of items that are surely no
//! rows, although they implement `Serialize`: bytes, text and scalars. An `Err` never becomes a row, so the levels of a
//! `Result` come before that of other items. The last level refuses everything.

#![allow(
    clippy::unused_self,
    reason = "only a method is looked for level by level"
)]

use std::marker::PhantomData;

use super::kind::Choice;
use crate::content::Content;

/// The question of what a `T` is, whose items are `I`, and which yields them in the way `W`.
#[derive(Debug)]
pub struct Items<W, T, I, const LEVEL: u8 = 0>(PhantomData<(W, T, I)>);

impl<W, T, I> Items<W, T, I> {
    pub(super) fn new() -> Self {
        Self(PhantomData)
    }
}

/// How items are yielded, and what is asked of a type that is not content.
pub trait Way<T, I> {
    type Whole;
    type Item;
}

/// Items of a stream.
#[derive(Debug)]
pub struct Streams;

/// Items of a type that can be made a stream.
#[derive(Debug)]
pub struct Channels;

/// Items of an iterator.
#[derive(Debug)]
pub struct Iterators;

/// Items of a `Vec`.
#[derive(Debug)]
pub struct Vecs;

macro_rules! asks_the_items {
    ($($way:ty),*) => {$(
        impl<T, I> Way<T, I> for $way {
            type Whole = Content;
            type Item = I;
        }
    )*};
}

asks_the_items!(Streams, Channels, Iterators);

impl<T, I> Way<T, I> for Vecs {
    type Whole = T;
    type Item = String;
}

/// The level of types that are no table, whose error is that of other types that are not content.
macro_rules! refused {
    ($($level:literal: [$($generic:ident $(: $bound:path)?),*] $item:ty;)*) => {$(
        impl<W: Way<T, $item>, T, $($generic $(: $bound)?),*> Items<W, T, $item, $level> {
            pub fn settle(&self) -> Choice<T, W::Whole, W::Item, std::convert::Infallible, T> {
                Choice::refused()
            }
        }
    )*};
}

#[cfg(not(feature = "rows"))]
refused! {
    0: [I] I;
}

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

    use super::{Channels, Choice, Content, Items, Iterators, Streams, Vecs, Way};
    use crate::{content::IntoContent, rows::Rows};

    refused! {
        0: [I: AsRef<[u8]>] I;
        1: [I: AsRef<[u8]>, E] Result<I, E>;
        2: [I: Scalar] I;
        7: [I] I;
    }

    use names::Table;

    /// Traits that a table does not implement, one for each extension of a name that no table has.
    pub(crate) mod names {
        use std::marker::PhantomData;

        /// Marks a table, whose name may have the wrong extension.
        #[derive(Debug)]
        pub struct Table;

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

    type Served<T> = Choice<T, Content, String, Infallible, (), Content, Table>;

    impl<W: Fallible<T>, T, R, E> Items<W, T, Result<R, E>, 3> {
        pub fn settle(&self) -> Served<T> {
            Choice::served(|value| W::tabulate(value).into_content())
        }
    }

    impl<W, T, R: Serialize, E> Items<W, T, Result<R, E>, 4> {
        pub fn settle(&self) -> Choice<T, Content, String, E, T> {
            Choice::refused()
        }
    }

    impl<W: Plain<T>, T, I> Items<W, T, I, 5> {
        pub fn settle(&self) -> Served<T> {
            Choice::served(|value| W::tabulate(value).into_content())
        }
    }

    /// Rows that cannot be sent to another thread.
    impl<W, T, I: Serialize> Items<W, T, I, 6> {
        pub fn settle(&self) -> Choice<T, Content, String, Infallible, T> {
            Choice::refused()
        }
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

    next_level!(0 => 1, 1 => 2, 2 => 3, 3 => 4, 4 => 5, 5 => 6, 6 => 7);

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

    /// Types that are no streams and can be made one.
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

    /// Items that are a cell at most.
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
    impl<S: Scalar, E> Scalar for Result<S, E> {}
}
