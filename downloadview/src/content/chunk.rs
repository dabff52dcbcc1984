//! `IntoChunk`: one item of a stream or an iterator of content.

use std::{borrow::Cow, marker::PhantomData};

use axum::BoxError;
use bytes::Bytes;

/// One item of a stream or an iterator of content: text, bytes, or a `Result` of them.
///
/// It is implemented for `String`, `&'static str`, `Cow<'static, str>`, `Box<str>`, `Bytes`, `Vec<u8>`, `&'static [u8]`,
/// `Box<[u8]>`, and `Result<T, E>` of these with any error that converts into a boxed one. It is sealed: it cannot be
/// implemented outside this crate.
///
/// ```
/// use downloadview::Content;
///
/// let rows = ["id,name\n", "1,Ada\n"];
/// let content = Content::from_chunks(rows.into_iter());
/// # let _ = content;
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be used as an item of a download",
    label = "its items cannot be sent as text or bytes",
    note = "convert each item, as in `.map(|item| format!(\"{{item}}\\n\"))`",
    note = "an item is a `String`, a `&'static str`, `Bytes`, a `Vec<u8>`, or a `Result` of one of these"
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
pub trait IntoChunk: sealed::Sealed {
    /// Does nothing. Expansions name this function, so that the compiler shows where the trait is missing.
    #[doc(hidden)]
    fn check(_: PhantomData<Self>) {}
}

pub(crate) mod sealed {
    use super::{BoxError, Bytes};

    /// The part of `IntoChunk` that users cannot reach, so that it may change.
    pub trait Sealed: Sized {
        /// True if the items are text.
        const TEXT: bool;

        /// The bytes of the item.
        type Piece: AsRef<[u8]> + Into<Bytes>;

        /// Returns the bytes of the item, or the error that it is.
        fn into_piece(self) -> Result<Self::Piece, BoxError>;
    }
}

use sealed::Sealed;

macro_rules! chunk {
    ($text:literal: $($type:ty),*) => {$(
        #[diagnostic::do_not_recommend]
        impl IntoChunk for $type {}

        impl Sealed for $type {
            const TEXT: bool = $text;

            type Piece = Self;

            fn into_piece(self) -> Result<Self, BoxError> {
                Ok(self)
            }
        }
    )*};
}

chunk!(true: String, &'static str);
chunk!(false: Bytes, Vec<u8>, &'static [u8], Box<[u8]>);

#[diagnostic::do_not_recommend]
impl IntoChunk for Box<str> {}

impl Sealed for Box<str> {
    const TEXT: bool = true;

    type Piece = String;

    fn into_piece(self) -> Result<String, BoxError> {
        Ok(self.into_string())
    }
}

#[diagnostic::do_not_recommend]
impl IntoChunk for Cow<'static, str> {}

impl Sealed for Cow<'static, str> {
    const TEXT: bool = true;

    type Piece = Bytes;

    fn into_piece(self) -> Result<Bytes, BoxError> {
        Ok(match self {
            Cow::Borrowed(text) => Bytes::from_static(text.as_bytes()),
            Cow::Owned(text) => Bytes::from(text),
        })
    }
}

#[diagnostic::do_not_recommend]
impl<T: IntoChunk, E: Into<BoxError>> IntoChunk for Result<T, E> {}

#[diagnostic::do_not_recommend]
impl<T: Sealed, E: Into<BoxError>> Sealed for Result<T, E> {
    const TEXT: bool = T::TEXT;

    type Piece = T::Piece;

    fn into_piece(self) -> Result<T::Piece, BoxError> {
        self.map_err(Into::into)?.into_piece()
    }
}
