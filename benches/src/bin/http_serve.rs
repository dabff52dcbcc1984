//! A peer with http-serve: an `Entity` for memory and files, and `streaming_body` for rows.

use std::{
    fs::File,
    io::{self, Write},
    ops::Range,
    pin::Pin,
    time::SystemTime,
};

use axum::{
    Router,
    body::Body,
    extract::Request,
    http::{
        HeaderMap, HeaderValue,
        header::{CONTENT_DISPOSITION, CONTENT_TYPE},
    },
    response::Response,
    routing::get,
};
use benches::{BIG_PATH, BLOB, ENDLESS, HELLO, ROWS, serve, slow_rows_blocking, write_row};
use bytes::Bytes;
use futures::{Stream, future::ready, stream};
use http_serve::{BoxError, ChunkedReadFile, Entity, streaming_body};
use tokio::task::{block_in_place, spawn_blocking};

const TEXT: HeaderValue = HeaderValue::from_static("text/plain; charset=utf-8");
const OCTETS: HeaderValue = HeaderValue::from_static("application/octet-stream");
const CSV: HeaderValue = HeaderValue::from_static("text/csv; charset=utf-8");
const HELLO_NAME: HeaderValue =
    HeaderValue::from_static("attachment; filename=\"hello-world.txt\"");
const BLOB_NAME: HeaderValue = HeaderValue::from_static("attachment; filename=\"64m.bin\"");
const BIG_NAME: HeaderValue = HeaderValue::from_static("attachment; filename=\"1g.bin\"");
const ROWS_NAME: HeaderValue = HeaderValue::from_static("attachment; filename=\"rows.csv\"");

fn main() -> io::Result<()> {
    let router = Router::new()
        .route("/w1", get(hello))
        .route("/w2", get(blob))
        .route("/w3", get(big))
        .route("/w4", get(async |request| rows(&request, ROWS)))
        .route("/w5", get(big))
        .route("/w6", get(hello))
        .route("/w7", get(async |request| rows(&request, ENDLESS)))
        .route("/w8", get(slow));
    serve(router)
}

async fn hello(request: Request) -> Response {
    let entity = InMemory {
        bytes: Bytes::from_static(HELLO.as_bytes()),
        head: head(TEXT, HELLO_NAME),
    };
    http_serve::serve(entity, &request).map(Body::new)
}

async fn blob(request: Request) -> Response {
    let entity = InMemory {
        bytes: BLOB.clone(),
        head: head(OCTETS, BLOB_NAME),
    };
    http_serve::serve(entity, &request).map(Body::new)
}

async fn big(request: Request) -> Result<Response, String> {
    let opened = block_in_place(|| {
        let file = File::open(&*BIG_PATH)?;
        ChunkedReadFile::<Bytes, BoxError>::new(file, head(OCTETS, BIG_NAME))
    });
    let entity = opened.map_err(|error| error.to_string())?;
    Ok(http_serve::serve(entity, &request).map(Body::new))
}

fn rows(request: &Request, count: u32) -> Response {
    written(request, move |out| {
        (0..count).try_for_each(|index| write_row(out, index))
    })
}

async fn slow(request: Request) -> Response {
    written(&request, |out| {
        slow_rows_blocking().try_for_each(|row| {
            out.write_all(row.as_bytes())?;
            out.flush()
        })
    })
}

fn written(
    request: &Request,
    write: impl FnOnce(&mut dyn Write) -> io::Result<()> + Send + 'static,
) -> Response {
    let (mut response, writer) = streaming_body(request).build::<Bytes, BoxError>();
    response.headers_mut().extend(head(CSV, ROWS_NAME));
    if let Some(mut writer) = writer {
        spawn_blocking(move || {
            if let Err(error) = write(&mut writer) {
                writer.abort(error.into());
            }
        });
    }
    response.map(Body::new)
}

fn head(content_type: HeaderValue, disposition: HeaderValue) -> HeaderMap {
    HeaderMap::from_iter([
        (CONTENT_TYPE, content_type),
        (CONTENT_DISPOSITION, disposition),
    ])
}

struct InMemory {
    bytes: Bytes,
    head: HeaderMap,
}

impl Entity for InMemory {
    type Data = Bytes;
    type Error = BoxError;

    fn len(&self) -> u64 {
        self.bytes.len() as u64
    }

    fn get_range(
        &self,
        range: Range<u64>,
    ) -> Pin<Box<dyn Stream<Item = Result<Bytes, BoxError>> + Send + Sync>> {
        let bound = |position| usize::try_from(position).expect("a position in memory");
        let part = self.bytes.slice(bound(range.start)..bound(range.end));
        Box::pin(stream::once(ready(Ok(part))))
    }

    fn add_headers(&self, headers: &mut HeaderMap) {
        headers.extend(self.head.clone());
    }

    fn etag(&self) -> Option<HeaderValue> {
        Some(HeaderValue::from_static("\"v1\""))
    }

    fn last_modified(&self) -> Option<SystemTime> {
        None
    }
}
