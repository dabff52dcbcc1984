//! `downloadview` turns a function into a file download for [axum](https://docs.rs/axum). The function returns text, bytes,
//! a reader, a stream or a response, and the client gets a download with the right name that it can pause, resume and trust.
//!
//! ```no_run
//! use axum::{Router, extract::Path, routing::get};
//! use downloadview::download_view;
//!
//! #[download_view(basename = "hello-{name}.txt", attachment)]
//! async fn hello(Path(name): Path<String>) -> String {
//!     format!("Hello {name}!\n")
//! }
//!
//! #[tokio::main]
//! async fn main() -> std::io::Result<()> {
//!     let app = Router::new().route("/hello/{name}", get(hello));
//!     let listener = tokio::net::TcpListener::bind("127.0.0.1:8000").await?;
//!     axum::serve(listener, app).await
//! }
//! ```
//!
//! The [guide] is a tour with complete programs, and [options] explains each option. [Recipes] use the library with
//! databases, object stores, subprocesses and generators of API documentation. [Troubleshooting] lists the surprises that
//! people meet first.
//!
//! # Three ways to make a download
//!
//! - [`#[download_view]`](macro@download_view) above a function.
//! - [`#[derive(DownloadView)]`](derive@DownloadView) above a struct, or [the trait](trait@DownloadView) by hand. [`serve`] or
//!   [`into_handler`](DownloadView::into_handler) converts it to a handler.
//! - [`Download`] and [`DownloadRequest`] in an ordinary handler.
//!
//! # Conditions and caching
//!
//! A view answers in two steps. The *metadata* comes first: name, type, size and version of the file, which the options
//! describe. The *content* comes second: what the function returns. If the metadata settles the answer, the function does
//! not run. This is the case for a 304, a 412, a 416, and a `HEAD` of a known size.
//!
//! ```
//! use axum::extract::State;
//! use downloadview::download_view;
//!
//! #[derive(Clone)]
//! struct Prices {
//!     revision: u32,
//! }
//!
//! #[download_view(
//!     basename = "prices.csv",
//!     etag = format!("prices-{}", prices.revision),
//!     cache_control = "private, no-cache",
//! )]
//! async fn prices(State(prices): State<Prices>) -> String {
//!     format!("revision,{}\n", prices.revision) // not run if the client has this revision
//! }
//! # let _: axum::Router<Prices> = axum::Router::new().route("/", axum::routing::get(prices));
//! ```
//!
//! **Security:** a check inside the function does not run either. Put a check that must always run into an extractor, or
//! into an option that returns a `Result`.
//!
//! No `Cache-Control` is sent unless you set it. Write `"private, no-cache"` for files that are meant for one user.
//!
//! # Ranges
//!
//! A download can be resumed if its content has a size and a strong validator: an entity tag without `W/`, or, for content that
//! can seek, a date that is at least a second old. Files have both, and so have text and bytes up to 1 MiB. For other
//! content, set the options `size` and `etag`. Without a validator, a client that fetches a file in parts could mix two
//! versions of it, so such content has no ranges. [`ranges(false)`](Download::ranges) turns ranges off.
//!
//! # Failures
//!
//! A source that fails before its first bytes is a 500. The reason is a [`Failure`] in the extensions of the response.
//!
//! A source that fails later, panics, or does not have its promised size aborts the download: the connection over HTTP/1.1, and
//! the stream over HTTP/2. The client sees a failed download, and never a short file that looks complete. Over HTTP/1.0, a
//! client cannot see that a body of unknown length was aborted. Such an answer says `Cache-Control: no-store`.
//!
//! The reason is logged through `tracing` and passed to [`on_finish`](Download::on_finish), which is called exactly once for each
//! request. At the level `DEBUG`, under the target `downloadview`, content is produced in a span `download`. Each answer ends
//! with an event. Both have the fields `view`, `status`, `bytes`, `elapsed` and `end`.
//!
//! # Testing
//!
//! With the feature `testing`, `assert_download` reads a response to its end and asserts what the client gets:
//!
//! ```
//! use downloadview::{DownloadRequest, download_view, testing::assert_download};
//!
//! #[download_view(basename = "terms.txt", attachment)]
//! async fn terms() -> &'static str {
//!     "Be nice.\n"
//! }
//!
//! # #[tokio::main(flavor = "current_thread")] async fn main() {
//! let response = terms(DownloadRequest::default()).await;
//! assert_download(response).await.attachment().basename("terms.txt").body("Be nice.\n");
//! # }
//! ```
//!
//! # Precedence
//!
//! Settings of a returned [`Download`] or view take precedence over the attribute, and the attribute over what the content
//! brings, such as the fields of a response. So `attachment` above a proxied response protects your users, whatever the
//! upstream says. Only `size`, `etag` and `last_modified` of the attribute always win, because the answer may have been decided with them.
//!
//! # Cargo features
//!
//! | feature | default | effect |
//! |---|---|---|
//! | `mime_guess` | yes | knows the media types of a thousand extensions |
//! | `unicode-normalization` | yes | writes accented letters in ASCII in the file name for old clients |
//! | `deflate` | no | compresses the entries of a `Zip`; includes `zip` |
//! | `process` | no | `Content::from_command`: the output of a command |
//! | `rows` | no | `Rows`, and views that return structs, as CSV, TSV, JSON Lines or JSON |
//! | `testing` | no | `testing::assert_download`, for the tests of a service |
//! | `zip` | no | `Zip`: many files as one archive, with its exact size and ranges |
//!
//! # Runtime
//!
//! The library needs tokio with its timers, in either flavour. A runtime that you build yourself needs `enable_all` or
//! `enable_time`. `#[tokio::main]` has it.
//!
//! Sources that block (readers, iterators, writer closures) are used and dropped on tokio's blocking pool. A slow client holds
//! no thread, except that of a writer closure, whose number [`limit_writers`] limits. It costs about 256 KiB of memory over
//! HTTP/1.1, and 128 KiB more if its source blocks. Over HTTP/2, hyper takes up to 400 KiB for each stream.
//!
//! Two timeouts end a download that makes no progress. [`stall_timeout`](Download::stall_timeout) is for a source that produces
//! nothing while the client waits. [`send_timeout`](Download::send_timeout) is for a client that takes nothing, and is 300
//! seconds by default.
//!
//! [guide]: https://github.com/downloadview/downloadview/blob/main/docs/guide.md
//! [options]: https://github.com/downloadview/downloadview/blob/main/docs/options.md
//! [Recipes]: https://github.com/downloadview/downloadview/blob/main/docs/recipes.md
//! [Troubleshooting]: https://github.com/downloadview/downloadview/blob/main/docs/troubleshooting.md

#![cfg_attr(docsrs, feature(doc_cfg))]

mod body;
mod content;
mod decision;
mod defaults;
mod download;
mod error;
mod guard;
// In errors, the compiler shows the whole path of what is in a hidden module, but not of what is behind a hidden re-export.
#[path = "__private"]
mod hidden {
    #[path = "mod.rs"]
    pub mod __private;
}
mod http;
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
#[cfg(feature = "zip")]
mod zip;

pub use content::{Content, ContentWriter, IntoChunk, IntoContent, limit_writers};
pub use defaults::{Defaults, DefaultsService};
pub use download::Download;
pub use downloadview_macros::{DownloadView, download_view};
pub use error::Failure;
#[doc(hidden)]
pub use hidden::__private;
pub use metadata::Metadata;
pub use outcome::{End, Outcome};
pub use request::DownloadRequest;
#[cfg(feature = "rows")]
pub use rows::{Csv, Format, Formulas, RowSink, Rows, UnknownFormat};
pub use view::{DownloadView, ViewHandler, serve};
#[cfg(feature = "zip")]
pub use zip::{Entry, IntoEntry, Zip};

/// The examples of the README, as tests.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
