//! Content in memory: text and bytes. Only an array is copied, because `Bytes` cannot take over its memory.

use std::{borrow::Cow, io::Cursor, sync::Arc};

use bytes::{Bytes, BytesMut};

use super::{Content, IntoContent};

/// Implements the trait for each type, and for a `Cursor` of it. The position of the cursor does not matter.
macro_rules! memory {
    ($([$($generics:tt)*] $type:ty => |$value:ident| $content:expr;)*) => {$(
        #[diagnostic::do_not_recommend]
        impl<$($generics)*> IntoContent for $type {
            fn into_content(self) -> Content {
                let $value = self;
                $content
            }
        }

        #[diagnostic::do_not_recommend]
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
    [] Arc<str> => |text| Content::text_from_bytes(Bytes::from_owner(Shared(text)));
    [] Arc<String> => |text| Content::text_from_bytes(Bytes::from_owner(Shared(text)));
    [] &'static String => |text| Content::from_text(text.as_str());
    [] Bytes => |bytes| Content::from_bytes(bytes);
    [] BytesMut => |bytes| Content::from_bytes(bytes);
    [] Vec<u8> => |bytes| Content::from_bytes(bytes);
    [] Box<[u8]> => |bytes| Content::from_bytes(bytes);
    [] &'static [u8] => |bytes| Content::from_bytes(bytes);
    [] Arc<Vec<u8>> => |bytes| Content::from_bytes(Bytes::from_owner(Shared(bytes)));
    [] &'static Vec<u8> => |bytes| Content::from_bytes(bytes.as_slice());
    [] Arc<[u8]> => |bytes| Content::from_bytes(Bytes::from_owner(bytes));
    [] Cow<'static, [u8]> => |bytes| match bytes {
        Cow::Borrowed(bytes) => Content::from_bytes(bytes),
        Cow::Owned(bytes) => Content::from_bytes(bytes),
    };
    [const N: usize] &'static [u8; N] => |bytes| Content::from_bytes(bytes.as_slice());
    [const N: usize] [u8; N] => |bytes| Content::from_bytes(bytes.to_vec());
}

struct Shared<T: ?Sized>(Arc<T>);

impl<T: AsRef<[u8]> + ?Sized> AsRef<[u8]> for Shared<T> {
    fn as_ref(&self) -> &[u8] {
        (*self.0).as_ref()
    }
}

#[cfg(test)]
mod tests {
    use axum::http::Request;
    use futures::StreamExt;

    use bytes::Bytes;

    use crate::{body::source::MEMORY_SLICE, download::Download, request::DownloadRequest};

    /// More than is gathered before the head is sent.
    const SIZE: usize = 3 << 20;

    /// The frames of the answer to `range` that are slices of `file`: where each starts, and its length.
    async fn shared(download: Download, range: &str, file: &Bytes) -> Vec<(usize, usize)> {
        let request = Request::get("/").header("Range", range).body(()).unwrap();
        let request = DownloadRequest::from_parts(&request.into_parts().0);
        let response = download.respond(&request).await;
        let frames = response.into_body().into_data_stream();
        let frames: Vec<Bytes> = frames.map(Result::unwrap).collect().await;
        let memory = file.as_ptr_range();
        let frames = frames
            .iter()
            .filter(|frame| memory.contains(&frame.as_ptr()));
        frames
            .map(|frame| (frame.as_ptr() as usize - memory.start as usize, frame.len()))
            .collect()
    }

    #[tokio::test]
    async fn whole_and_part_share_the_memory_of_the_file() {
        let file = Bytes::from(vec![b'x'; SIZE]);
        let download = || Download::new(file.clone()).etag("v1");
        let whole = shared(download(), "none", &file).await;
        assert_eq!(whole, [(0, SIZE)]);
        let part = shared(download(), "bytes=5-9", &file).await;
        assert_eq!(part, [(5, 5)]);
        let large = shared(download(), "bytes=7-", &file).await;
        assert_eq!(large, [(7, SIZE - 7)]);
    }

    #[tokio::test]
    async fn several_large_parts_share_the_memory_of_the_file() {
        let file = Bytes::from(vec![b'x'; SIZE]);
        let download = Download::new(file.clone()).etag("v1");
        let parts = shared(download, "bytes=1000000-1499999,0-99999", &file).await;
        assert_eq!(parts, [(1_000_000, 500_000), (0, 100_000)]);
    }

    #[tokio::test]
    async fn download_that_is_watched_shares_the_memory_of_the_file() {
        let file = Bytes::from(vec![b'x'; SIZE]);
        let download = Download::new(file.clone()).etag("v1").on_finish(drop);
        let frames = shared(download, "bytes=7-", &file).await;
        let starts: Vec<_> = (0..SIZE - 7)
            .step_by(MEMORY_SLICE)
            .map(|start| start + 7)
            .collect();
        let found: Vec<_> = frames.iter().map(|(start, _)| *start).collect();
        assert_eq!(found, starts);
        assert_eq!(frames.iter().map(|(_, len)| len).sum::<usize>(), SIZE - 7);
    }
}
