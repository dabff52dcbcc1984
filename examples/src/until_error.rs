//! A writer for encoders that write once more when they are dropped.

use std::io::{self, Write};

/// Passes bytes on until a write fails, and discards what comes after that.
///
/// A `ZipWriter` that is dropped before its end completes the archive. When the client has left, that fails as well, and the
/// `ZipWriter` prints the error to standard error.
pub(crate) struct UntilError<W> {
    out: W,
    has_failed: bool,
}

impl<W: Write> UntilError<W> {
    pub(crate) fn new(out: W) -> Self {
        Self {
            out,
            has_failed: false,
        }
    }

    fn unless_failed<T>(
        &mut self,
        discarded: T,
        write: impl FnOnce(&mut W) -> io::Result<T>,
    ) -> io::Result<T> {
        if self.has_failed {
            return Ok(discarded);
        }
        write(&mut self.out).inspect_err(|_| self.has_failed = true)
    }
}

impl<W: Write> Write for UntilError<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.unless_failed(bytes.len(), |out| out.write(bytes))
    }

    fn flush(&mut self) -> io::Result<()> {
        self.unless_failed((), Write::flush)
    }
}

#[cfg(test)]
mod tests {
    use zip::{ZipWriter, write::SimpleFileOptions};

    use super::*;

    /// A client that leaves after some bytes.
    struct Leaving {
        left: usize,
        failures: usize,
    }

    impl Write for Leaving {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            if bytes.len() > self.left {
                self.failures += 1;
                return Err(io::ErrorKind::BrokenPipe.into());
            }
            self.left -= bytes.len();
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn an_archive_that_is_dropped_after_an_error_meets_no_other_error() {
        let mut client = Leaving {
            left: 1000,
            failures: 0,
        };
        let mut zip = ZipWriter::new_stream(UntilError::new(&mut client));
        let mut numbers = 0..100_000;
        zip.start_file("numbers.txt", SimpleFileOptions::default())
            .unwrap();
        let written = numbers.try_for_each(|number: u32| writeln!(zip, "{number}"));
        assert_eq!(written.unwrap_err().kind(), io::ErrorKind::BrokenPipe);
        drop(zip);
        assert_eq!(client.failures, 1);
    }
}
