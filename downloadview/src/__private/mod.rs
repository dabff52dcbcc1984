//! The runtime of the macros. It is not public API and changes without notice.
//!
//! - [`kind`], [`items`] and [`refusals`]: from a returned value to content, by its type.
//! - [`layers`]: the `Result`s and `Option`s around a value.
//! - [`options`]: the values of options.
//! - [`view`]: the static part of a view, and the state of a request.
//! - [`derive`]: content methods.
//! - [`needs`]: everything of which the compiler shows a name or a line.

#![allow(
    missing_docs,
    clippy::missing_errors_doc,
    reason = "nothing in here is public API"
)]

mod derive;
mod items;
mod kind;
mod layers;
pub mod needs;
mod options;
mod refusals;
mod view;

pub use std::{
    concat,
    convert::From,
    format_args,
    future::{Future, Ready},
    marker::{Send, Sync},
    module_path,
    result::Result::{self, Err, Ok},
};

pub use crate::__private as itself;
pub use axum::{self, response::Response};
pub use derive::{MethodOutput, at_once, lend};
pub use kind::{Kind, take};
pub use layers::{OptionValue, Returned, unwrap};
pub use options::Capture;
pub use view::{Call, StaticView, answer};

pub use crate::{
    content::{Content, IntoChunk, IntoContent},
    metadata::Metadata,
    request::DownloadRequest,
    respond::options::Options,
    view::DownloadView,
};
