//! The values of the attribute's options: what each takes, and how it reaches `Metadata`.

use std::{
    fmt,
    time::{Duration, SystemTime},
};

use axum::http::HeaderValue;

use crate::{
    metadata::{Metadata, Options},
    outcome::Outcome,
};

/// A `None` leaves its option unset.
impl Options {
    pub fn basename(self, value: Option<impl Text>) -> Self {
        self.set(value, |metadata, name| {
            unprepared(metadata).basename(name.into_string())
        })
    }

    /// A basename with values in it, none of which may begin a directory.
    pub fn template(self, name: fmt::Arguments<'_>) -> Self {
        self.basename(Some(name.to_string().replace(['/', '\\'], "_")))
    }

    pub fn attachment(self, value: Option<impl Flag>) -> Self {
        self.set(value, |metadata, flag| {
            if flag.into_bool() {
                unprepared(metadata).attachment()
            } else {
                unprepared(metadata).inline()
            }
        })
    }

    pub fn content_type(self, value: Option<impl Text>) -> Self {
        self.set(value, |metadata, text| {
            unprepared(metadata).content_type(text.into_string())
        })
    }

    pub fn size(self, value: Option<impl Size>) -> Self {
        self.set(value, |metadata, size| metadata.size(size.into_u64()))
    }

    pub fn etag(self, value: Option<impl Text>) -> Self {
        self.set(value, |metadata, text| metadata.etag(text.into_string()))
    }

    pub fn last_modified(self, value: Option<impl Time>) -> Self {
        self.set(value, |metadata, time| {
            metadata.last_modified(time.into_time())
        })
    }

    pub fn cache_control(self, value: Option<impl Text>) -> Self {
        self.set(value, |metadata, text| {
            metadata.cache_control(text.into_string())
        })
    }

    pub fn header(self, name: &'static str, value: Option<impl FieldValue>) -> Self {
        self.set(value, |metadata, value| value.append(metadata, name))
    }

    pub fn stall_timeout(self, value: Option<impl Timeout>) -> Self {
        self.set(value, |metadata, time| {
            metadata.stall_timeout(time.into_duration())
        })
    }

    /// The bound gives the closure's parameter its type.
    pub fn on_finish(self, callback: impl FnOnce(Outcome) + Send + 'static) -> Self {
        self.set(Some(callback), Metadata::on_finish)
    }

    fn set<T>(self, value: Option<T>, set: impl FnOnce(Metadata, T) -> Metadata) -> Self {
        match value {
            Some(value) => set(self.into_metadata(), value).into(),
            None => self,
        }
    }
}

/// Without the header values that were built from the literals and are about to be wrong.
fn unprepared(metadata: Metadata) -> Metadata {
    Metadata {
        prepared: None,
        ..metadata
    }
}

/// What an option that is text takes.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not text",
    label = "not text",
    note = "this option takes a `String`, a `&str` or the like, an `Option` of it, or a `Result` of it"
)]
pub trait Text {
    fn into_string(self) -> String;
}

#[diagnostic::do_not_recommend]
impl<T: AsRef<str>> Text for T {
    fn into_string(self) -> String {
        self.as_ref().to_owned()
    }
}

/// What `attachment` takes.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a `bool`",
    label = "not a `bool`",
    note = "this option takes a `bool`, an `Option` of it, or a `Result` of it"
)]
pub trait Flag {
    fn into_bool(self) -> bool;
}

impl Flag for bool {
    fn into_bool(self) -> bool {
        self
    }
}

/// What `size` takes. Only `u64`, so that a number without a suffix is one.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a number of bytes",
    label = "not a `u64`",
    note = "`size` takes a `u64`, an `Option` of it, or a `Result` of it"
)]
pub trait Size {
    fn into_u64(self) -> u64;
}

impl Size for u64 {
    fn into_u64(self) -> u64 {
        self
    }
}

/// What `last_modified` takes.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a time",
    label = "not a time",
    note = "`last_modified` takes a `SystemTime` or what converts into one, an `Option` of it, or a `Result` of it"
)]
pub trait Time {
    fn into_time(self) -> SystemTime;
}

#[diagnostic::do_not_recommend]
impl<T: Into<SystemTime>> Time for T {
    fn into_time(self) -> SystemTime {
        self.into()
    }
}

/// What `stall_timeout` takes.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a span of time",
    label = "not a `Duration`",
    note = "`stall_timeout` takes a `Duration`, an `Option` of it, or a `Result` of it"
)]
pub trait Timeout {
    fn into_duration(self) -> Duration;
}

impl Timeout for Duration {
    fn into_duration(self) -> Duration {
        self
    }
}

/// What `header("Name", …)` takes.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not the value of a header field",
    label = "not text, a number or a `HeaderValue`",
    note = "`header` takes a `&str`, a `String`, a `HeaderValue` or a number from `u16` up, an `Option` of it, or a `Result` of it"
)]
pub trait FieldValue {
    fn append(self, metadata: Metadata, name: &'static str) -> Metadata;
}

#[diagnostic::do_not_recommend]
impl<T: TryInto<HeaderValue>> FieldValue for T {
    fn append(self, metadata: Metadata, name: &'static str) -> Metadata {
        metadata.header(name, self)
    }
}
