//! The values of the attribute's options: their types, and how they reach `Metadata`.
//!
//! An expansion writes `.set(Metadata::etag, Text::value(…))`. The bound is the trait's own, as `kind.rs`
//! explains.

use std::{
    convert::Infallible,
    fmt,
    marker::PhantomData,
    ops::Deref,
    time::{Duration, SystemTime},
};

use axum::http::HeaderValue;

use crate::{
    metadata::Metadata,
    outcome::{OnFinish, Outcome},
    respond::options::Options,
};

/// Sets options to values; `None` leaves an option unset.
impl Options {
    /// Calls a setter of `Metadata`.
    pub fn set<T>(self, set: impl FnOnce(Metadata, T) -> Metadata, value: Option<T>) -> Self {
        match value {
            Some(value) => set(self.into_metadata(), value).into(),
            None => self,
        }
    }

    /// Sets a basename with values in it, each of which is kept from naming a directory.
    pub fn template(self, name: fmt::Arguments<'_>) -> Self {
        let name = name.to_string().replace(['/', '\\'], "_");
        self.set(Metadata::basename, Some(name))
    }

    pub fn attachment(self, value: Option<bool>) -> Self {
        let set = |metadata: Metadata, is_attachment| {
            if is_attachment {
                metadata.attachment()
            } else {
                metadata.inline()
            }
        };
        self.set(set, value)
    }

    pub fn ranges(self, value: Option<bool>) -> Self {
        self.set(Metadata::ranges, value)
    }

    pub fn header(self, name: &'static str, value: Option<Field>) -> Self {
        let set = |metadata: Metadata, value| metadata.header(name, value);
        self.set(set, value)
    }

    pub fn on_finish(self, value: Option<Listener>) -> Self {
        let set = |mut metadata: Metadata, Listener(listener)| {
            metadata.on_finish.push(listener);
            metadata
        };
        self.set(set, value)
    }
}

/// Values of options that take text.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not text",
    label = "not text",
    note = "this option takes a `String`, a `&str` or the like, an `Option` of it, or a `Result` of it"
)]
pub trait Text: Sized {
    fn value(given: Option<Self>) -> Option<String>;
}

#[diagnostic::do_not_recommend]
impl<T: AsRef<str>> Text for T {
    fn value(given: Option<T>) -> Option<String> {
        given.map(|text| text.as_ref().to_owned())
    }
}

/// Values of `attachment`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a `bool`",
    label = "not a `bool`",
    note = "this option takes a `bool`, an `Option` of it, or a `Result` of it"
)]
pub trait Flag: Sized {
    fn value(given: Option<Self>) -> Option<bool>;
}

#[diagnostic::do_not_recommend]
impl Flag for bool {
    fn value(given: Option<bool>) -> Option<bool> {
        given
    }
}

/// Values of `size`. There is only `u64`, so that a number without a suffix has this type.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a number of bytes",
    label = "not a `u64`",
    note = "`size` takes a `u64` (of a `usize`, write `… as u64`), an `Option` of it, or a `Result` of it"
)]
pub trait Size: Sized {
    fn value(given: Option<Self>) -> Option<u64>;
}

#[diagnostic::do_not_recommend]
impl Size for u64 {
    fn value(given: Option<u64>) -> Option<u64> {
        given
    }
}

/// Values of `last_modified`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a time",
    label = "not a time",
    note = "`last_modified` takes a `SystemTime` or what converts into one, an `Option` of it, or a `Result` of it"
)]
pub trait Time: Sized {
    fn value(given: Option<Self>) -> Option<SystemTime>;
}

#[diagnostic::do_not_recommend]
impl<T: Into<SystemTime>> Time for T {
    fn value(given: Option<T>) -> Option<SystemTime> {
        given.map(Into::into)
    }
}

/// Values of `stall_timeout`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a span of time",
    label = "not a `Duration`",
    note = "a timeout is a `Duration`, an `Option` of it, or a `Result` of it"
)]
pub trait Timeout: Sized {
    fn value(given: Option<Self>) -> Option<Duration>;
}

#[diagnostic::do_not_recommend]
impl Timeout for Duration {
    fn value(given: Option<Duration>) -> Option<Duration> {
        given
    }
}

/// Values of `on_finish` that are not closures at first sight.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be told how a download ended",
    label = "not a closure that takes an `Outcome`",
    note = "`on_finish` takes a closure or a function that is `FnOnce(Outcome)`, `Send` and `'static`, an `Option` of it, or a `Result` of it"
)]
pub trait Callback: Sized {
    fn value(given: Option<Self>) -> Option<Listener>;
}

#[diagnostic::do_not_recommend]
impl<F: FnOnce(Outcome) + Send + 'static> Callback for F {
    fn value(given: Option<F>) -> Option<Listener> {
        given.map(|callback| Listener(OnFinish::new(callback)))
    }
}

/// Values of `header("Name", …)`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not the value of a header field",
    label = "not text, a number or a `HeaderValue`",
    note = "`header` takes a `&str`, a `String`, a `HeaderValue` or a number from `u16` up, an `Option` of it, or a `Result` of it"
)]
pub trait FieldValue: Sized {
    fn value(given: Option<Self>) -> Option<Field>;
}

#[diagnostic::do_not_recommend]
impl<T: TryInto<HeaderValue>> FieldValue for T {
    fn value(given: Option<T>) -> Option<Field> {
        given.map(|value| Field(value.try_into().ok()))
    }
}

/// An argument or a field that the closure of `on_finish` uses.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be copied for `on_finish`",
    label = "named by the closure",
    note = "the closure outlives the view, and is given copies (`Clone`) of the arguments or fields that it names",
    note = "take what it needs in an argument or a field of its own, or make it in a block before the closure"
)]
pub trait Copied: Sized {
    fn check(_: PhantomData<Self>) {}
}

/// Represents every type that can be copied.
#[diagnostic::do_not_recommend]
impl Copied for Infallible {}

/// The question whether an argument can be copied, asked as in `kind.rs`.
#[derive(Debug)]
pub struct Copies<T, const LEVEL: u8 = 0>(PhantomData<T>);

impl<T> Copies<T> {
    pub fn of(_: &T) -> Self {
        Self(PhantomData)
    }
}

impl<T: Clone> Copies<T, 0> {
    pub fn copy(&self, argument: &T, _: fn(PhantomData<Infallible>)) -> T {
        argument.clone()
    }
}

impl<T> Copies<T, 1> {
    /// It does not compile.
    pub fn copy(&self, _: &T, _: fn(PhantomData<T>)) -> T {
        unreachable!("`T` is not `Copied`")
    }
}

impl<T> Deref for Copies<T, 0> {
    type Target = Copies<T, 1>;
    fn deref(&self) -> &Self::Target {
        &Copies(PhantomData)
    }
}

/// A callback for the end of a download.
#[derive(Debug)]
pub struct Listener(OnFinish);

/// The value of a header field; `None` is one that cannot be sent.
#[derive(Debug)]
pub struct Field(Option<HeaderValue>);

impl TryFrom<Field> for HeaderValue {
    type Error = ();

    fn try_from(field: Field) -> Result<Self, ()> {
        field.0.ok_or(())
    }
}
