//! What the expansions of `#[download_view]` and of the derive call. Not public API: it changes without notice.

mod derive;
mod items;
mod kind;
// The compiler shows where it is kept.
#[path = "needs.rs"]
pub mod needs;
mod options;
mod peel;
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
pub use derive::{Called, at_once, lend};
pub use kind::{Kind, take};
pub use options::Copies;
pub use peel::{Returned, Setting, open};
pub use view::{Call, View, answer};

pub use crate::{
    content::{Content, IntoChunk, IntoContent},
    metadata::Metadata,
    request::DownloadRequest,
    respond::options::Options,
    view::DownloadView,
};
