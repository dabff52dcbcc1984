//! Serve generated files from [axum](https://docs.rs/axum): one attribute above a function that returns text, bytes, a
//! reader, a stream or a response, and the client gets a correct, resumable, fast download.
//!
//! ```
//! use axum::{Router, extract::Path, routing::get};
//! use downloadview::download_view;
//!
//! #[download_view(basename = "hello-{name}.txt", attachment)]
//! async fn hello(Path(name): Path<String>) -> String {
//!     format!("Hello {name}!\n")
//! }
//!
//! let app: Router = Router::new().route("/hello/{name}", get(hello));
//! ```
//!
//! # What it is comes before what is in it
//!
//! A view answers in two steps: first its *metadata* (name, type, size, entity tag: the options of the attribute), then
//! its *content* (what the function returns). Where the metadata settle the answer, the function does not run: a 304, a
//! 412, a 416, a `HEAD` of a known size.
//!
//! **Security:** a check inside the function (permission, existence) does not run then either. Whatever must always be
//! checked belongs in an extractor, or in an option that returns a `Result`.
//!
//! # Three ways in
//!
//! - [`#[download_view]`](macro@download_view) above a function;
//! - [`Download`] and [`DownloadRequest`] in a handler of your own;
//! - [`#[derive(DownloadView)]`](derive@DownloadView) for a struct that is a view, or [the trait](trait@DownloadView) by
//!   hand, served by [`serve`] or [`into_handler`](DownloadView::into_handler).
//!
//! The module `testing` (with the feature of that name) asserts what a client gets from each.
//!
//! # What goes wrong is seen
//!
//! A source that fails before its first bytes is a 500, with the reason as a [`Failure`] in the extensions of the response. If it
//! fails later, panics, or does not have the promised `size`, the connection (HTTP/1.1) or the stream (HTTP/2) is aborted: the
//! client sees a failed download, never a short file that looks complete. The reason is logged through `tracing`, with the name of
//! the view, and passed to [`on_finish`](Download::on_finish).
//!
//! Over HTTP/1.0, a client cannot see that a body of unknown length was aborted. Such an answer says `Cache-Control: no-store`, so
//! that no cache keeps half a file; a `size` avoids both.
//!
//! At the level `DEBUG`, all under the target `downloadview`, content is produced in a span `download` with the fields
//! `view`, `status`, `bytes`, `elapsed` and `end`. Each answer ends with an event that has the same fields, in the span around it.
//!
//! # Precedence
//!
//! Settings of a returned [`Download`] or view win over the attribute, and the attribute over what the content brings by itself:
//! the fields of a response, the date of a file. Only the size and the validators of the attribute always win, because the answer
//! may have been decided by them already. So `attachment` over foreign content protects, whatever an upstream says.
//!
//! # Ranges
//!
//! Content has ranges if it has a strong validator: an entity tag without `W/`, or a date that was over when the answer was made.
//! Without one, a client that fetches a file in parts could mix two versions of it. [`ranges(false)`](Download::ranges) turns
//! ranges off.
//!
//! # Cargo features
//!
//! - `mime_guess` (default): knows the media types of a thousand extensions.
//! - `unicode-normalization` (default): spells accented letters in ASCII in the file name for old clients.
//! - `rows`: `Rows`, and views that return structs, as CSV, TSV, JSON Lines or JSON.
//! - `testing`: `assert_download`, for the tests of a service.
//!
//! # Runtime
//!
//! The library needs tokio with its timers, on either flavour of runtime. A runtime that you build yourself needs
//! `enable_all` or `enable_time`, as `#[tokio::main]` has it.
//!
//! Sources that block (readers, iterators, writer closures) are used and dropped on tokio's blocking pool, never on the
//! threads that drive the runtime. A client that reads slowly holds no thread, except that of a writer closure
//! ([`limit_writers`]). Over HTTP/1.1 it costs about 256 KiB of memory, and 128 KiB more if its source blocks. Over HTTP/2,
//! hyper takes up to 400 KiB for each stream whose client lets it.
//!
//! Two timeouts end a download that gets nowhere. [`stall_timeout`](Download::stall_timeout) is about a source that
//! produces nothing while the client waits; [`send_timeout`](Download::send_timeout) is about a client that takes nothing,
//! and is 300 seconds by default.

#![cfg_attr(docsrs, feature(doc_cfg))]

#[doc(hidden)]
pub mod __private;
mod body;
mod content;
mod decision;
mod defaults;
mod download;
mod entity_tag;
mod error;
mod guard;
mod http;
mod media_type;
mod metadata;
mod outcome;
mod permits;
mod report;
mod request;
mod respond;
#[cfg(feature = "rows")]
mod rows;
#[cfg(feature = "testing")]
pub mod testing;
mod unicode;
mod view;

#[doc(hidden)]
pub use __private::needs;
pub use content::{Content, ContentWriter, IntoChunk, IntoContent, limit_writers};
pub use defaults::{Defaults, DefaultsService};
pub use download::Download;
pub use downloadview_macros::{DownloadView, download_view};
pub use error::Failure;
pub use metadata::Metadata;
pub use outcome::{End, Outcome};
pub use request::DownloadRequest;
#[cfg(feature = "rows")]
pub use rows::{Csv, Format, Formulas, RowSink, Rows, UnknownFormat};
pub use view::{DownloadView, ViewHandler, serve};

/// The README's examples, compiled.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;

/// The guide's examples, compiled.
#[cfg(doctest)]
#[doc = include_str!("../coming-from-django-downloadview.md")]
struct ComingFromDjangoDownloadview;

/// The examples of the chapter on tables, compiled.
#[cfg(all(doctest, feature = "rows"))]
#[doc = include_str!("../tables.md")]
struct Tables;
