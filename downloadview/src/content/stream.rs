//! Async content: streams of chunks, readers, bodies of responses.

use std::{
    io::{self, SeekFrom},
    pin::Pin,
    task::{Context, Poll, ready},
};

use axum::{BoxError, body::Body};
use futures::Stream;
use pin_project_lite::pin_project;
use tokio::io::{AsyncRead, AsyncSeek, ReadBuf};

use super::chunk::sealed::Sealed as Chunk;
use crate::{
    body::{
        buffer::{Buffer, CHUNK, Chunks},
        source::AsyncSource,
    },
    http::range::ByteRange,
};

/// The maximum number of items that a poll takes. A source of endless empty items must let other tasks run.
const MAX_ITEMS: usize = CHUNK;

/// Adds items until the chunks are full or the next item is pending. `poll_item` returns false at the end.
pub(crate) fn poll_gather(
    chunks: &mut Chunks,
    mut poll_item: impl FnMut(&mut Chunks) -> Poll<Result<bool, BoxError>>,
) -> Poll<Result<bool, BoxError>> {
    for _ in 0..MAX_ITEMS {
        match poll_item(chunks) {
            Poll::Ready(Ok(true)) if chunks.is_full() => break,
            Poll::Ready(Ok(true)) => {}
            Poll::Pending if !chunks.is_empty() => break,
            ended => return ended,
        }
    }
    Poll::Ready(Ok(true))
}

pin_project! {
    /// A stream of items.
    pub(super) struct Items<S> {
        #[pin]
        pub(super) stream: S,
    }
}

impl<S: Stream<Item: Chunk> + Send> AsyncSource for Items<S> {
    fn poll_fill(
        self: Pin<&mut Self>,
        chunks: &mut Chunks,
        cx: &mut Context<'_>,
    ) -> Poll<Result<bool, BoxError>> {
        let mut stream = self.project().stream;
        poll_gather(chunks, |chunks| {
            match ready!(stream.as_mut().poll_next(cx)) {
                Some(item) => {
                    chunks.push(item.into_piece()?);
                    Poll::Ready(Ok(true))
                }
                None => Poll::Ready(Ok(false)),
            }
        })
    }
}

/// The body of a response. Its trailers are dropped.
pub(crate) struct ResponseBody(pub(crate) Body);

impl AsyncSource for ResponseBody {
    fn poll_fill(
        mut self: Pin<&mut Self>,
        chunks: &mut Chunks,
        cx: &mut Context<'_>,
    ) -> Poll<Result<bool, BoxError>> {
        use http_body::Body as _;
        poll_gather(chunks, |chunks| {
            match ready!(Pin::new(&mut self.0).poll_frame(cx)) {
                Some(Ok(frame)) => {
                    if let Ok(data) = frame.into_data() {
                        drop(chunks.push(data));
                    }
                    Poll::Ready(Ok(true))
                }
                Some(Err(error)) => Poll::Ready(Err(error.into())),
                None => Poll::Ready(Ok(false)),
            }
        })
    }
}

pin_project! {
    /// An async reader.
    pub(super) struct Reader<R> {
        #[pin]
        reader: R,
        left: u64,
    }
}

impl<R> Reader<R> {
    pub(super) fn new(reader: R) -> Self {
        Self {
            reader,
            left: u64::MAX,
        }
    }
}

impl<R: AsyncRead> Reader<R> {
    /// Reads once. Returns false at the end.
    fn poll_read(
        self: Pin<&mut Self>,
        chunks: &mut Chunks,
        cx: &mut Context<'_>,
    ) -> Poll<Result<bool, BoxError>> {
        let this = self.project();
        if *this.left == 0 {
            // Bytes or a failure after the selected range do not matter.
            return Poll::Ready(Ok(false));
        }
        // The buffer returns to its pool while the reader is pending.
        let mut buffer = Buffer::new();
        let room = buffer.room();
        let wanted = usize::try_from(*this.left)
            .unwrap_or(usize::MAX)
            .min(room.len());
        let mut read = ReadBuf::new(&mut room[..wanted]);
        ready!(this.reader.poll_read(cx, &mut read))?;
        let n = read.filled().len();
        buffer.advance(n);
        *this.left -= n as u64;
        chunks.push_buffer(buffer);
        Poll::Ready(Ok(n > 0 && *this.left > 0))
    }
}

impl<R: AsyncRead + Send> AsyncSource for Reader<R> {
    fn poll_fill(
        mut self: Pin<&mut Self>,
        chunks: &mut Chunks,
        cx: &mut Context<'_>,
    ) -> Poll<Result<bool, BoxError>> {
        poll_gather(chunks, |chunks| self.as_mut().poll_read(chunks, cx))
    }
}

pin_project! {
    /// An async reader that can seek.
    pub(super) struct SeekableReader<R> {
        #[pin]
        reader: Reader<R>,
        seek: Seek,
    }
}

/// The seek of a reader that is under way.
enum Seek {
    Wanted(SeekFrom),
    Started,
    Done,
}

impl<R: AsyncSeek> SeekableReader<R> {
    pub(super) fn new(reader: R) -> Self {
        Self {
            reader: Reader::new(reader),
            seek: Seek::Wanted(SeekFrom::End(0)),
        }
    }

    fn poll_seek(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<u64>> {
        let this = self.project();
        let mut reader = this.reader.project().reader;
        if let Seek::Wanted(to) = *this.seek {
            // tokio requires that an earlier operation is completed first.
            ready!(reader.as_mut().poll_complete(cx))?;
            reader.as_mut().start_seek(to)?;
            *this.seek = Seek::Started;
        }
        let position = ready!(reader.poll_complete(cx))?;
        *this.seek = Seek::Done;
        Poll::Ready(Ok(position))
    }
}

impl<R: AsyncRead + AsyncSeek + Send> AsyncSource for SeekableReader<R> {
    fn poll_fill(
        mut self: Pin<&mut Self>,
        chunks: &mut Chunks,
        cx: &mut Context<'_>,
    ) -> Poll<Result<bool, BoxError>> {
        if !matches!(self.seek, Seek::Done) {
            ready!(self.as_mut().poll_seek(cx))?;
        }
        self.project().reader.poll_fill(chunks, cx)
    }

    fn poll_size(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<u64, BoxError>> {
        self.poll_seek(cx).map_err(Into::into)
    }

    fn select(self: Pin<&mut Self>, range: ByteRange) {
        let this = self.project();
        *this.seek = Seek::Wanted(SeekFrom::Start(range.start));
        *this.reader.project().left = range.end - range.start;
    }
}
