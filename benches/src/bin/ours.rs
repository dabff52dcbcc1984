//! A peer with this library, used as its README recommends.

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
        .route("/w10", get(archives::files))
        .route("/w10-crc32", get(archives::declared_files))
        .route("/w10-file", get(archives::single_file))
        .route("/w10-crate", get(archives::other_crate))
        .route("/w10-range-memory", get(archives::single_memory))
        .route("/w10-range-zip-memory", get(archives::memory))
        .route("/w10-range-object", get(archives::single_object))
        .route("/w10-range-zip-object", get(archives::objects))
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
    // `Take` hides that the reader is a file.
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

/// W10: 64 files as an archive, and what that is compared with.
mod archives {
    use std::{
        fs::File,
        future::{Ready, ready},
        io::{self, Write},
        ops::Range,
        sync::LazyLock,
    };

    use benches::{ARGUMENTS, BLOB, BLOB_PATH, PART_LEN, PARTS, part_name};
    use bytes::Bytes;
    use downloadview::{Content, Entry, Zip, download_view};
    use futures::stream::{Iter, iter};
    use zip::{CompressionMethod, ZipWriter, write::SimpleFileOptions};

    static CHECKSUMS: LazyLock<Vec<u32>> = LazyLock::new(|| {
        (0..PARTS)
            .map(|part| crc32fast::hash(&bytes(part)))
            .collect()
    });

    fn bytes(part: u64) -> Bytes {
        slice(part * PART_LEN..(part + 1) * PART_LEN)
    }

    fn index(number: u64) -> usize {
        usize::try_from(number).expect("the blob is in memory")
    }

    fn slice(range: Range<u64>) -> Bytes {
        BLOB.slice(index(range.start)..index(range.end))
    }

    fn entry(part: u64) -> Entry {
        Entry::file(ARGUMENTS.data.join(part_name(part)))
    }

    fn zip(entry: impl Fn(u64) -> Entry) -> Zip {
        (0..PARTS)
            .map(|part| (part_name(part), entry(part)))
            .collect()
    }

    #[download_view(basename = "64m.bin", attachment)]
    pub(super) async fn single_file() -> io::Result<File> {
        File::open(&*BLOB_PATH)
    }

    #[download_view(basename = "64.zip", attachment)]
    pub(super) async fn files() -> Zip {
        zip(entry)
    }

    #[download_view(basename = "64.zip", attachment)]
    pub(super) async fn declared_files() -> Zip {
        zip(|part| entry(part).crc32(CHECKSUMS[index(part)]))
    }

    #[download_view(basename = "64.zip", attachment)]
    pub(super) async fn other_crate() -> impl FnOnce(&mut dyn Write) -> io::Result<()> {
        |out: &mut dyn Write| -> io::Result<()> {
            let stored = SimpleFileOptions::default().compression_method(CompressionMethod::Stored);
            let mut zip = ZipWriter::new_stream(out);
            for part in 0..PARTS {
                zip.start_file(part_name(part), stored)?;
                io::copy(
                    &mut File::open(ARGUMENTS.data.join(part_name(part)))?,
                    &mut zip,
                )?;
            }
            zip.finish()?;
            Ok(())
        }
    }

    #[download_view(basename = "64m.bin", attachment, etag = "v1")]
    pub(super) async fn single_memory() -> Bytes {
        BLOB.clone()
    }

    #[download_view(basename = "64.zip", attachment)]
    pub(super) async fn memory() -> Zip {
        zip(|part| Entry::new(bytes(part)).crc32(CHECKSUMS[index(part)]))
    }

    type Opened = Ready<io::Result<Iter<std::array::IntoIter<Bytes, 1>>>>;

    fn open(range: Range<u64>) -> Opened {
        ready(Ok(iter([slice(range)])))
    }

    #[download_view(basename = "64m.bin", attachment, etag = "v1")]
    pub(super) async fn single_object() -> Content {
        Content::from_ranges(PARTS * PART_LEN, open)
    }

    #[download_view(basename = "64.zip", attachment)]
    pub(super) async fn objects() -> Zip {
        zip(|part| {
            let start = part * PART_LEN;
            let open = move |range: Range<u64>| open(start + range.start..start + range.end);
            Entry::open_range(PART_LEN, open).crc32(CHECKSUMS[index(part)])
        })
    }
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
