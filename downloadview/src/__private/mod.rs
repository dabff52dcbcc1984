//! The runtime of the macros. It is not public API and changes without notice.
//!
//! The module [`kind`] converts a returned value to content by its type, with [`items`] for types whose items may be rows of
//! a table. [`refusals`] has the errors about types that cannot be content. The module [`layers`] unwraps the `Result`s and
//! `Option`s around a value. The module [`options`] has the values of options, and [`view`] the static part of a view and the
//! state of a request. The module [`derive`] is for content methods. Through [`needs`], an expansion names everything that the
//! compiler shows in errors.

#![allow(
    missing_docs,
    rustdoc::private_intra_doc_links,
    clippy::missing_errors_doc,
    reason = "nothing in here is public API"
)]

mod choice;
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
pub use kind::{ContentKind, take};
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
