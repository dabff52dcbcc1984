//! A peer with axum alone: handwritten handlers, optimised for content that is known in advance.
//!
//! It sends the same header fields as `ours`. It supports only the condition of W6 and the ranges of W5.

use std::{
    convert::Infallible,
    fs::File,
    io,
    mem::take,
    os::unix::fs::MetadataExt,
    pin::Pin,
    sync::{Arc, LazyLock, Mutex},
    task::{Context, Poll},
};

use axum::{
    Router,
    body::Body,
    http::{
        HeaderMap, HeaderName, HeaderValue, StatusCode,
        header::{
            ACCEPT_RANGES, CONTENT_DISPOSITION, CONTENT_LENGTH, CONTENT_RANGE, CONTENT_TYPE, ETAG,
            IF_NONE_MATCH, LAST_MODIFIED, RANGE, X_CONTENT_TYPE_OPTIONS,
        },
    },
    response::Response,
    routing::get,
};
use benches::{
    BIG_LEN, BIG_PATH, BLOB, ENDLESS, HELLO, ORDER_LEN, ORDERS_HEADER, Order, ROW_LEN, ROWS, order,
    row, slow_rows,
};
use bytes::{BufMut, Bytes, BytesMut};
use futures::StreamExt;
use http_body::{Frame, SizeHint};
use rustix::{buffer::spare_capacity, io::pread};

/// The size of a frame of a file. Larger frames are not faster.
const FILE_FRAME: usize = 256 << 10;
/// The size of a frame of rows.
const ROWS_FRAME: usize = 32 << 10;

const OCTETS: HeaderValue = HeaderValue::from_static("application/octet-stream");
const CSV: HeaderValue = HeaderValue::from_static("text/csv; charset=utf-8");
const TEXT: HeaderValue = HeaderValue::from_static("text/plain; charset=utf-8");
const HELLO_NAME: HeaderValue =
    HeaderValue::from_static("attachment; filename=\"hello-world.txt\"");
const HELLO_LEN: HeaderValue = HeaderValue::from_static("13");
const HELLO_TAG: HeaderValue = HeaderValue::from_static("\"Toa3Ny0UoeL6rqWV\"");
const BLOB_NAME: HeaderValue = HeaderValue::from_static("attachment; filename=\"64m.bin\"");
const BIG_NAME: HeaderValue = HeaderValue::from_static("attachment; filename=\"1g.bin\"");
const ROWS_NAME: HeaderValue = HeaderValue::from_static("attachment; filename=\"rows.csv\"");
const V1: HeaderValue = HeaderValue::from_static("\"v1\"");
const BYTES: HeaderValue = HeaderValue::from_static("bytes");
const NONE: HeaderValue = HeaderValue::from_static("none");
const NOSNIFF: HeaderValue = HeaderValue::from_static("nosniff");

static BIG: LazyLock<Big> = LazyLock::new(|| Big::open().expect("the data"));

fn main() -> io::Result<()> {
    let router = Router::new()
        .route("/w1", get(hello))
        .route("/w2", get(blob))
        .route("/w3", get(big))
        .route("/w4", get(async || rows(ROWS)))
        .route("/w5", get(big))
        .route("/w6", get(tagged))
        .route("/w7", get(async || rows(ENDLESS)))
        .route("/w8", get(slow))
        .route("/w9", get(orders))
        .route("/w9-json", get(orders_json));
    benches::serve(router)
}

async fn hello() -> Response {
    hello_with(HELLO_TAG)
}

async fn tagged(request: HeaderMap) -> Response {
    if request.get(IF_NONE_MATCH).is_some_and(|tag| tag == V1) {
        let mut response = reply(
            Body::empty(),
            [(ETAG, V1), (X_CONTENT_TYPE_OPTIONS, NOSNIFF)],
        );
        *response.status_mut() = StatusCode::NOT_MODIFIED;
        return response;
    }
    hello_with(V1)
}

fn hello_with(tag: HeaderValue) -> Response {
    reply(
        Body::from(HELLO),
        [
            (CONTENT_TYPE, TEXT),
            (CONTENT_DISPOSITION, HELLO_NAME),
            (CONTENT_LENGTH, HELLO_LEN),
            (ACCEPT_RANGES, BYTES),
            (ETAG, tag),
            (X_CONTENT_TYPE_OPTIONS, NOSNIFF),
        ],
    )
}

async fn blob() -> Response {
    reply(
        Body::from(BLOB.clone()),
        [
            (CONTENT_TYPE, OCTETS),
            (CONTENT_DISPOSITION, BLOB_NAME),
            (ACCEPT_RANGES, BYTES),
            (X_CONTENT_TYPE_OPTIONS, NOSNIFF),
        ],
    )
}

async fn big(request: HeaderMap) -> Response {
    let Some(range) = request.get(RANGE) else {
        return big_with(Body::new(FileBody::new(&BIG.file)));
    };
    let (first, last) = bounds(range).expect("the driver requests a single range");
    let content_range = format!("bytes {first}-{last}/{BIG_LEN}");
    let mut response = big_with(Body::from(BIG.read(first, last)));
    *response.status_mut() = StatusCode::PARTIAL_CONTENT;
    let content_range = HeaderValue::try_from(content_range).expect("digits");
    response.headers_mut().insert(CONTENT_RANGE, content_range);
    response
}

fn big_with(body: Body) -> Response {
    reply(
        body,
        [
            (CONTENT_TYPE, OCTETS),
            (CONTENT_DISPOSITION, BIG_NAME),
            (ACCEPT_RANGES, BYTES),
            (ETAG, BIG.tag.clone()),
            (LAST_MODIFIED, BIG.modified.clone()),
            (X_CONTENT_TYPE_OPTIONS, NOSNIFF),
        ],
    )
}

fn bounds(range: &HeaderValue) -> Option<(u64, u64)> {
    let range = range.to_str().ok()?.strip_prefix("bytes=")?;
    let (first, last) = range.split_once('-')?;
    Some((first.parse().ok()?, last.parse().ok()?))
}

fn rows(count: u32) -> Response {
    rows_with(Body::new(PackedRows {
        rows: (0..count).map(row),
        frame: BytesMut::new(),
    }))
}

async fn orders() -> Response {
    rows_with(Body::new(PackedOrders {
        orders: (0..ROWS).map(order),
        write: |order: &Order, frame: &mut BytesMut| order.write_csv(&mut frame.writer()),
        frame: BytesMut::from(ORDERS_HEADER),
    }))
}

async fn orders_json() -> Response {
    rows_with(Body::new(PackedOrders {
        orders: (0..ROWS).map(order),
        write: |order: &Order, frame: &mut BytesMut| order.write_json(&mut frame.writer()),
        frame: BytesMut::new(),
    }))
}

async fn slow() -> Response {
    rows_with(Body::from_stream(slow_rows().map(Ok::<_, Infallible>)))
}

fn rows_with(body: Body) -> Response {
    reply(
        body,
        [
            (CONTENT_TYPE, CSV),
            (CONTENT_DISPOSITION, ROWS_NAME),
            (ACCEPT_RANGES, NONE),
            (X_CONTENT_TYPE_OPTIONS, NOSNIFF),
        ],
    )
}

fn reply<const N: usize>(body: Body, fields: [(HeaderName, HeaderValue); N]) -> Response {
    let mut response = Response::new(body);
    for (name, value) in fields {
        response.headers_mut().insert(name, value);
    }
    response
}

/// The file of W3 and W5, opened once.
struct Big {
    file: Arc<File>,
    tag: HeaderValue,
    modified: HeaderValue,
}

impl Big {
    fn open() -> io::Result<Self> {
        let file = File::open(&*BIG_PATH)?;
        let metadata = file.metadata()?;
        let (seconds, inode) = (metadata.mtime(), metadata.ino());
        let tag = format!(
            "\"{BIG_LEN:x}-{seconds:x}{:x}-{inode:x}\"",
            metadata.mtime_nsec()
        );
        let modified = httpdate::fmt_http_date(metadata.modified()?);
        Ok(Self {
            file: Arc::new(file),
            tag: HeaderValue::try_from(tag).expect("ASCII"),
            modified: HeaderValue::try_from(modified).expect("ASCII"),
        })
    }

    /// Reads a whole range, so that the head and the body can be sent with one write.
    fn read(&self, first: u64, last: u64) -> Bytes {
        let length = usize::try_from(last + 1 - first).expect("small ranges");
        let mut buffer = Vec::with_capacity(length);
        fill(&mut buffer, &self.file, first).expect("the data is there");
        buffer.into()
    }
}

/// A body that reads a file on the worker thread. This is only suitable for a file in the page cache.
struct FileBody {
    file: Arc<File>,
    position: u64,
    spare: Pool,
}

impl FileBody {
    fn new(file: &Arc<File>) -> Self {
        Self {
            file: file.clone(),
            position: 0,
            spare: Pool::default(),
        }
    }

    fn read(&mut self) -> io::Result<Bytes> {
        let spare = self.spare.lock().expect("no panics").pop();
        let mut buffer = spare.unwrap_or_else(|| Vec::with_capacity(FILE_FRAME));
        self.position += fill(&mut buffer, &self.file, self.position)?;
        let pool = self.spare.clone();
        Ok(Bytes::from_owner(Pooled { buffer, pool }))
    }
}

impl http_body::Body for FileBody {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<io::Result<Frame<Bytes>>>> {
        if self.is_end_stream() {
            return Poll::Ready(None);
        }
        Poll::Ready(Some(self.get_mut().read().map(Frame::data)))
    }

    fn is_end_stream(&self) -> bool {
        self.position == BIG_LEN
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(BIG_LEN - self.position)
    }
}

/// Reads into the spare capacity of a buffer, which need not be zeroed.
fn fill(buffer: &mut Vec<u8>, file: &File, position: u64) -> io::Result<u64> {
    let read = pread(file, spare_capacity(buffer), position)?;
    if read == 0 {
        return Err(io::ErrorKind::UnexpectedEof.into());
    }
    Ok(read as u64)
}

type Pool = Arc<Mutex<Vec<Vec<u8>>>>;

/// A buffer that returns to its pool once the socket has taken its bytes.
struct Pooled {
    buffer: Vec<u8>,
    pool: Pool,
}

impl AsRef<[u8]> for Pooled {
    fn as_ref(&self) -> &[u8] {
        &self.buffer
    }
}

impl Drop for Pooled {
    fn drop(&mut self) {
        let mut buffer = take(&mut self.buffer);
        buffer.clear();
        if let Ok(mut pool) = self.pool.lock() {
            pool.push(buffer);
        }
    }
}

/// A body that packs rows into frames.
struct PackedRows<I> {
    rows: I,
    frame: BytesMut,
}

impl<I: Iterator<Item = String> + Unpin> http_body::Body for PackedRows<I> {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        let Self { rows, frame } = self.get_mut();
        frame.reserve(ROWS_FRAME);
        rows.take(ROWS_FRAME / ROW_LEN)
            .for_each(|row| frame.extend_from_slice(row.as_bytes()));
        let frame = frame.split().freeze();
        Poll::Ready((!frame.is_empty()).then(|| Ok(Frame::data(frame))))
    }
}

/// Structs, packed in the same way.
struct PackedOrders<I, W> {
    orders: I,
    write: W,
    frame: BytesMut,
}

impl<I, W> http_body::Body for PackedOrders<I, W>
where
    I: Iterator<Item = Order> + Unpin,
    W: Fn(&Order, &mut BytesMut) -> io::Result<()> + Unpin,
{
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<io::Result<Frame<Bytes>>>> {
        let Self {
            orders,
            write,
            frame,
        } = self.get_mut();
        frame.reserve(ROWS_FRAME);
        for order in orders.take(ROWS_FRAME / ORDER_LEN) {
            write(&order, frame)?;
        }
        let frame = frame.split().freeze();
        Poll::Ready((!frame.is_empty()).then(|| Ok(Frame::data(frame))))
    }
}
