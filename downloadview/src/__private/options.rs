//! The values of options: the types that an option takes, and how a value is set.
//!
//! An expansion converts a value with a function of its trait, such as `TextValue::value`, and passes it to a setter. It
//! names the trait for the reason that [`kind`](super::kind) explains.

use std::{
    convert::Infallible,
    fmt,
    marker::PhantomData,
    ops::Deref,
    time::{Duration, SystemTime},
};

use axum::http::HeaderValue;

use super::layers::Unawaited;

use crate::{
    metadata::Metadata,
    outcome::{OnFinish, Outcome},
    respond::options::Options,
};

/// Setters for values that are computed for a request. `None` leaves an option unset.
impl Options {
    /// Calls a setter of `Metadata`.
    pub fn set<T>(self, set: impl FnOnce(Metadata, T) -> Metadata, value: Option<T>) -> Self {
        match value {
            Some(value) => set(self.into_metadata(), value).into(),
            None => self,
        }
    }

    /// Sets a basename that has values in it. Slashes in them become underscores, so that no value names a directory. Slashes at
    /// the end are removed.
    pub fn template(self, name: fmt::Arguments<'_>) -> Self {
        let separators = ['/', '\\'];
        let name = name.to_string();
        let name = name.trim_end_matches(separators).replace(separators, "_");
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

    pub fn header(self, name: &'static str, value: Option<ConvertedField>) -> Self {
        let set = |metadata: Metadata, value| metadata.header(name, value);
        self.set(set, value)
    }

    pub fn on_finish(self, value: Option<StoredCallback>) -> Self {
        let set = |mut metadata: Metadata, StoredCallback(callback)| {
            metadata.on_finish.push(callback);
            metadata
        };
        self.set(set, value)
    }
}

/// The values of options that take text.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be used as text",
    label = "expected a `String` or a `&str`",
    note = "convert the value with `.to_string()`",
    note = "the option also takes an `Option` or a `Result` of text"
)]
pub trait TextValue: Sized {
    fn value(given: Option<Self>) -> Option<String>;
}

#[diagnostic::do_not_recommend]
impl<T: AsRef<str>> TextValue for T {
    fn value(given: Option<T>) -> Option<String> {
        given.map(|text| text.as_ref().to_owned())
    }
}

/// The values of options that take a `bool`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be used as a `bool`",
    label = "expected a `bool`",
    note = "write a comparison, such as `count > 0`",
    note = "the option also takes an `Option` or a `Result` of a `bool`"
)]
pub trait BoolValue: Sized {
    fn value(given: Option<Self>) -> Option<bool>;
}

#[diagnostic::do_not_recommend]
impl BoolValue for bool {
    fn value(given: Option<bool>) -> Option<bool> {
        given
    }
}

/// The values of `size`. Only `u64` implements it, so a number without a suffix has this type.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be used as a number of bytes",
    label = "expected a `u64`",
    note = "convert a number with `as u64`, such as `size = rows.len() as u64`",
    note = "`size` also takes an `Option` or a `Result` of a `u64`"
)]
pub trait SizeValue: Sized {
    fn value(given: Option<Self>) -> Option<u64>;
}

#[diagnostic::do_not_recommend]
impl SizeValue for u64 {
    fn value(given: Option<u64>) -> Option<u64> {
        given
    }
}

/// The values of `last_modified`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be used as a time",
    label = "expected a `SystemTime`",
    note = "convert seconds since 1970 with `SystemTime::UNIX_EPOCH + Duration::from_secs(…)`",
    note = "`last_modified` also takes a type that converts into `SystemTime`, and an `Option` or a `Result`"
)]
pub trait TimeValue: Sized {
    fn value(given: Option<Self>) -> Option<SystemTime>;
}

#[diagnostic::do_not_recommend]
impl<T: Into<SystemTime>> TimeValue for T {
    fn value(given: Option<T>) -> Option<SystemTime> {
        given.map(Into::into)
    }
}

/// The values of timeouts.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be used as a timeout",
    label = "expected a `Duration`",
    note = "convert a number of seconds with `Duration::from_secs(…)`",
    note = "the option also takes an `Option` or a `Result` of a `Duration`"
)]
pub trait DurationValue: Sized {
    fn value(given: Option<Self>) -> Option<Duration>;
}

#[diagnostic::do_not_recommend]
impl DurationValue for Duration {
    fn value(given: Option<Duration>) -> Option<Duration> {
        given
    }
}

/// The values of `on_finish` that are not closures at first sight.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be used as a callback",
    label = "expected a closure that takes an `Outcome`",
    note = "write a closure: `on_finish = |outcome| {{ … }}`",
    note = "the callback has to implement `FnOnce(Outcome)`, `Send` and `'static`"
)]
pub trait FinishCallback: Sized {
    fn value(given: Option<Self>) -> Option<StoredCallback>;
}

#[diagnostic::do_not_recommend]
impl<F: FnOnce(Outcome) + Send + 'static> FinishCallback for F {
    fn value(given: Option<F>) -> Option<StoredCallback> {
        given.map(|callback| StoredCallback(OnFinish::new(callback)))
    }
}

/// The values of `header("Name", …)`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be used as the value of a header field",
    label = "expected text, a number or a `HeaderValue`",
    note = "convert the value to text with `.to_string()`",
    note = "`header` also takes an `Option` or a `Result` of such a value"
)]
pub trait HeaderFieldValue: Sized {
    fn value(given: Option<Self>) -> Option<ConvertedField>;
}

#[diagnostic::do_not_recommend]
impl<T: TryInto<HeaderValue>> HeaderFieldValue for T {
    fn value(given: Option<T>) -> Option<ConvertedField> {
        given.map(|value| ConvertedField(value.try_into().ok()))
    }
}

/// Lets every option take [`Unawaited`], so that the future is the only error.
macro_rules! takes_unawaited {
    ($($need:ident => $value:ty),*) => {$(
        #[diagnostic::do_not_recommend]
        impl $need for Unawaited {
            fn value(_: Option<Self>) -> Option<$value> {
                None
            }
        }
    )*};
}

takes_unawaited! {
    TextValue => String,
    BoolValue => bool,
    SizeValue => u64,
    TimeValue => SystemTime,
    DurationValue => Duration,
    FinishCallback => StoredCallback,
    HeaderFieldValue => ConvertedField
}

/// An argument or a field that the closure of `on_finish` uses.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be used in the closure of `on_finish`",
    label = "the closure needs a clone of this value",
    note = "the closure runs after the view has ended, so it gets clones of the arguments or fields that it uses",
    note = "compute what it needs in a block before the closure: `on_finish = {{ let id = …; move |outcome| … }}`"
)]
pub trait CallbackCapture: Sized {
    fn check(_: PhantomData<Self>) {}
}

/// [`Infallible`] takes the place of every type that can be cloned.
#[diagnostic::do_not_recommend]
impl CallbackCapture for Infallible {}

/// Clones an argument, or causes an error if it cannot be cloned. The levels work as in [`kind`](super::kind).
#[derive(Debug)]
pub struct Capture<T, const LEVEL: u8 = 0>(PhantomData<T>);

impl<T> Capture<T> {
    pub fn of(_: &T) -> Self {
        Self(PhantomData)
    }
}

impl<T: Clone> Capture<T, 0> {
    pub fn clone_for_callback(&self, argument: &T, _: fn(PhantomData<Infallible>)) -> T {
        argument.clone()
    }
}

impl<T> Capture<T, 1> {
    /// Never runs, because the call does not compile.
    pub fn clone_for_callback(&self, _: &T, _: fn(PhantomData<T>)) -> T {
        unreachable!("`T` is not a `CallbackCapture`")
    }
}

impl<T> Deref for Capture<T, 0> {
    type Target = Capture<T, 1>;
    fn deref(&self) -> &Self::Target {
        &Capture(PhantomData)
    }
}

/// A callback for the end of a download.
#[derive(Debug)]
pub struct StoredCallback(OnFinish);

/// The value of a header field, or `None` for a value that cannot be sent.
#[derive(Debug)]
pub struct ConvertedField(Option<HeaderValue>);

impl TryFrom<ConvertedField> for HeaderValue {
    type Error = ();

    fn try_from(field: ConvertedField) -> Result<Self, ()> {
        field.0.ok_or(())
    }
}
