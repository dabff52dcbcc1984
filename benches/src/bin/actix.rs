//! A peer with actix-web: `HttpResponse` for memory, `NamedFile` for files, and `streaming` for rows.

use std::{convert::Infallible, io};

use actix_files::NamedFile;
use actix_web::{
    App, HttpResponse, HttpResponseBuilder, HttpServer, http::header::ContentDisposition, web,
};
use benches::{
    ARGUMENTS, BIG_PATH, BLOB, BLOB_FILE, ENDLESS, HELLO, HELLO_FILE, HELLO_PATH, ROWS, row,
    slow_rows,
};
use bytes::Bytes;
use futures::{Stream, StreamExt, stream};

#[actix_web::main]
async fn main() -> io::Result<()> {
    HttpServer::new(|| {
        App::new()
            .route("/w1", web::get().to(hello))
            .route("/w2", web::get().to(blob))
            .route("/w3", web::get().to(big))
            .route(
                "/w4",
                web::get().to(async || rows(stream::iter((0..ROWS).map(row)))),
            )
            .route("/w5", web::get().to(big))
            .route("/w6", web::get().to(hello_file))
            .route(
                "/w7",
                web::get().to(async || rows(stream::iter((0..ENDLESS).map(row)))),
            )
            .route("/w8", web::get().to(async || rows(slow_rows())))
    })
    .workers(1)
    .bind(("127.0.0.1", ARGUMENTS.port))?
    .run()
    .await
}

async fn hello() -> HttpResponse {
    download("text/plain; charset=utf-8", HELLO_FILE).body(HELLO)
}

async fn hello_file() -> io::Result<NamedFile> {
    NamedFile::open(&*HELLO_PATH)
}

async fn blob() -> HttpResponse {
    download("application/octet-stream", BLOB_FILE).body(BLOB.clone())
}

async fn big() -> io::Result<NamedFile> {
    NamedFile::open(&*BIG_PATH)
}

fn rows(rows: impl Stream<Item = String> + 'static) -> HttpResponse {
    let chunks = rows.map(|row| Ok::<_, Infallible>(Bytes::from(row)));
    download("text/csv; charset=utf-8", "rows.csv").streaming(chunks)
}

fn download(content_type: &'static str, name: &str) -> HttpResponseBuilder {
    let mut response = HttpResponse::Ok();
    response
        .content_type(content_type)
        .insert_header(ContentDisposition::attachment(name));
    response
}
