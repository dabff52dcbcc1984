//! The traits and functions that an expansion names, so that the compiler reports what a user's type lacks.
//!
//! Their names are unique, so that the compiler shows them without a path. It also shows lines of this file.

use crate::outcome::Outcome;

pub use super::{
    derive::{AsyncMethod, BlockingMethod},
    layers::{AwaitedValue, BoxedViewError, EmptyViewError, ViewError},
    options::{
        BoolValue, CallbackCapture, DurationValue, FinishCallback, HeaderFieldValue, SizeValue,
        StoredCallback, TextValue, TimeValue,
    },
    refusals::{
        AsyncWriterContent, ChannelContent, CollectionContent, CommandContent, DisplayContent,
        DownloadError, EmptyContent, FutureContent, ItemsContent, JsonContent, PathContent,
        ResponseContent, SendContent, SharedContent, WriterClosure,
    },
};

#[cfg(feature = "rows")]
pub use super::items::names::*;

/// Returns what a content method returned.
pub fn content_method<T>(returned: T) -> T
where
    T: 'static, // a method with `&self` returns owned data, or `impl Stream<Item = String> + use<>`
{
    returned
}

/// Checks the type of a field.
pub fn field_of_a_view<T>()
where
    T: Send, // a view moves between threads, and so do its fields
{
}

/// Returns a callback for the end of a download.
///
/// The bound gives the parameter of a closure its type. The closure is not a part of the returned type, or the compiler
/// would report the bound twice.
pub fn on_finish<F>(callback: F) -> Option<StoredCallback>
where
    F: FnOnce(Outcome) + Send + 'static, // the callback takes an `Outcome`, and moves to another thread
{
    FinishCallback::value(Some(callback))
}
