//! Writer closures, for encoders.

use std::{
    fmt,
    io::{self, ErrorKind, Write},
    mem,
};

use axum::BoxError;

use crate::{
    body::{
        blocking::{BlockingSource, Output},
        buffer::Buffer,
    },
    permits::Permits,
};

/// A closure that writes the whole content. Its job lasts until the client has taken everything.
pub(super) struct Writer<W>(Option<W>);

impl<W> Writer<W> {
    pub(super) fn new<E>(write: W) -> Self
    where
        W: FnOnce(&mut Pipe<'_, '_>) -> Result<(), E>,
    {
        Self(Some(write))
    }
}

impl<W, E> BlockingSource for Writer<W>
where
    W: FnOnce(&mut Pipe<'_, '_>) -> Result<(), E> + Send + 'static,
    E: Into<BoxError> + 'static,
{
    fn fill(&mut self, output: &mut Output<'_>) -> Result<bool, BoxError> {
        if let Some(write) = self.0.take() {
            let mut pipe = Pipe {
                output,
                buffer: Buffer::new(),
            };
            write(&mut pipe).map_err(Into::into)?;
            pipe.output.hand_over_last(pipe.buffer);
        }
        Ok(false)
    }

    fn permits(&self) -> Option<&'static Permits> {
        Some(&WRITERS)
    }
}

/// A quarter of the threads that tokio's blocking pool has.
static WRITERS: Permits = Permits::new(128);

/// Sets how many writer closures run at once in this process. The default is 128.
///
/// A writer closure holds a thread of tokio's blocking pool until its client has taken everything. Slow clients could
/// therefore use up the pool, which has 512 threads by default. Closures above the limit wait for a permit before the
/// head of their response is sent.
///
/// The limit can be changed at any time. With a higher limit, waiting closures start at once. With a lower one, running
/// closures finish. A limit of 0 means 1.
///
/// ```
/// use std::{io::Write, time::Duration};
/// use downloadview::{Download, DownloadRequest};
///
/// # #[tokio::main(flavor = "current_thread")] async fn main() {
/// downloadview::limit_writers(1);
/// let request = DownloadRequest::default();
/// let export = || Download::from_writer(|out: &mut dyn Write| out.write_all(&[b'x'; 1 << 20]));
///
/// let first = export().respond(&request).await; // its client takes nothing yet
/// let second = export().respond(&request);
/// assert!(tokio::time::timeout(Duration::from_millis(50), second).await.is_err());
/// drop(first);
/// assert_eq!(export().respond(&request).await.status(), 200);
/// # }
/// ```
pub fn limit_writers(at_once: usize) {
    WRITERS.set_limit(at_once);
}

/// The writer that a closure gets. A write blocks while the client has not taken the earlier output.
pub(super) struct Pipe<'a, 'b> {
    output: &'a mut Output<'b>,
    buffer: Buffer,
}

impl Pipe<'_, '_> {
    #[cold]
    fn write_across(&mut self, mut bytes: &[u8]) -> io::Result<()> {
        while !bytes.is_empty() {
            let n = self.write(bytes)?;
            bytes = &bytes[n..];
        }
        Ok(())
    }
}

impl Write for Pipe<'_, '_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.buffer.room().is_empty() {
            self.flush()?;
        }
        let room = self.buffer.room();
        let n = bytes.len().min(room.len());
        room[..n].copy_from_slice(&bytes[..n]);
        self.buffer.advance(n);
        Ok(n)
    }

    #[inline]
    fn write_all(&mut self, bytes: &[u8]) -> io::Result<()> {
        if self.buffer.try_extend(bytes) {
            Ok(())
        } else {
            self.write_across(bytes)
        }
    }

    /// Does the same as the default method with fewer calls, because formatting writes very small pieces.
    fn write_fmt(&mut self, arguments: fmt::Arguments<'_>) -> io::Result<()> {
        let mut pieces = Pieces {
            pipe: self,
            error: None,
        };
        fmt::write(&mut pieces, arguments).map_err(|failed| {
            let error = pieces.error.take();
            error.unwrap_or_else(|| io::Error::other(failed))
        })
    }

    /// Sends the output so far.
    fn flush(&mut self) -> io::Result<()> {
        if self.buffer.filled().is_empty() {
            return Ok(());
        }
        let written = mem::replace(&mut self.buffer, Buffer::new());
        if self.output.hand_over(written) {
            Ok(())
        } else {
            Err(io::Error::new(ErrorKind::BrokenPipe, "the client has left"))
        }
    }
}

/// A [`fmt::Write`] for `write!`, and the error that ended it.
struct Pieces<'p, 'a, 'b> {
    pipe: &'p mut Pipe<'a, 'b>,
    error: Option<io::Error>,
}

impl fmt::Write for Pieces<'_, '_, '_> {
    fn write_str(&mut self, piece: &str) -> fmt::Result {
        self.pipe.write_all(piece.as_bytes()).map_err(|error| {
            self.error = Some(error);
            fmt::Error
        })
    }
}
