//! Takes a value out of the `Result`s and `Option`s round it, through aliases too.
//!
//! An expansion writes `let layers = Returned::of(&value).peel().peel().peel();` (three layers; a `Setting` may be a reference to them) and `open(layers, view, value)`. Each `peel` looks at the
//! outermost layer of a *type*: the compiler tries the levels of [`Layers`] one after the other, because each dereferences to the next, and takes the first
//! whose conditions hold. (One `peel` a level: where the type is a mistake, all of them hold.) What was found is remembered as a type
//! that implements [`Open`], which then takes the value itself apart.

#![allow(
    clippy::unused_self,
    reason = "only a method is looked for level by level"
)]

use std::{borrow::Cow, convert::Infallible, fmt::Display, marker::PhantomData, ops::Deref};

use axum::{
    BoxError,
    http::StatusCode,
    response::{IntoResponse, Response},
};

use super::{Content, View};

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

/// Takes the value out of its layers; an `Err` is the answer.
pub fn open<M: Mode, V, T, P, E>(
    _: Layers<M, T, P, E>,
    view: &View,
    value: V,
) -> Result<M::Given<T>, M::Stopped>
where
    P: Open<V, Inner = T>,
{
    M::give(view, P::open(value))
}

/// The layers `P` were found; `T` is what is in them. `E` is an error among them with which nothing can be done.
#[derive(Debug)]
pub struct Layers<M, T, P, E = Infallible, const LEVEL: u8 = 0>(PhantomData<(M, T, P, E)>);

impl<M, T, P, E> Layers<M, T, P, E> {
    /// Given to [`ViewError::check`].
    pub fn error(&self) -> PhantomData<E> {
        PhantomData
    }
}

impl<M, T, P, E> Layers<M, Option<T>, P, E, 0> {
    pub fn peel(&self) -> Layers<M, T, Optional<P>, E> {
        Layers(PhantomData)
    }
}

impl<T: Clone, P, E> Layers<Setting, &T, P, E, 1> {
    pub fn peel(&self) -> Layers<Setting, T, Borrowed<P>, E> {
        Layers(PhantomData)
    }
}

/// What is behind a reference and cannot be cloned, is looked at where it is: an `Option` first.
impl<'a, T, P, E> Layers<Setting, &'a Option<T>, P, E, 2> {
    pub fn peel(&self) -> Layers<Setting, &'a T, LentOptional<P>, E> {
        Layers(PhantomData)
    }
}

/// The error can be cloned.
impl<'a, T, X: Clone, P, E> Layers<Setting, &'a Result<T, X>, P, E, 3> {
    pub fn peel(&self) -> Layers<Setting, Result<&'a T, X>, LentResult<P>, E> {
        Layers(PhantomData)
    }
}

/// The error is an answer that nobody can give twice: refused, rather than logged.
impl<'a, T, X: IntoResponse, P, E> Layers<Setting, &'a Result<T, X>, P, E, 4> {
    pub fn peel(&self) -> Layers<Setting, &'a Result<T, X>, P, E> {
        Layers(PhantomData)
    }
}

/// The error can be logged.
impl<'a, T, X: Display, P, E> Layers<Setting, &'a Result<T, X>, P, E, 5> {
    pub fn peel(&self) -> Layers<Setting, Result<&'a T, String>, LentFailure<P>, E> {
        Layers(PhantomData)
    }
}

/// Text makes a response, but one of status 200: as an error it is a failure.
impl<M, T, X: Text, P, E> Layers<M, Result<T, X>, P, E, 6> {
    pub fn peel(&self) -> Layers<M, T, Fails<P>, E> {
        Layers(PhantomData)
    }
}

/// `()` makes a response of status 200 too, and says nothing.
impl<M, T, X: Silent, P, E> Layers<M, Result<T, X>, P, E, 7> {
    pub fn peel(&self) -> Layers<M, T, Unknown<P>, X> {
        Layers(PhantomData)
    }
}

/// Asked of a `Result`, as axum's `ErrorResponse` makes a response only in one.
impl<M, T, X, P, E> Layers<M, Result<T, X>, P, E, 8>
where
    Result<(), X>: IntoResponse,
{
    pub fn peel(&self) -> Layers<M, T, Answers<P>, E> {
        Layers(PhantomData)
    }
}

impl<M, T, X: Into<BoxError>, P, E> Layers<M, Result<T, X>, P, E, 9> {
    pub fn peel(&self) -> Layers<M, T, Fails<P>, E> {
        Layers(PhantomData)
    }
}

impl<M, T, X, P, E> Layers<M, Result<T, X>, P, E, 10> {
    pub fn peel(&self) -> Layers<M, T, Unknown<P>, X> {
        Layers(PhantomData)
    }
}

/// No layer is left.
impl<M, T, P, E> Layers<M, T, P, E, 11> {
    pub fn peel(&self) -> Layers<M, T, P, E> {
        Layers(PhantomData)
    }
}

macro_rules! next_level {
    ($($level:literal => $next:literal),*) => {$(
        impl<M, T, P, E> Deref for Layers<M, T, P, E, $level> {
            type Target = Layers<M, T, P, E, $next>;
            fn deref(&self) -> &Self::Target {
                &Layers(PhantomData)
            }
        }
    )*};
}

next_level!(0 => 1, 1 => 2, 2 => 3, 3 => 4, 4 => 5, 5 => 6, 6 => 7, 7 => 8, 8 => 9, 9 => 10, 10 => 11);

/// Errors that are text.
pub trait Text {}
impl Text for String {}
impl Text for &'static str {}
impl Text for Cow<'static, str> {}

/// Errors that say nothing.
pub trait Silent {}
impl Silent for () {}

/// What the error of a view can be. Those that can are known at an earlier level: only [`Infallible`] stands for them here.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be the error of a view",
    label = "neither a response nor an error that can be logged",
    note = "an error that implements `axum::response::IntoResponse` and says something, such as `StatusCode`, is the answer",
    note = "one that implements `std::error::Error`, `Send` and `Sync` (boxed: `Box<dyn Error + Send + Sync>`) is logged, and the answer is 500"
)]
pub trait ViewError: Sized {
    fn check(_: PhantomData<Self>) {}
}

#[diagnostic::do_not_recommend]
impl ViewError for Infallible {}

/// What becomes of a value that is not there.
pub trait Mode {
    type Given<T>;
    type Stopped;
    fn give<T>(view: &View, opened: Result<T, Stop>) -> Result<Self::Given<T>, Self::Stopped>;
}

impl Mode for Returned {
    type Given<T> = T;
    type Stopped = Stop;
    fn give<T>(_: &View, opened: Result<T, Stop>) -> Result<T, Stop> {
        opened
    }
}

impl Mode for Setting {
    type Given<T> = Option<T>;
    type Stopped = Response;
    fn give<T>(view: &View, opened: Result<T, Stop>) -> Result<Option<T>, Response> {
        match opened {
            Ok(value) => Ok(Some(value)),
            Err(Stop::Absent) => Ok(None),
            Err(Stop::Answer(response)) => Err(view.refused(*response)),
            Err(Stop::Failed(error)) => Err(view.failed(error)),
        }
    }
}

/// Layers of the type `V`, and how to open them.
pub trait Open<V> {
    type Inner;
    fn open(value: V) -> Result<Self::Inner, Stop>;
}

/// Why there is no value.
#[derive(Debug)]
pub enum Stop {
    Absent,
    Answer(Box<Response>),
    Failed(BoxError),
}

impl Stop {
    /// What comes of it in place of what was to be returned. A failure is content that fails, which is logged and reported as such.
    pub fn into_content(self) -> Result<Content, Box<Response>> {
        match self {
            Self::Absent => Err(Box::new(StatusCode::NOT_FOUND.into_response())),
            Self::Answer(response) => Err(response),
            Self::Failed(error) => Ok(Content::failed(error)),
        }
    }
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

/// A reference to an `Option` in the layers `P`.
#[derive(Debug)]
pub struct LentOptional<P>(P);

/// A reference to a `Result` in the layers `P`, whose error is cloned.
#[derive(Debug)]
pub struct LentResult<P>(P);

/// A reference to a `Result` in the layers `P`, of whose error the words are taken.
#[derive(Debug)]
pub struct LentFailure<P>(P);

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
    fn open(value: V) -> Result<V, Stop> {
        Ok(value)
    }
}

impl<V, T, P: Open<V, Inner = Option<T>>> Open<V> for Optional<P> {
    type Inner = T;
    fn open(value: V) -> Result<T, Stop> {
        P::open(value)?.ok_or(Stop::Absent)
    }
}

impl<'a, V, T: Clone + 'a, P: Open<V, Inner = &'a T>> Open<V> for Borrowed<P> {
    type Inner = T;
    fn open(value: V) -> Result<T, Stop> {
        P::open(value).cloned()
    }
}

impl<'a, V, T: 'a, P: Open<V, Inner = &'a Option<T>>> Open<V> for LentOptional<P> {
    type Inner = &'a T;
    fn open(value: V) -> Result<&'a T, Stop> {
        P::open(value)?.as_ref().ok_or(Stop::Absent)
    }
}

impl<'a, V, T: 'a, E, P> Open<V> for LentResult<P>
where
    E: Clone + 'a,
    P: Open<V, Inner = &'a Result<T, E>>,
{
    type Inner = Result<&'a T, E>;
    fn open(value: V) -> Result<Self::Inner, Stop> {
        let lent = P::open(value)?.as_ref();
        Ok(lent.map_err(E::clone))
    }
}

impl<'a, V, T: 'a, E, P> Open<V> for LentFailure<P>
where
    E: Display + 'a,
    P: Open<V, Inner = &'a Result<T, E>>,
{
    type Inner = Result<&'a T, String>;
    fn open(value: V) -> Result<Self::Inner, Stop> {
        let lent = P::open(value)?.as_ref();
        Ok(lent.map_err(ToString::to_string))
    }
}

impl<V, T, E, P: Open<V, Inner = Result<T, E>>> Open<V> for Answers<P>
where
    Result<(), E>: IntoResponse,
{
    type Inner = T;
    fn open(value: V) -> Result<T, Stop> {
        P::open(value)?.map_err(|error| Stop::Answer(Box::new(Err::<(), E>(error).into_response())))
    }
}

impl<V, T, E: Into<BoxError>, P: Open<V, Inner = Result<T, E>>> Open<V> for Fails<P> {
    type Inner = T;
    fn open(value: V) -> Result<T, Stop> {
        P::open(value)?.map_err(|error| Stop::Failed(error.into()))
    }
}

impl<V, T, E, P: Open<V, Inner = Result<T, E>>> Open<V> for Unknown<P> {
    type Inner = T;
    fn open(value: V) -> Result<T, Stop> {
        P::open(value)?.map_err(|_| Stop::Absent)
    }
}
