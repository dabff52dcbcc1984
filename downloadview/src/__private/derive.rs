//! What only the derive needs: functions that are done at once, and methods of which nobody knows whether they are async.

#![allow(
    clippy::unused_self,
    reason = "only a method is looked for level by level"
)]

use std::{
    future::{Future, Ready, ready},
    marker::PhantomData,
    ops::Deref,
};

use axum::response::Response;

/// What nothing has to be waited for. (The box spares the user a lint about closures whose errors are large.)
pub fn at_once<T>(give: impl FnOnce() -> Result<T, Box<Response>>) -> Ready<Result<T, Response>> {
    ready(give().map_err(|answer| *answer))
}

/// Lends a view to a method that may want it mutable.
pub fn lend<V>(_: &mut V) {}

/// The question whether what a method returned is to be waited for.
#[derive(Debug)]
pub struct Called<T, const LEVEL: u8 = 0>(PhantomData<T>);

impl<T> Called<T> {
    pub fn of(_: &T) -> Self {
        Self(PhantomData)
    }
}

impl<T: Future> Called<T, 0> {
    pub fn choose(&self) -> Async {
        Async
    }
}

impl<T> Called<T, 1> {
    pub fn choose(&self) -> Plain {
        Plain
    }
}

impl<T> Deref for Called<T, 0> {
    type Target = Called<T, 1>;
    fn deref(&self) -> &Self::Target {
        &Called(PhantomData)
    }
}

#[derive(Debug)]
pub struct Async;

#[derive(Debug)]
pub struct Plain;

impl Async {
    pub fn wait<T: Future>(self, called: T) -> T {
        called
    }

    /// A mistake that stays the only one.
    pub fn here<T>(self, _: T) -> &'static str {
        ""
    }
}

impl Plain {
    pub fn wait<T>(self, called: T) -> Ready<T> {
        ready(called)
    }

    /// What was called on the blocking pool.
    pub fn here<T>(self, called: T) -> T {
        called
    }
}

/// What a plain method is.
#[diagnostic::on_unimplemented(
    message = "an `async fn` cannot be `blocking`",
    label = "async",
    note = "leave out one of the two words"
)]
pub trait NotAsync {
    fn check(&self) {}
}

#[diagnostic::do_not_recommend]
impl NotAsync for Plain {}
