//! The parts that only the derive uses: content methods that may be async, and futures that are ready.

#![allow(clippy::unused_self, reason = "the levels are only tried for a method")]

use std::{
    future::{Future, Ready, ready},
    marker::PhantomData,
    ops::Deref,
};

use axum::response::Response;

/// Returns a future that is ready. The error is boxed because of a lint about closures with large errors.
pub fn at_once<T>(give: impl FnOnce() -> Result<T, Box<Response>>) -> Ready<Result<T, Response>> {
    ready(give().map_err(|answer| *answer))
}

/// Uses a view mutably, so that its `mut` is not reported as unused.
pub fn lend<V>(_: &mut V) {}

/// Finds out whether the content method returned a future. The levels work as in [`kind`](super::kind).
#[derive(Debug)]
pub struct MethodOutput<T, const LEVEL: u8 = 0>(PhantomData<T>);

impl<T> MethodOutput<T> {
    pub fn of(_: &T) -> Self {
        Self(PhantomData)
    }
}

impl<T: Future> MethodOutput<T, 0> {
    pub fn choose(&self) -> AsyncMethod {
        AsyncMethod
    }
}

impl<T> MethodOutput<T, 1> {
    pub fn choose(&self) -> PlainMethod {
        PlainMethod
    }
}

impl<T> Deref for MethodOutput<T, 0> {
    type Target = MethodOutput<T, 1>;
    fn deref(&self) -> &Self::Target {
        &MethodOutput(PhantomData)
    }
}

#[derive(Debug)]
pub struct AsyncMethod;

#[derive(Debug)]
pub struct PlainMethod;

impl AsyncMethod {
    pub fn wait<T: Future>(self, called: T) -> T {
        called
    }

    /// Replaces the content of an async method that is `blocking`, which is refused, by content of another type.
    pub fn here<T>(self, _: T) -> &'static str {
        ""
    }
}

impl PlainMethod {
    pub fn wait<T>(self, called: T) -> Ready<T> {
        ready(called)
    }

    /// Returns the output of a method that ran on the blocking pool.
    pub fn here<T>(self, called: T) -> T {
        called
    }
}

/// A method that can run on the blocking pool.
#[diagnostic::on_unimplemented(
    message = "an `async fn` cannot be `blocking`",
    label = "the content method is async",
    note = "remove `blocking`, or remove `async` from the method"
)]
pub trait BlockingMethod {
    fn check(&self) {}
}

#[diagnostic::do_not_recommend]
impl BlockingMethod for PlainMethod {}
