//! Serve generated files from axum: one attribute above a function, and the client gets a correct, resumable, fast download.

#[doc(hidden)]
pub mod __private;
mod basename;
mod body;
mod content;
mod decision;
mod disposition;
mod download;
mod entity_tag;
mod error;
mod head;
mod media_type;
mod metadata;
mod multipart;
mod outcome;
mod request;
mod response;
mod view;

pub use downloadview_macros::download_view;

pub use content::{Content, IntoChunk, IntoContent};
pub use download::Download;
pub use metadata::Metadata;
pub use outcome::{End, Outcome};
pub use request::DownloadRequest;
pub use view::{AsView, DownloadView, serve};
