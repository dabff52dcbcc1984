//! The traits that types with a known conversion lack. Each holds the words of one error.
//!
//! Only [`Fine`] implements them: it takes the place of every type that is not at fault.

use std::marker::PhantomData;

use axum::BoxError;

use crate::content::{Content, IntoContent};

/// The type that has nothing at fault.
#[derive(Debug)]
pub struct Fine;

/// The error of a stream, an iterator or a writer closure.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be used as the error of a download",
    label = "its error cannot be logged",
    note = "use an error that implements `std::error::Error`, `Send` and `Sync`, such as `std::io::Error`",
    note = "an error aborts the download and is logged"
)]
pub trait DownloadError: Sized {
    fn check(_: PhantomData<Self>) {}
    fn into_boxed(self) -> BoxError;
}

#[diagnostic::do_not_recommend]
impl<E: Into<BoxError>> DownloadError for E {
    fn into_boxed(self) -> BoxError {
        self.into()
    }
}

/// Declares a trait for each refusal: what is wrong, at what, and the code to write.
macro_rules! refusals {
    ($($(#[$attribute:meta])* $refusal:ident;)*) => {$(
        $(#[$attribute])*
        pub trait $refusal: Sized {
            fn check(_: PhantomData<Self>) {}
        }

        #[diagnostic::do_not_recommend]
        impl $refusal for Fine {}
    )*};
}

refusals! {
    /// `()`, which would be an empty file.
    #[diagnostic::on_unimplemented(
        message = "this view returns nothing",
        label = "expected the content of the download",
        note = "return what the client downloads, such as a `String`"
    )]
    EmptyContent;

    /// A number, or another value that can be printed.
    #[diagnostic::on_unimplemented(
        message = "`{Self}` cannot be used as the content of a download",
        label = "not text",
        note = "convert the value to text with `.to_string()`"
    )]
    DisplayContent;

    /// A path.
    #[diagnostic::on_unimplemented(
        message = "`{Self}` cannot be used as the content of a download",
        label = "the path of a file, not a file",
        note = "to serve the file, return an `io::Result<Content>`: `Content::from_path(path).await`"
    )]
    PathContent;

    /// A collection of text or bytes.
    #[diagnostic::on_unimplemented(
        message = "`{Self}` cannot be used as the content of a download",
        label = "a collection, not an iterator",
        note = "return an `impl Iterator` over its items: `rows.into_iter()`"
    )]
    CollectionContent;

    /// A collection of anything else.
    #[diagnostic::on_unimplemented(
        message = "`{Self}` cannot be used as the content of a download",
        label = "a collection whose items are not text or bytes",
        note = "return an `impl Iterator<Item = String>`: `rows.into_iter().map(|row| format!(\"…\\n\"))`",
        note = "to send the collection as JSON, return `axum::Json(rows)`"
    )]
    #[cfg_attr(
        feature = "rows",
        diagnostic::on_unimplemented(
            note = "to send a table, derive `serde::Serialize` for its rows, or return `downloadview::Rows::new(rows)`"
        )
    )]
    #[cfg_attr(
        not(feature = "rows"),
        diagnostic::on_unimplemented(
            note = "to send structs as CSV or JSON, enable the cargo feature `rows` of `downloadview`"
        )
    )]
    ItemsContent;

    /// A closure with another signature than that of a writer closure.
    #[diagnostic::on_unimplemented(
        message = "`{Self}` is not a writer closure",
        label = "expected a closure that takes `&mut dyn Write` and returns a `Result<(), E>`",
        note = "return `impl FnOnce(&mut dyn Write) -> io::Result<()>`",
        note = "write the closure as `move |out: &mut dyn Write| -> io::Result<()> {{ … }}`"
    )]
    WriterClosure;

    /// An async closure.
    #[diagnostic::on_unimplemented(
        message = "`{Self}` cannot be used as the content of a download",
        label = "an async closure",
        note = "return a `Content`: `Content::from_async_writer(|mut out| async move {{ … Ok(()) }})`"
    )]
    AsyncWriterContent;

    /// A command or a child process.
    #[diagnostic::on_unimplemented(
        message = "`{Self}` cannot be used as the content of a download",
        label = "a process, not its output",
        note = "return a `Content`: `Content::from_command(command)` starts the command and sends its output",
        note = "`from_command` takes a `tokio::process::Command` and needs the cargo feature `process`"
    )]
    CommandContent;

    /// A future.
    #[diagnostic::on_unimplemented(
        message = "`{Self}` cannot be used as the content of a download",
        label = "a future that is not awaited",
        note = "await the future with `.await`, and return its output"
    )]
    FutureContent;

    /// A boxed trait object that is not `Send`.
    #[diagnostic::on_unimplemented(
        message = "`{Self}` cannot be sent between threads safely",
        label = "not `Send`",
        note = "add `+ Send` to the trait object, as in `Box<dyn Read + Send>` or `Pin<Box<dyn Stream<Item = String> + Send>>`"
    )]
    SendContent;

    /// An `Rc`.
    #[diagnostic::on_unimplemented(
        message = "`{Self}` cannot be sent between threads safely",
        label = "not `Send`",
        note = "use an `Arc` in place of the `Rc`"
    )]
    SharedContent;

    /// A channel whose receiver is not a stream.
    #[diagnostic::on_unimplemented(
        message = "`{Self}` cannot be used as the content of a download",
        label = "not a stream",
        note = "wrap the receiver in `tokio_stream::wrappers::BroadcastStream` or `WatchStream`, and map its items to text or bytes",
        note = "a `tokio::sync::mpsc::Receiver` can be returned as it is"
    )]
    ChannelContent;
}

/// Declares a trait for types that are known by their name only. It holds for all content.
macro_rules! foreign {
    ($($(#[$attribute:meta])* $foreign:ident;)*) => {$(
        $(#[$attribute])*
        pub trait $foreign: Sized {
            fn into_content(self) -> Content;
        }

        #[diagnostic::do_not_recommend]
        impl<T: IntoContent> $foreign for T {
            fn into_content(self) -> Content {
                IntoContent::into_content(self)
            }
        }
    )*};
}

foreign! {
    /// The type `Json`.
    #[diagnostic::on_unimplemented(
        message = "`{Self}` cannot be used as the content of a download",
        label = "its type parameter does not implement `Serialize`",
        note = "add `#[derive(serde::Serialize)]` to the type in the `Json`"
    )]
    JsonContent;

    /// The type `Response`.
    #[diagnostic::on_unimplemented(
        message = "`{Self}` cannot be used as the content of a download",
        label = "not an axum response",
        note = "convert a `reqwest::Response` with `http::Response::from(response).map(axum::body::Body::new)`"
    )]
    ResponseContent;
}
