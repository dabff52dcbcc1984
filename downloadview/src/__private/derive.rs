//! What only the derive needs: metadata at once or later, and methods of which nobody knows whether they are async.

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

use super::Options;
use crate::metadata::Metadata;

type Given<T> = Result<T, Response>;

/// Metadata that nothing has to be waited for: the future holds no reference to the view, which need not be `Sync`.
pub fn at_once(options: impl FnOnce() -> Given<Options>) -> Ready<Given<Metadata>> {
    ready(options().map(Options::into_metadata))
}

/// Metadata of which something has to be waited for.
pub async fn later(options: impl Future<Output = Given<Options>>) -> Given<Metadata> {
    options.await.map(Options::into_metadata)
}

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

    /// On the blocking pool.
    pub fn here<T: NotAsync>(self, called: T) -> T {
        called
    }
}

impl Plain {
    pub fn wait<T>(self, called: T) -> Ready<T> {
        ready(called)
    }

    pub fn here<T>(self, called: T) -> T {
        called
    }
}

/// Whatever is no future.
#[diagnostic::on_unimplemented(
    message = "an `async fn` cannot be `blocking`",
    label = "async",
    note = "leave out one of the two words"
)]
pub trait NotAsync {}
