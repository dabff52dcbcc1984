//! downloadview, as its README shows it.

use std::{
    fs::File,
    io::{self, Read, Write},
    sync::{Arc, LazyLock},
};

use axum::{Router, routing::get};
use benches::{
    BIG_LEN, BIG_PATH, BLOB, ENDLESS, HELLO, ORDERS_HEADER, Order, ROWS, order, row, slow_rows,
    slow_rows_blocking, write_row,
};
use bytes::Bytes;
use downloadview::{Csv, Rows, download_view};
use futures::{Stream, stream};

static BIG: LazyLock<Arc<File>> =
    LazyLock::new(|| Arc::new(File::open(&*BIG_PATH).expect("the data")));

fn main() -> io::Result<()> {
    let router = Router::new()
        .route("/w1", get(hello))
        .route("/w2", get(blob))
        .route("/w3", get(big))
        .route("/w3-reader", get(big_reader))
        .route("/w4", get(rows))
        .route("/w4-iterator", get(rows_iterator))
        .route("/w4-writer", get(rows_writer))
        .route("/w5", get(big))
        .route("/w6", get(tagged))
        .route("/w7", get(endless))
        .route("/w7-iterator", get(endless_iterator))
        .route("/w8", get(slow))
        .route("/w8-iterator", get(slow_iterator))
        .route("/w8-writer", get(slow_writer))
        .route("/w9", get(orders))
        .route("/w9-stream", get(orders_stream))
        .route("/w9-with", get(orders_with))
        .route("/w9-writer", get(orders_writer))
        .route("/w9-csv-writer", get(orders_csv_writer))
        .route("/w9-json", get(orders_json))
        .route("/w9-json-stream", get(orders_json_stream))
        .route("/w9-json-with", get(orders_json_with))
        .route("/w9-json-writer", get(orders_json_writer))
        .route("/w9-ten", get(ten_million_orders));
    benches::serve(router)
}

#[download_view(basename = "hello-world.txt", attachment)]
async fn hello() -> &'static str {
    HELLO
}

#[download_view(basename = "hello-world.txt", attachment, etag = "v1")]
async fn tagged() -> &'static str {
    HELLO
}

#[download_view(basename = "64m.bin", attachment)]
async fn blob() -> Bytes {
    BLOB.clone()
}

#[download_view(basename = "1g.bin", attachment)]
async fn big() -> Arc<File> {
    BIG.clone()
}

#[download_view(basename = "1g.bin", attachment, size = BIG_LEN)]
async fn big_reader() -> io::Result<impl Read> {
    // `Take` hides that it is a file.
    Ok(File::open(&*BIG_PATH)?.take(BIG_LEN))
}

#[download_view(basename = "rows.csv", attachment)]
async fn rows() -> impl Stream<Item = String> {
    stream::iter((0..ROWS).map(row))
}

#[download_view(basename = "rows.csv", attachment)]
async fn rows_iterator() -> impl Iterator<Item = String> {
    (0..ROWS).map(row)
}

#[download_view(basename = "rows.csv", attachment)]
async fn rows_writer() -> impl FnOnce(&mut dyn Write) -> io::Result<()> {
    |out: &mut dyn Write| -> io::Result<()> {
        (0..ROWS).try_for_each(|index| write_row(out, index))
    }
}

#[download_view(basename = "rows.csv", attachment)]
async fn endless() -> impl Stream<Item = String> {
    stream::iter((0..ENDLESS).map(row))
}

#[download_view(basename = "rows.csv", attachment)]
async fn endless_iterator() -> impl Iterator<Item = String> {
    (0..ENDLESS).map(row)
}

#[download_view(basename = "rows.csv", attachment)]
async fn slow() -> impl Stream<Item = String> {
    slow_rows()
}

#[download_view(basename = "rows.csv", attachment)]
async fn slow_iterator() -> impl Iterator<Item = String> {
    slow_rows_blocking()
}

#[download_view(basename = "rows.csv", attachment)]
async fn slow_writer() -> impl FnOnce(&mut dyn Write) -> io::Result<()> {
    |out: &mut dyn Write| -> io::Result<()> {
        slow_rows_blocking().try_for_each(|row| {
            out.write_all(row.as_bytes())?;
            out.flush()
        })
    }
}

#[download_view(basename = "orders.csv", attachment)]
async fn orders() -> Rows {
    Rows::new((0..ROWS).map(order)).csv(Csv::new().lf())
}

#[download_view(basename = "orders.csv", attachment)]
async fn orders_stream() -> Rows {
    Rows::stream(stream::iter((0..ROWS).map(order))).csv(Csv::new().lf())
}

#[download_view(basename = "orders.csv", attachment)]
async fn orders_with() -> Rows {
    add_orders().csv(Csv::new().lf())
}

fn add_orders() -> Rows {
    Rows::with(async move |mut out| {
        for index in 0..ROWS {
            out.row(&order(index)).await?;
        }
        Ok(())
    })
}

#[download_view(basename = "orders.csv", attachment)]
async fn orders_writer() -> impl FnOnce(&mut dyn Write) -> io::Result<()> {
    |out: &mut dyn Write| -> io::Result<()> {
        out.write_all(ORDERS_HEADER.as_bytes())?;
        (0..ROWS).try_for_each(|index| order(index).write_csv(out))
    }
}

#[download_view(basename = "orders.csv", attachment)]
async fn orders_csv_writer() -> impl FnOnce(&mut dyn Write) -> io::Result<()> {
    |out: &mut dyn Write| -> io::Result<()> {
        let mut writer = csv::Writer::from_writer(out);
        (0..ROWS).try_for_each(|index| writer.serialize(order(index)))?;
        writer.flush()
    }
}

#[download_view(basename = "orders.jsonl", attachment)]
async fn orders_json() -> impl Iterator<Item = Order> {
    (0..ROWS).map(order)
}

#[download_view(basename = "orders.jsonl", attachment)]
async fn orders_json_stream() -> impl Stream<Item = Order> {
    stream::iter((0..ROWS).map(order))
}

#[download_view(basename = "orders.jsonl", attachment)]
async fn orders_json_with() -> Rows {
    add_orders()
}

#[download_view(basename = "orders.jsonl", attachment)]
async fn orders_json_writer() -> impl FnOnce(&mut dyn Write) -> io::Result<()> {
    |out: &mut dyn Write| -> io::Result<()> {
        (0..ROWS).try_for_each(|index| order(index).write_json(out))
    }
}

#[download_view(basename = "orders.csv", attachment)]
async fn ten_million_orders() -> impl Iterator<Item = Order> {
    (0..10 * ROWS).map(order)
}
