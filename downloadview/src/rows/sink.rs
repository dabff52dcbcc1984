//! `RowSink`: rows from a future.

use std::{
    fmt,
    future::{Future, poll_fn},
    sync::{Arc, Mutex, PoisonError},
};

use axum::BoxError;
use serde::Serialize;

use super::encoder::Encoder;
use crate::content::{ContentWriter, Producer};

/// Receives the rows of [`Rows::with`](crate::Rows::with).
///
/// ```
/// use downloadview::{Rows, RowSink};
///
/// async fn squares(mut out: RowSink) -> std::io::Result<()> {
///     for number in 1..=3 {
///         out.row(&(number, number * number)).await.map_err(std::io::Error::other)?;
///     }
///     Ok(())
/// }
///
/// let rows = Rows::with(|out| async move { Ok(squares(out).await?) });
/// # let _ = rows;
/// ```
pub struct RowSink {
    /// `None` only while the sink is being dropped.
    parts: Option<(ContentWriter, Encoder)>,
    /// Receives the parts when the sink is dropped, so that the end of the file can be written.
    returned: Returned,
}

type Returned = Arc<Mutex<Option<(ContentWriter, Encoder)>>>;

const DROPPED: &str = "the parts are taken only when the sink is dropped";

impl RowSink {
    /// Adds a row, and waits while the client is behind.
    ///
    /// The row is encoded immediately, before the future is polled, so it may borrow data that changes later. The future is
    /// pending while 64 KiB wait for the client. If it is dropped while it is pending, the row is still sent.
    ///
    /// # Errors
    ///
    /// Returns an error if the rules of [`Rows`](crate::Rows) do not allow the row. The download then fails even if the error is
    /// ignored. The only other error is [`BrokenPipe`](std::io::ErrorKind::BrokenPipe), if the sink outlives its download.
    ///
    /// ```
    /// use downloadview::Rows;
    ///
    /// let rows = Rows::with(|mut out| async move {
    ///     let name = String::from("Ada");
    ///     out.row(&(1, &name)).await?;
    ///     out.row::<(u32, &str)>(&(2, "Grace")).await
    /// });
    /// # let _ = rows;
    /// ```
    #[expect(
        clippy::missing_panics_doc,
        reason = "only a dropped sink lacks its parts"
    )]
    pub fn row<T: Serialize + ?Sized>(
        &mut self,
        row: &T,
    ) -> impl Future<Output = Result<(), BoxError>> + Send {
        let (out, encoder) = self.parts.as_mut().expect(DROPPED);
        let added = encoder.row(row).and_then(|bytes| Ok(out.add(bytes)?));
        async move {
            if !added? {
                poll_fn(|cx| out.poll_room(cx)).await?;
            }
            Ok(())
        }
    }
}

impl fmt::Debug for RowSink {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RowSink").finish_non_exhaustive()
    }
}

impl Drop for RowSink {
    fn drop(&mut self) {
        let mut returned = self.returned.lock().unwrap_or_else(PoisonError::into_inner);
        *returned = self.parts.take();
    }
}

/// Returns the source of the rows that `make` adds to its sink.
pub(super) fn producer<F>(
    encoder: Encoder,
    make: impl FnOnce(RowSink) -> F + Send + 'static,
) -> Producer
where
    F: Future<Output = Result<(), BoxError>> + Send + 'static,
{
    Producer::new(|out| async move {
        let returned = Returned::default();
        let sink = RowSink {
            parts: Some((out, encoder)),
            returned: Arc::clone(&returned),
        };
        make(sink).await?;
        let parts = returned
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
        let (out, mut encoder) = parts.ok_or("the sink of the rows outlives their future")?;
        out.add(encoder.finish()?)?;
        Ok(())
    })
}
