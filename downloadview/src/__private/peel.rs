//! Takes a value out of the `Result`s and `Option`s round it, through aliases too.
//!
//! An expansion writes `Returned::of(&value).peel().peel().peel().open(view, value)?`. Each `peel` looks at the outermost layer of a
//! *type*: the compiler tries the levels of [`Layers`] one after the other, because each dereferences to the next, and takes the first
//! whose conditions hold. What was found is remembered as a type that implements [`Open`], which then takes the value itself apart.

use std::{borrow::Cow, marker::PhantomData, ops::Deref};

use axum::{
    BoxError,
    http::StatusCode,
    response::{IntoResponse, Response},
};

use super::View;

/// What a view's function returned: `None` is 404.
#[derive(Debug)]
pub struct Returned;

/// The value of an option: `None` leaves it unset, and a reference is as good as what it refers to.
#[derive(Debug)]
pub struct Setting;

impl Returned {
    pub fn of<V>(_: &V) -> Layers<Self, V, Bare> {
        Layers(PhantomData)
    }
}

impl Setting {
    pub fn of<V>(_: &V) -> Layers<Self, V, Bare> {
        Layers(PhantomData)
    }
}

/// The layers `P` were found; `T` is what is in them.
#[derive(Debug)]
pub struct Layers<M, T, P, const LEVEL: u8 = 0>(PhantomData<(M, T, P)>);

/// Text makes a response, but one with status 200: as an error it is a failure.
macro_rules! text_fails {
    ($($text:ty),*) => {$(
        impl<M, T, P> Layers<M, Result<T, $text>, P, 0> {
            pub fn peel(&self) -> Layers<M, T, Fails<P>> {
                Layers(PhantomData)
            }
        }
    )*};
}

text_fails!(String, &'static str, Cow<'static, str>);

impl<M, T, P> Layers<M, Option<T>, P, 0> {
    pub fn peel(&self) -> Layers<M, T, Optional<P>> {
        Layers(PhantomData)
    }
}

impl<T: Clone, P> Layers<Setting, &T, P, 0> {
    pub fn peel(&self) -> Layers<Setting, T, Borrowed<P>> {
        Layers(PhantomData)
    }
}

/// `()` makes a response of status 200 too, and says nothing.
impl<M, T, E: Silent, P> Layers<M, Result<T, E>, P, 1> {
    pub fn peel(&self) -> Layers<M, T, Unknown<P>>
    where
        E: Failure,
    {
        Layers(PhantomData)
    }
}

impl<M, T, E: IntoResponse, P> Layers<M, Result<T, E>, P, 2> {
    pub fn peel(&self) -> Layers<M, T, Answers<P>> {
        Layers(PhantomData)
    }
}

impl<M, T, E: Into<BoxError>, P> Layers<M, Result<T, E>, P, 3> {
    pub fn peel(&self) -> Layers<M, T, Fails<P>> {
        Layers(PhantomData)
    }
}

impl<M, T, E, P> Layers<M, Result<T, E>, P, 4> {
    pub fn peel(&self) -> Layers<M, T, Unknown<P>>
    where
        E: Failure,
    {
        Layers(PhantomData)
    }
}

/// No layer is left.
impl<M, T, P> Layers<M, T, P, 5> {
    pub fn peel(&self) -> Layers<M, T, P> {
        Layers(PhantomData)
    }
}

/// What the error of a view can be.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be the error of a view",
    label = "neither a response nor an error that can be logged",
    note = "implement `axum::response::IntoResponse` for it: then it is the answer",
    note = "or implement `std::error::Error` for it, `Send` and `Sync`: then it is logged, and the answer is 500"
)]
pub trait Failure {}

/// Only `()`.
pub trait Silent {}
impl Silent for () {}

impl<T, P> Layers<Returned, T, P> {
    /// `Err` is the answer.
    #[allow(clippy::result_large_err)]
    pub fn open<V>(&self, view: &View, value: V) -> Result<T, Response>
    where
        P: Open<V, Inner = T>,
    {
        P::open(view, value).map_err(|stop| match stop {
            Stop::Absent => StatusCode::NOT_FOUND.into_response(),
            Stop::Answer(response) => response,
        })
    }
}

impl<T, P> Layers<Setting, T, P> {
    /// `Err` is the answer.
    #[allow(clippy::result_large_err)]
    pub fn open<V>(&self, view: &View, value: V) -> Result<Option<T>, Response>
    where
        P: Open<V, Inner = T>,
    {
        match P::open(view, value) {
            Ok(value) => Ok(Some(value)),
            Err(Stop::Absent) => Ok(None),
            Err(Stop::Answer(response)) => Err(response),
        }
    }
}

/// Layers of the type `V`, and how to open them.
pub trait Open<V> {
    type Inner;
    #[allow(clippy::result_large_err)]
    fn open(view: &View, value: V) -> Result<Self::Inner, Stop>;
}

/// Why there is no value.
#[derive(Debug)]
pub enum Stop {
    Absent,
    Answer(Response),
}

/// No layer.
#[derive(Debug)]
pub struct Bare;

/// An `Option` in the layers `P`.
#[derive(Debug)]
pub struct Optional<P>(P);

/// A reference in the layers `P`.
#[derive(Debug)]
pub struct Borrowed<P>(P);

/// A `Result` in the layers `P`, whose error is a response.
#[derive(Debug)]
pub struct Answers<P>(P);

/// A `Result` in the layers `P`, whose error is logged.
#[derive(Debug)]
pub struct Fails<P>(P);

/// A `Result` in the layers `P`, whose error was refused when compiling.
#[derive(Debug)]
pub struct Unknown<P>(P);

impl<V> Open<V> for Bare {
    type Inner = V;
    fn open(_: &View, value: V) -> Result<V, Stop> {
        Ok(value)
    }
}

impl<V, T, P: Open<V, Inner = Option<T>>> Open<V> for Optional<P> {
    type Inner = T;
    fn open(view: &View, value: V) -> Result<T, Stop> {
        P::open(view, value)?.ok_or(Stop::Absent)
    }
}

impl<'a, V, T: Clone + 'a, P: Open<V, Inner = &'a T>> Open<V> for Borrowed<P> {
    type Inner = T;
    fn open(view: &View, value: V) -> Result<T, Stop> {
        P::open(view, value).cloned()
    }
}

impl<V, T, E: IntoResponse, P: Open<V, Inner = Result<T, E>>> Open<V> for Answers<P> {
    type Inner = T;
    fn open(view: &View, value: V) -> Result<T, Stop> {
        P::open(view, value)?.map_err(|error| Stop::Answer(error.into_response()))
    }
}

impl<V, T, E: Into<BoxError>, P: Open<V, Inner = Result<T, E>>> Open<V> for Fails<P> {
    type Inner = T;
    fn open(view: &View, value: V) -> Result<T, Stop> {
        P::open(view, value)?.map_err(|error| Stop::Answer(view.failed(error)))
    }
}

impl<V, T, E, P: Open<V, Inner = Result<T, E>>> Open<V> for Unknown<P> {
    type Inner = T;
    fn open(view: &View, value: V) -> Result<T, Stop> {
        P::open(view, value)?.map_err(|_| Stop::Absent)
    }
}

macro_rules! next_level {
    ($($level:literal => $next:literal),*) => {$(
        impl<M, T, P> Deref for Layers<M, T, P, $level> {
            type Target = Layers<M, T, P, $next>;
            fn deref(&self) -> &Self::Target {
                &Layers(PhantomData)
            }
        }
    )*};
}

next_level!(0 => 1, 1 => 2, 2 => 3, 3 => 4, 4 => 5);
