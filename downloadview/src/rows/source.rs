//! Sources of rows: iterators and streams.

use std::{
    marker::PhantomData,
    pin::Pin,
    task::{Context, Poll, ready},
};

use axum::BoxError;
use futures::Stream;
use pin_project_lite::pin_project;
use serde::Serialize;

use super::encoder::Encoder;
use crate::{
    body::{
        blocking::{BlockingSource, Output},
        buffer::Chunks,
        source::AsyncSource,
    },
    content::poll_gather,
};

/// Converts the items of an iterator or a stream to rows.
pub(super) trait Items<Item>: Send + 'static {
    type Row: Serialize;

    fn row(item: Item) -> Result<Self::Row, BoxError>;
}

/// The items are rows.
pub(super) struct Plain;

/// The items are a `Result` of a row.
pub(super) struct Fallible;

impl<T: Serialize> Items<T> for Plain {
    type Row = T;

    #[inline]
    fn row(item: T) -> Result<T, BoxError> {
        Ok(item)
    }
}

impl<T: Serialize, E: Into<BoxError>> Items<Result<T, E>> for Fallible {
    type Row = T;

    #[inline]
    fn row(item: Result<T, E>) -> Result<T, BoxError> {
        item.map_err(Into::into)
    }
}

/// An iterator of rows.
pub(super) struct Iter<I, K> {
    rows: I,
    encoder: Encoder,
    items: PhantomData<K>,
}

impl<I, K> Iter<I, K> {
    pub(super) fn new(rows: I, encoder: Encoder, _: K) -> Self {
        Self {
            rows,
            encoder,
            items: PhantomData,
        }
    }
}

impl<I: Iterator + Send + 'static, K: Items<I::Item>> BlockingSource for Iter<I, K> {
    fn fill(&mut self, output: &mut Output<'_>) -> Result<bool, BoxError> {
        while !output.is_done() {
            let Some(row) = self.rows.next() else {
                let end = self.encoder.finish()?;
                output.put(|chunks| chunks.extend(end));
                return Ok(false);
            };
            // Serializing and dropping a row runs code of the user, which may block. The chunks are not locked meanwhile.
            let row = K::row(row)?;
            let bytes = self.encoder.row(&row)?;
            output.put(|chunks| chunks.extend(bytes));
        }
        Ok(true)
    }
}

pin_project! {
    /// A stream of rows.
    pub(super) struct Polled<S, K> {
        #[pin]
        rows: S,
        encoder: Encoder,
        items: PhantomData<K>,
    }
}

impl<S, K> Polled<S, K> {
    pub(super) fn new(rows: S, encoder: Encoder, _: K) -> Self {
        Self {
            rows,
            encoder,
            items: PhantomData,
        }
    }
}

impl<S: Stream + Send, K: Items<S::Item>> AsyncSource for Polled<S, K> {
    fn poll_fill(
        self: Pin<&mut Self>,
        chunks: &mut Chunks,
        cx: &mut Context<'_>,
    ) -> Poll<Result<bool, BoxError>> {
        let this = self.project();
        let (mut rows, encoder) = (this.rows, this.encoder);
        poll_gather(chunks, |chunks| {
            if let Some(row) = ready!(rows.as_mut().poll_next(cx)) {
                let row = K::row(row)?;
                chunks.extend(encoder.row(&row)?);
                Poll::Ready(Ok(true))
            } else {
                chunks.extend(encoder.finish()?);
                Poll::Ready(Ok(false))
            }
        })
    }
}
