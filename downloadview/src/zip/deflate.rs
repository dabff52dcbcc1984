//! Compresses the content of an entry, in jobs on the blocking pool.
//!
//! 128 KiB take some milliseconds, which is far too long for a task that shares its thread with others. A hop to the pool takes some
//! microseconds.

use std::{
    mem,
    task::{Context, Poll, ready},
};

use axum::BoxError;
use bytes::Bytes;
use flate2::{Compress, Compression, FlushCompress, Status};
use futures::FutureExt;
use tokio::task::{JoinHandle, spawn_blocking};

use super::reading::Progress;

/// The number of bytes that a job compresses.
const JOB: usize = 128 << 10;

pub(super) struct Deflater {
    state: State,
    /// Bytes for the next job.
    input: Vec<Bytes>,
    len: usize,
    /// The CRC and the size of the content, at its end.
    end: Option<(u32, u64)>,
}

enum State {
    Idle(Compress),
    Busy(JoinHandle<Result<(Compress, Vec<u8>), BoxError>>),
    /// Everything was compressed, or a job failed.
    Done,
}

impl Deflater {
    pub(super) fn new() -> Self {
        Self {
            // Without the header of zlib.
            state: State::Idle(Compress::new(Compression::default(), false)),
            input: Vec::new(),
            len: 0,
            end: None,
        }
    }

    /// Returns the next compressed bytes. `poll_content` reads the content on.
    pub(super) fn poll_next(
        &mut self,
        mut poll_content: impl FnMut(&mut Context<'_>) -> Poll<Result<Progress, BoxError>>,
        cx: &mut Context<'_>,
    ) -> Poll<Result<Progress, BoxError>> {
        loop {
            match &mut self.state {
                State::Busy(job) => {
                    let (compress, output) = ready!(job.poll_unpin(cx))??;
                    self.state = match self.end {
                        Some(_) => State::Done,
                        None => State::Idle(compress),
                    };
                    return Poll::Ready(Ok(Progress::Bytes(output.into())));
                }
                State::Done => return Poll::Ready(Ok(Progress::End(self.end))),
                State::Idle(_) => match ready!(poll_content(cx))? {
                    Progress::Bytes(bytes) => {
                        self.len += bytes.len();
                        self.input.push(bytes);
                        if self.len < JOB {
                            // The caller counts the steps, so that other tasks run, too.
                            return Poll::Ready(Ok(Progress::Bytes(Bytes::new())));
                        }
                        self.start_job();
                    }
                    Progress::End(found) => {
                        self.end = Some(found.unwrap_or_default());
                        self.start_job();
                    }
                },
            }
        }
    }

    fn start_job(&mut self) {
        let State::Idle(compress) = mem::replace(&mut self.state, State::Done) else {
            return;
        };
        let input = mem::take(&mut self.input);
        self.len = 0;
        let flush = match self.end {
            Some(_) => FlushCompress::Finish,
            None => FlushCompress::None,
        };
        let job = spawn_blocking(move || run(compress, &input, flush));
        self.state = State::Busy(job);
    }
}

/// Compresses `input`, and everything that is left if it is the last.
fn run(
    mut compress: Compress,
    input: &[Bytes],
    flush: FlushCompress,
) -> Result<(Compress, Vec<u8>), BoxError> {
    let mut output = Vec::new();
    for bytes in input {
        let end = compress.total_in() + bytes.len() as u64;
        while compress.total_in() < end {
            let left = usize::try_from(end - compress.total_in())?;
            output.reserve(left / 2 + 1024);
            let rest = &bytes[bytes.len() - left..];
            compress.compress_vec(rest, &mut output, FlushCompress::None)?;
        }
    }
    if flush == FlushCompress::Finish {
        output.reserve(1024);
        while compress.compress_vec(&[], &mut output, flush)? != Status::StreamEnd {
            output.reserve(output.capacity().max(1024));
        }
    }
    Ok((compress, output))
}
