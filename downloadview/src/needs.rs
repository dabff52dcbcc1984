//! What expansions ask of the user's types. Not public API: it changes without notice.
//!
//! When something is missing, the compiler shows this file; the crate has the module under this name too, and the compiler its traits by theirs.

use crate::outcome::Outcome;

pub use super::{
    derive::{Async, NotAsync},
    kind::{Movable, Something, SourceError},
    options::{Callback, Copied, FieldValue, Flag, Listener, Size, Text, Time, Timeout},
    peel::ViewError,
};

#[cfg(feature = "rows")]
pub use super::items::names::*;

/// What a content method returned.
pub fn outlives_the_view<T>(returned: T) -> T
where
    T: 'static, // by `&self`, return what does not borrow: owned data, or `impl Stream<…> + use<>`
{
    returned
}

/// A field of a view.
pub fn sent<T>()
where
    T: Send, // a view goes from thread to thread, and so does all that is in it
{
}

/// A closure or a function that is told how a download ended. (The bound gives the parameter of a closure its type. What is
/// returned no longer shows it: it would be asked for once more.)
pub fn on_finish<F>(told: F) -> Option<Listener>
where
    F: FnOnce(Outcome) + Send + 'static, // `|outcome| …`: it takes the outcome itself, and goes to another thread
{
    Callback::value(Some(told))
}
