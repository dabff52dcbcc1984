//! Async content: streams of chunks, readers, bodies of responses.

use std::{
    io::{self, SeekFrom},
    pin::Pin,
    task::{Context, Poll, ready},
};

use axum::{BoxError, body::Body};
use bytes::Bytes;
use futures::Stream;
use pin_project_lite::pin_project;
use tokio::io::{AsyncRead, AsyncSeek, ReadBuf};

use super::chunk::sealed::Sealed as Chunk;
use crate::{
    body::{Seekable, Source, frames::Frames},
    decision::ByteRange,
};

/// How many pieces a poll may gather: a source that gives empty ones for ever must let others run.
const MOST_PIECES: usize = 1 << 16;

/// What gives pieces, one a poll.
pub(super) trait Pieces {
    /// Puts the next piece in; `false` at the end.
    fn poll_piece(
        self: Pin<&mut Self>,
        frames: &mut Frames,
        cx: &mut Context<'_>,
    ) -> Poll<Result<bool, BoxError>>;
}

pin_project! {
    /// Pieces gathered to frames, but only while they are ready: what is there when the source waits goes out.
    pub(super) struct Gathered<P> {
        #[pin]
        pieces: P,
        frames: Frames,
        end: Option<Result<(), BoxError>>,
    }
}

impl<P> Gathered<P> {
    pub(super) fn new(pieces: P) -> Self {
        Self {
            pieces,
            frames: Frames::default(),
            end: None,
        }
    }
}

impl<P: Pieces + Send> Source for Gathered<P> {
    fn poll_frame(
        self: Pin<&mut Self>,
        most: usize,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Bytes, BoxError>>> {
        let mut this = self.project();
        this.frames.limit(most);
        let mut pieces = 0;
        while this.end.is_none() && !this.frames.has_whole() && pieces < MOST_PIECES {
            pieces += 1;
            match this.pieces.as_mut().poll_piece(this.frames, cx) {
                Poll::Ready(Ok(true)) => {}
                Poll::Ready(Ok(false)) => *this.end = Some(Ok(())),
                Poll::Ready(Err(error)) => *this.end = Some(Err(error)),
                Poll::Pending if this.frames.is_empty() => return Poll::Pending,
                Poll::Pending => break,
            }
        }
        if let Some(frame) = this.frames.pop() {
            return Poll::Ready(Some(Ok(frame)));
        }
        match this.end.replace(Ok(())) {
            Some(Err(error)) => Poll::Ready(Some(Err(error))),
            Some(Ok(())) => Poll::Ready(None),
            None => {
                *this.end = None;
                cx.waker().wake_by_ref();
                Poll::Pending
            }
        }
    }
}

pin_project! {
    /// A stream of chunks.
    pub(super) struct Chunks<S> {
        #[pin]
        pub(super) stream: S,
    }
}

impl<S: Stream<Item: Chunk>> Pieces for Chunks<S> {
    fn poll_piece(
        self: Pin<&mut Self>,
        frames: &mut Frames,
        cx: &mut Context<'_>,
    ) -> Poll<Result<bool, BoxError>> {
        match ready!(self.project().stream.poll_next(cx)) {
            Some(item) => Poll::Ready(item.put(frames).map(|()| true)),
            None => Poll::Ready(Ok(false)),
        }
    }
}

/// The body of a response; its trailers are dropped.
pub(super) struct ResponseBody(pub(super) Body);

impl Pieces for ResponseBody {
    fn poll_piece(
        mut self: Pin<&mut Self>,
        frames: &mut Frames,
        cx: &mut Context<'_>,
    ) -> Poll<Result<bool, BoxError>> {
        use http_body::Body as _;
        match ready!(Pin::new(&mut self.0).poll_frame(cx)) {
            Some(Ok(frame)) => {
                if let Ok(data) = frame.into_data() {
                    frames.push(data);
                }
                Poll::Ready(Ok(true))
            }
            Some(Err(error)) => Poll::Ready(Err(error.into())),
            None => Poll::Ready(Ok(false)),
        }
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

impl<R: AsyncRead> Pieces for Reader<R> {
    fn poll_piece(
        self: Pin<&mut Self>,
        frames: &mut Frames,
        cx: &mut Context<'_>,
    ) -> Poll<Result<bool, BoxError>> {
        let this = self.project();
        if *this.left == 0 {
            // What comes after the part that was asked for, a failure perhaps, is none of its business.
            return Poll::Ready(Ok(false));
        }
        // From the pool, and back to it while the reader waits.
        let mut buffer = frames.buffer();
        let room = buffer.room();
        let most = usize::try_from(*this.left)
            .unwrap_or(usize::MAX)
            .min(room.len());
        let mut read = ReadBuf::new(&mut room[..most]);
        ready!(this.reader.poll_read(cx, &mut read))?;
        let n = read.filled().len();
        buffer.advance(n);
        *this.left -= n as u64;
        frames.push_buffer(buffer);
        Poll::Ready(Ok(n > 0))
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

/// Where a reader is on its way to.
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
            // tokio wants whatever was begun before to be completed first.
            ready!(reader.as_mut().poll_complete(cx))?;
            reader.as_mut().start_seek(to)?;
            *this.seek = Seek::Started;
        }
        let position = ready!(reader.poll_complete(cx))?;
        *this.seek = Seek::Done;
        Poll::Ready(Ok(position))
    }
}

impl<R: AsyncRead + AsyncSeek> Pieces for SeekableReader<R> {
    fn poll_piece(
        mut self: Pin<&mut Self>,
        frames: &mut Frames,
        cx: &mut Context<'_>,
    ) -> Poll<Result<bool, BoxError>> {
        if !matches!(self.seek, Seek::Done) {
            ready!(self.as_mut().poll_seek(cx))?;
        }
        self.project().reader.poll_piece(frames, cx)
    }
}

impl<R: AsyncRead + AsyncSeek + Send> Seekable for Gathered<SeekableReader<R>> {
    fn poll_size(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<u64, BoxError>> {
        self.project().pieces.poll_seek(cx).map_err(Into::into)
    }

    fn select(self: Pin<&mut Self>, range: ByteRange) {
        let this = self.project();
        *this.end = None;
        let pieces = this.pieces.project();
        *pieces.seek = Seek::Wanted(SeekFrom::Start(range.start));
        *pieces.reader.project().left = range.end - range.start;
    }
}
