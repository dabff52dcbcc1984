//! Content in memory: text and bytes, never copied.

use std::{
    borrow::Cow,
    io::Cursor,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
};

use axum::BoxError;
use bytes::{Bytes, BytesMut};

use super::{Content, IntoContent};
use crate::{
    body::{Seekable, Source},
    decision::ByteRange,
};

/// A frame is a slice of this size: nothing is gained above it, and what was sent can be told from what was not.
const SLICE: usize = 1 << 20;

/// Bytes as a source, for what cannot simply be sent whole.
pub(crate) struct Memory {
    whole: Bytes,
    left: Bytes,
}

impl Memory {
    pub(crate) fn new(whole: Bytes) -> Self {
        Self {
            left: whole.clone(),
            whole,
        }
    }
}

impl Source for Memory {
    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Bytes, BoxError>>> {
        let n = self.left.len().min(SLICE);
        Poll::Ready((n > 0).then(|| Ok(self.left.split_to(n))))
    }
}

impl Seekable for Memory {
    fn poll_size(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Result<u64, BoxError>> {
        Poll::Ready(Ok(self.whole.len() as u64))
    }

    fn select(mut self: Pin<&mut Self>, range: ByteRange) {
        self.left = range.slice(&self.whole);
    }
}

/// Each type, and a `Cursor` of it, which is served from its beginning, wherever it stands.
macro_rules! memory {
    ($([$($generics:tt)*] $type:ty => |$value:ident| $content:expr;)*) => {$(
        impl<$($generics)*> IntoContent for $type {
            fn into_content(self) -> Content {
                let $value = self;
                $content
            }
        }

        impl<$($generics)*> IntoContent for Cursor<$type> {
            fn into_content(self) -> Content {
                self.into_inner().into_content()
            }
        }
    )*};
}

memory! {
    [] &'static str => |text| Content::from_text(text);
    [] String => |text| Content::from_text(text);
    [] Cow<'static, str> => |text| Content::from_text(text);
    [] Box<str> => |text| Content::from_text(text.into_string());
    [] Arc<str> => |text| Content::text_from_bytes(Bytes::from_owner(SharedText(text)));
    [] Bytes => |bytes| Content::from_bytes(bytes);
    [] BytesMut => |bytes| Content::from_bytes(bytes);
    [] Vec<u8> => |bytes| Content::from_bytes(bytes);
    [] Box<[u8]> => |bytes| Content::from_bytes(bytes);
    [] &'static [u8] => |bytes| Content::from_bytes(bytes);
    [] Arc<[u8]> => |bytes| Content::from_bytes(Bytes::from_owner(bytes));
    [] Cow<'static, [u8]> => |bytes| match bytes {
        Cow::Borrowed(bytes) => Content::from_bytes(bytes),
        Cow::Owned(bytes) => Content::from_bytes(bytes),
    };
    [const N: usize] &'static [u8; N] => |bytes| Content::from_bytes(bytes.as_slice());
    [const N: usize] [u8; N] => |bytes| Content::from_bytes(bytes.to_vec());
}

struct SharedText(Arc<str>);

impl AsRef<[u8]> for SharedText {
    fn as_ref(&self) -> &[u8] {
        self.0.as_bytes()
    }
}
