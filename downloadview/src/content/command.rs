//! The output of a command.

use std::{
    error::Error,
    fmt,
    future::Future,
    io, mem,
    pin::{Pin, pin},
    process::{ExitStatus, Stdio},
    task::{Context, Poll, ready},
    time::{Duration, Instant},
};

use axum::BoxError;
use tokio::{
    io::{AsyncRead, ReadBuf},
    process::{Child, ChildStderr, ChildStdout, Command},
};

use crate::body::{
    buffer::{Buffer, Chunks},
    source::AsyncSource,
};

/// The number of bytes of the standard error that are kept.
const STDERR_TAIL: usize = 4 << 10;

/// The time for which bytes are gathered before they are sent.
const GATHERING: Duration = Duration::from_millis(20);

/// A command that is started when its first bytes are needed.
pub(super) struct CommandOutput {
    program: String,
    state: State,
    /// The last bytes of the standard output. They are held until there are more, or the command has succeeded.
    held: Chunks,
    /// The time when the first of the held bytes were read.
    held_since: Instant,
    stderr: Vec<u8>,
}

enum State {
    Due(Box<Command>),
    Running(Box<Running>),
    Ended,
}

struct Running {
    group: Group,
    /// `None` at its end.
    stdout: Option<ChildStdout>,
    stderr: Option<ChildStderr>,
}

impl CommandOutput {
    pub(super) fn new(command: Command) -> Self {
        Self {
            program: command.as_std().get_program().to_string_lossy().into(),
            state: State::Due(Box::new(command)),
            held: Chunks::default(),
            held_since: Instant::now(),
            stderr: Vec::new(),
        }
    }

    fn start(&mut self) -> Result<(), BoxError> {
        if let State::Due(command) = &mut self.state {
            let running = Running::start(command);
            let program = &self.program;
            let running = running
                .map_err(|error| format!("cannot start the command `{program}`: {error}"))?;
            self.state = State::Running(Box::new(running));
        }
        Ok(())
    }

    /// Returns the next output of the command, or `None` once it has succeeded.
    fn poll_output(&mut self, cx: &mut Context<'_>) -> Poll<Result<Option<Chunks>, BoxError>> {
        let State::Running(running) = &mut self.state else {
            return Poll::Ready(Ok(None));
        };
        running.poll_stderr(&mut self.stderr, cx);
        loop {
            let Some(buffer) = ready!(running.poll_stdout(cx))? else {
                break;
            };
            let is_due = self.held.is_full() || self.held_since.elapsed() > GATHERING;
            let due = is_due.then(|| mem::take(&mut self.held));
            if self.held.is_empty() {
                self.held_since = Instant::now();
            }
            self.held.push_buffer(buffer);
            if let Some(due) = due.filter(|due| !due.is_empty()) {
                return Poll::Ready(Ok(Some(due)));
            }
        }
        let status = ready!(running.group.poll_wait(cx))?;
        running.poll_stderr(&mut self.stderr, cx);
        self.state = State::Ended;
        Poll::Ready(self.check(status).map(|()| None))
    }

    fn check(&mut self, status: ExitStatus) -> Result<(), BoxError> {
        let stderr = String::from_utf8_lossy(&self.stderr).trim().to_owned();
        let program = mem::take(&mut self.program);
        if !status.success() {
            return Err(Box::new(Failed {
                program,
                status,
                stderr,
            }));
        }
        if !stderr.is_empty() {
            tracing::debug!(target: crate::outcome::TARGET, program, stderr, "command wrote to its standard error");
        }
        Ok(())
    }
}

impl AsyncSource for CommandOutput {
    fn poll_fill(
        mut self: Pin<&mut Self>,
        chunks: &mut Chunks,
        cx: &mut Context<'_>,
    ) -> Poll<Result<bool, BoxError>> {
        self.start()?;
        let piece = ready!(self.poll_output(cx))?;
        let goes_on = piece.is_some();
        *chunks = piece.unwrap_or_else(|| mem::take(&mut self.held));
        Poll::Ready(Ok(goes_on))
    }
}

impl Running {
    fn start(command: &mut Command) -> io::Result<Self> {
        command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true);
        #[cfg(unix)]
        command.process_group(0);
        let mut child = command.spawn()?;
        Ok(Self {
            stdout: child.stdout.take(),
            stderr: child.stderr.take(),
            group: Group(child),
        })
    }

    /// Reads once. Returns `None` at the end.
    fn poll_stdout(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<Option<Buffer>>> {
        let Some(stdout) = &mut self.stdout else {
            return Poll::Ready(Ok(None));
        };
        let mut buffer = Buffer::new();
        let mut read = ReadBuf::new(buffer.room());
        ready!(Pin::new(stdout).poll_read(cx, &mut read))?;
        let n = read.filled().len();
        buffer.advance(n);
        if n == 0 {
            self.stdout = None;
            return Poll::Ready(Ok(None));
        }
        Poll::Ready(Ok(Some(buffer)))
    }

    /// Reads the available standard error, so that the command does not block on it, and keeps its end in `tail`.
    fn poll_stderr(&mut self, tail: &mut Vec<u8>, cx: &mut Context<'_>) {
        let mut room = [0; STDERR_TAIL];
        while let Some(stderr) = &mut self.stderr {
            let mut read = ReadBuf::new(&mut room);
            match Pin::new(stderr).poll_read(cx, &mut read) {
                Poll::Ready(Ok(())) if !read.filled().is_empty() => {
                    tail.extend_from_slice(read.filled());
                    tail.drain(..tail.len().saturating_sub(STDERR_TAIL));
                }
                Poll::Ready(_) => self.stderr = None,
                Poll::Pending => return,
            }
        }
    }
}

/// A child that leads a process group. Dropping it kills the group unless the child has ended.
struct Group(Child);

impl Group {
    fn poll_wait(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<ExitStatus>> {
        pin!(self.0.wait()).poll(cx)
    }
}

impl Drop for Group {
    /// tokio kills the child and waits for it in the background. Until then, no other process can have its number.
    fn drop(&mut self) {
        #[cfg(unix)]
        {
            use rustix::process::{Pid, Signal, kill_process_group};
            let group = self.0.id().and_then(|id| i32::try_from(id).ok());
            if let Some(group) = group.and_then(Pid::from_raw) {
                // An error means that the group has no processes left.
                let _ = kill_process_group(group, Signal::KILL);
            }
        }
    }
}

/// The error of a command that did not succeed.
#[derive(Debug)]
struct Failed {
    program: String,
    status: ExitStatus,
    stderr: String,
}

impl fmt::Display for Failed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            program,
            status,
            stderr,
        } = self;
        write!(f, "the command `{program}` failed with {status}")?;
        if stderr.is_empty() {
            return Ok(());
        }
        write!(f, ": {stderr}")
    }
}

impl Error for Failed {}
