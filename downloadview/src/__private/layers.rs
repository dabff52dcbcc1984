//! Unwraps the `Result`s and `Option`s around a value, even behind type aliases.
//!
//! An expansion writes `let layers = Returned::of(&value).unwrap_layer().unwrap_layer().unwrap_layer();` and then
//! `unwrap(layers, view, value)`. Each `unwrap_layer` looks at the outermost layer of a *type*. The compiler tries the
//! levels of [`Layers`] in order, because each dereferences to the next, and takes the first whose bounds hold. The layers
//! that were found are a type that implements [`Unwrap`], which then unwraps the value itself.
//!
//! There are three layers, and one more for the value of an option, which may be a reference to them. Each level has one
//! `unwrap_layer`, because all bounds hold for a type that is a mistake.

#![allow(clippy::unused_self, reason = "the levels are only tried for a method")]

use std::{
    borrow::Cow, convert::Infallible, fmt::Display, future::Future, marker::PhantomData, ops::Deref,
};

use axum::{
    BoxError,
    http::StatusCode,
    response::{IntoResponse, Response},
};

use super::{Content, StaticView};

/// The value that a view's function returned. `None` is answered with 404.
#[derive(Debug)]
pub struct Returned;

/// The value of an option. `None` leaves the option unset, and a reference to a value is accepted too.
#[derive(Debug)]
pub struct OptionValue;

impl Returned {
    pub fn of<V>(_: &V) -> Layers<Self, V, Bare> {
        Layers(PhantomData)
    }
}

impl OptionValue {
    pub fn of<V>(_: &V) -> Layers<Self, V, Bare> {
        Layers(PhantomData)
    }
}

/// Unwraps the value. An `Err` is the answer.
pub fn unwrap<M: Mode, V, T, P, E>(
    _: Layers<M, T, P, E>,
    view: &StaticView,
    value: V,
) -> Result<M::Given<T>, M::Stopped>
where
    P: Unwrap<V, Inner = T>,
{
    M::give(view, P::unwrap(value))
}

/// The layers `P` of a type, with the type `T` inside them. `E` is the type of an error that cannot be used.
#[derive(Debug)]
pub struct Layers<M, T, P, E = Infallible, const LEVEL: u8 = 0>(PhantomData<(M, T, P, E)>);

impl<M, T, P, E> Layers<M, T, P, E> {
    /// Returns what [`ViewError::check`] takes.
    pub fn error(&self) -> PhantomData<E> {
        PhantomData
    }

    /// Returns what [`AwaitedValue::check`] takes.
    pub fn future(&self) -> PhantomData<P::Future>
    where
        P: FindFuture,
    {
        PhantomData
    }
}

impl<M, T, P, E> Layers<M, Option<T>, P, E, 0> {
    pub fn unwrap_layer(&self) -> Layers<M, T, Optional<P>, E> {
        Layers(PhantomData)
    }
}

impl<T: Clone, P, E> Layers<OptionValue, &T, P, E, 1> {
    pub fn unwrap_layer(&self) -> Layers<OptionValue, T, Borrowed<P>, E> {
        Layers(PhantomData)
    }
}

/// An `Option` behind a reference, whose value cannot be cloned.
impl<'a, T, P, E> Layers<OptionValue, &'a Option<T>, P, E, 2> {
    pub fn unwrap_layer(&self) -> Layers<OptionValue, &'a T, LentOptional<P>, E> {
        Layers(PhantomData)
    }
}

/// A `Result` behind a reference, whose error can be cloned.
impl<'a, T, X: Clone, P, E> Layers<OptionValue, &'a Result<T, X>, P, E, 3> {
    pub fn unwrap_layer(&self) -> Layers<OptionValue, Result<&'a T, X>, LentResult<P>, E> {
        Layers(PhantomData)
    }
}

/// A `Result` behind a reference, whose error is a response. It cannot be sent twice, so it is refused.
impl<'a, T, X: IntoResponse, P, E> Layers<OptionValue, &'a Result<T, X>, P, E, 4> {
    pub fn unwrap_layer(&self) -> Layers<OptionValue, &'a Result<T, X>, P, E> {
        Layers(PhantomData)
    }
}

/// A `Result` behind a reference, whose error can be logged.
impl<'a, T, X: Display, P, E> Layers<OptionValue, &'a Result<T, X>, P, E, 5> {
    pub fn unwrap_layer(&self) -> Layers<OptionValue, Result<&'a T, String>, LentFailure<P>, E> {
        Layers(PhantomData)
    }
}

/// An error that is text. As a response it would have the status 200, so it is a failure.
impl<M, T, X: TextError, P, E> Layers<M, Result<T, X>, P, E, 6> {
    pub fn unwrap_layer(&self) -> Layers<M, T, Fails<P>, E> {
        Layers(PhantomData)
    }
}

/// `()`, which would be a response of status 200 too. It is refused.
impl<M, T, X: EmptyError, P, E> Layers<M, Result<T, X>, P, E, 7> {
    pub fn unwrap_layer(&self) -> Layers<M, T, Unknown<P>, X> {
        Layers(PhantomData)
    }
}

/// An error that is a response. The bound is on a `Result`, because axum's `ErrorResponse` is a response only in one.
impl<M, T, X, P, E> Layers<M, Result<T, X>, P, E, 8>
where
    Result<(), X>: IntoResponse,
{
    pub fn unwrap_layer(&self) -> Layers<M, T, Answers<P>, E> {
        Layers(PhantomData)
    }
}

impl<M, T, X: Into<BoxError>, P, E> Layers<M, Result<T, X>, P, E, 9> {
    pub fn unwrap_layer(&self) -> Layers<M, T, Fails<P>, E> {
        Layers(PhantomData)
    }
}

impl<M, T, X, P, E> Layers<M, Result<T, X>, P, E, 10> {
    pub fn unwrap_layer(&self) -> Layers<M, T, Unknown<P>, X> {
        Layers(PhantomData)
    }
}

/// A future as the value of an option. It is refused.
impl<T: Future, P, E> Layers<OptionValue, T, P, E, 11> {
    pub fn unwrap_layer(&self) -> Layers<OptionValue, Unawaited, Pending<P, T>, E> {
        Layers(PhantomData)
    }
}

/// A type without a layer.
impl<M, T, P, E> Layers<M, T, P, E, 12> {
    pub fn unwrap_layer(&self) -> Layers<M, T, P, E> {
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

next_level!(0 => 1, 1 => 2, 2 => 3, 3 => 4, 4 => 5, 5 => 6, 6 => 7, 7 => 8, 8 => 9, 9 => 10, 10 => 11, 11 => 12);

/// Errors that are text.
pub trait TextError {}
impl TextError for String {}
impl TextError for &'static str {}
impl TextError for Cow<'static, str> {}

/// Errors without any information.
pub trait EmptyError {}
impl EmptyError for () {}

/// An error that a view can return. [`Infallible`] takes the place of every error that is accepted at an earlier level.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be used as the error of a view",
    label = "neither a response nor an error that can be logged",
    note = "to choose the response, implement `axum::response::IntoResponse`, or use a `StatusCode`",
    note = "to log the error and answer with 500, implement `std::error::Error`, `Send` and `Sync`"
)]
pub trait ViewError: Sized {
    fn check(_: PhantomData<Self>) {}
}

#[diagnostic::do_not_recommend]
impl ViewError for Infallible {}

/// The error `()`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be used as the error of a view",
    label = "an error without any information",
    note = "return a `StatusCode`, or an `Option` whose `None` is answered with 404"
)]
pub trait EmptyViewError: Sized {
    fn check(_: PhantomData<Self>) {}
}

#[diagnostic::do_not_recommend]
impl<E: ViewError> EmptyViewError for E {}

/// An error that is a boxed trait object.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be used as the error of a view",
    label = "cannot be sent between threads",
    note = "add `Send` and `Sync`: `Box<dyn Error + Send + Sync>`"
)]
pub trait BoxedViewError: Sized {
    fn check(_: PhantomData<Self>) {}
}

#[diagnostic::do_not_recommend]
impl<E: ViewError> BoxedViewError for E {}

/// The value of an option, which is not a future. [`Infallible`] takes the place of every other value.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be used as the value of an option",
    label = "a future that is not awaited",
    note = "await the future: add `.await` after it"
)]
pub trait AwaitedValue: Sized {
    fn check(_: PhantomData<Self>) {}
}

#[diagnostic::do_not_recommend]
impl AwaitedValue for Infallible {}

/// The two uses of a value, which differ in what a missing value means.
pub trait Mode {
    type Given<T>;
    type Stopped;
    fn give<T>(
        view: &StaticView,
        unwrapped: Result<T, Stop>,
    ) -> Result<Self::Given<T>, Self::Stopped>;
}

impl Mode for Returned {
    type Given<T> = T;
    type Stopped = Stop;
    fn give<T>(_: &StaticView, unwrapped: Result<T, Stop>) -> Result<T, Stop> {
        unwrapped
    }
}

impl Mode for OptionValue {
    type Given<T> = Option<T>;
    type Stopped = Response;
    fn give<T>(view: &StaticView, unwrapped: Result<T, Stop>) -> Result<Option<T>, Response> {
        match unwrapped {
            Ok(value) => Ok(Some(value)),
            Err(Stop::Absent) => Ok(None),
            Err(Stop::Answer(response)) => Err(view.refused(*response)),
            Err(Stop::Failed(error)) => Err(view.failed(error)),
        }
    }
}

/// Layers of the type `V`, which can be unwrapped.
pub trait Unwrap<V> {
    type Inner;
    fn unwrap(value: V) -> Result<Self::Inner, Stop>;
}

/// The reason why there is no value.
#[derive(Debug)]
pub enum Stop {
    Absent,
    Answer(Box<Response>),
    Failed(BoxError),
}

impl Stop {
    /// Returns the response in place of the content. A failure is content that fails, so that it is logged and reported.
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

/// A reference to a `Result` in the layers `P`, whose error is converted to text.
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

/// A future in the layers `P`, which was refused when compiling.
#[derive(Debug)]
pub struct Pending<P, T>(P, PhantomData<T>);

/// The output of a future that is not awaited.
#[derive(Debug)]
pub struct Unawaited;

/// Finds the future in layers, or [`Infallible`].
pub trait FindFuture {
    type Future;
}

impl FindFuture for Bare {
    type Future = Infallible;
}

impl<P, T> FindFuture for Pending<P, T> {
    type Future = T;
}

macro_rules! no_future {
    ($($layer:ident),*) => {$(
        impl<P> FindFuture for $layer<P> {
            type Future = Infallible;
        }
    )*};
}

no_future!(
    Optional,
    Borrowed,
    LentOptional,
    LentResult,
    LentFailure,
    Answers,
    Fails,
    Unknown
);

impl<V> Unwrap<V> for Bare {
    type Inner = V;
    fn unwrap(value: V) -> Result<V, Stop> {
        Ok(value)
    }
}

impl<V, T, P: Unwrap<V, Inner = Option<T>>> Unwrap<V> for Optional<P> {
    type Inner = T;
    fn unwrap(value: V) -> Result<T, Stop> {
        P::unwrap(value)?.ok_or(Stop::Absent)
    }
}

impl<'a, V, T: Clone + 'a, P: Unwrap<V, Inner = &'a T>> Unwrap<V> for Borrowed<P> {
    type Inner = T;
    fn unwrap(value: V) -> Result<T, Stop> {
        P::unwrap(value).cloned()
    }
}

impl<'a, V, T: 'a, P: Unwrap<V, Inner = &'a Option<T>>> Unwrap<V> for LentOptional<P> {
    type Inner = &'a T;
    fn unwrap(value: V) -> Result<&'a T, Stop> {
        P::unwrap(value)?.as_ref().ok_or(Stop::Absent)
    }
}

impl<'a, V, T: 'a, E, P> Unwrap<V> for LentResult<P>
where
    E: Clone + 'a,
    P: Unwrap<V, Inner = &'a Result<T, E>>,
{
    type Inner = Result<&'a T, E>;
    fn unwrap(value: V) -> Result<Self::Inner, Stop> {
        let lent = P::unwrap(value)?.as_ref();
        Ok(lent.map_err(E::clone))
    }
}

impl<'a, V, T: 'a, E, P> Unwrap<V> for LentFailure<P>
where
    E: Display + 'a,
    P: Unwrap<V, Inner = &'a Result<T, E>>,
{
    type Inner = Result<&'a T, String>;
    fn unwrap(value: V) -> Result<Self::Inner, Stop> {
        let lent = P::unwrap(value)?.as_ref();
        Ok(lent.map_err(ToString::to_string))
    }
}

impl<V, T, E, P: Unwrap<V, Inner = Result<T, E>>> Unwrap<V> for Answers<P>
where
    Result<(), E>: IntoResponse,
{
    type Inner = T;
    fn unwrap(value: V) -> Result<T, Stop> {
        P::unwrap(value)?
            .map_err(|error| Stop::Answer(Box::new(Err::<(), E>(error).into_response())))
    }
}

impl<V, T, E: Into<BoxError>, P: Unwrap<V, Inner = Result<T, E>>> Unwrap<V> for Fails<P> {
    type Inner = T;
    fn unwrap(value: V) -> Result<T, Stop> {
        P::unwrap(value)?.map_err(|error| Stop::Failed(error.into()))
    }
}

impl<V, T, E, P: Unwrap<V, Inner = Result<T, E>>> Unwrap<V> for Unknown<P> {
    type Inner = T;
    fn unwrap(value: V) -> Result<T, Stop> {
        P::unwrap(value)?.map_err(|_| Stop::Absent)
    }
}

impl<V, T, P: Unwrap<V, Inner = T>> Unwrap<V> for Pending<P, T> {
    type Inner = Unawaited;
    fn unwrap(value: V) -> Result<Unawaited, Stop> {
        P::unwrap(value).map(|_| Unawaited)
    }
}
