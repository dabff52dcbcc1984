//! What peers and driver share: what each workload sends, and how a peer is run.

use std::{
    env, fmt::Write as _, fs, future::Future, io, path::PathBuf, sync::LazyLock, thread,
    time::Duration,
};

use axum::Router;
use bytes::Bytes;
use futures::{Stream, StreamExt, stream};
use serde::Serialize;
use tokio::{net::TcpListener, runtime, time::sleep};

/// W1 and W6.
pub const HELLO: &str = "Hello world!\n";
/// The file of W1 and W6, for peers that know nothing but files.
pub const HELLO_FILE: &str = "hello-world.txt";
/// The file of W2.
pub const BLOB_FILE: &str = "64m.bin";
/// Its length.
pub const BLOB_LEN: u64 = 64 << 20;
/// The file of W3 and W5.
pub const BIG_FILE: &str = "1g.bin";
/// Its length.
pub const BIG_LEN: u64 = 1 << 30;
/// Rows of W4.
pub const ROWS: u32 = 1_000_000;
/// Bytes of each of them.
pub const ROW_LEN: usize = 48;
/// Rows of W7: 10 GiB, more than a run can send.
pub const ENDLESS: u32 = 223_696_213;
/// Rows of W8.
pub const SLOW_ROWS: u32 = 40;
/// Time between two of them.
pub const SLOW_GAP: Duration = Duration::from_millis(50);

macro_rules! put_row {
    ($out:expr, $index:expr) => {{
        let id = 1_000_000 + $index % 1_000_000;
        writeln!($out, "{id},user{id},{id}@example.org,{}", id * 3)
    }};
}

/// A row of W4 and W7.
pub fn row(index: u32) -> String {
    let mut row = String::with_capacity(ROW_LEN);
    put_row!(row, index).expect("memory takes it");
    row
}

/// The same, into a writer.
pub fn write_row(out: &mut (impl io::Write + ?Sized), index: u32) -> io::Result<()> {
    put_row!(out, index)
}

/// A row of W9.
#[derive(Clone, Debug, Serialize)]
pub struct Order {
    /// From 1,000,000 on.
    pub id: u64,
    /// 12 characters.
    pub customer: &'static str,
    /// 19 characters.
    pub email: &'static str,
    /// 10 characters.
    pub total: f64,
    /// 10 characters.
    pub date: &'static str,
    /// Always true.
    pub paid: bool,
}

/// The bytes of each as CSV.
pub const ORDER_LEN: usize = 68;
/// The bytes of each as JSON.
pub const ORDER_JSON_LEN: usize = 126;
/// The first line of W9.
pub const ORDERS_HEADER: &str = "id,customer,email,total,date,paid\n";

/// Makes a row of W9.
pub fn order(index: u32) -> Order {
    const CUSTOMERS: [&str; 4] = [
        "Ada Lovelace",
        "Grace Hopper",
        "Emmy Noether",
        "Mary Cartwri",
    ];
    const EMAILS: [&str; 4] = [
        "lovelace@example.or",
        "g.hopper@example.or",
        "e.noethr@example.or",
        "cartwrig@example.or",
    ];
    const DATES: [&str; 4] = ["2026-11-27", "2026-02-28", "2025-12-31", "2024-02-29"];
    let one = index as usize % 4;
    let id = 1_000_000 + u64::from(index % 1_000_000);
    Order {
        id,
        customer: CUSTOMERS[one],
        email: EMAILS[one],
        total: id as f64 + 0.25,
        date: DATES[one],
        paid: true,
    }
}

impl Order {
    /// Writes the row as a person does who knows that nothing needs quotes.
    pub fn write_csv(&self, out: &mut (impl io::Write + ?Sized)) -> io::Result<()> {
        let Self {
            id,
            customer,
            email,
            total,
            date,
            paid,
        } = self;
        writeln!(out, "{id},{customer},{email},{total},{date},{paid}")
    }

    /// Writes the row as a line of JSON.
    pub fn write_json(&self, out: &mut (impl io::Write + ?Sized)) -> io::Result<()> {
        serde_json::to_writer(&mut *out, self)?;
        out.write_all(b"\n")
    }
}

/// A row of W8.
pub fn slow_row(index: u32) -> String {
    format!("{index:099}\n")
}

/// The rows of W8 from a source that awaits.
pub fn slow_rows() -> impl Stream<Item = String> + Send + 'static {
    stream::iter(0..SLOW_ROWS).then(async |index| {
        if index > 0 {
            sleep(SLOW_GAP).await;
        }
        slow_row(index)
    })
}

/// The rows of W8 from a source that blocks.
pub fn slow_rows_blocking() -> impl Iterator<Item = String> + Send + 'static {
    (0..SLOW_ROWS).map(|index| {
        if index > 0 {
            thread::sleep(SLOW_GAP);
        }
        slow_row(index)
    })
}

/// The command line of a peer: `PEER PORT DATA [current-thread]`.
#[derive(Clone, Debug)]
pub struct PeerArguments {
    /// Where to listen, on loopback.
    pub port: u16,
    /// The directory of the files.
    pub data: PathBuf,
    /// Whether one thread does everything, instead of one worker and the blocking pool beside it.
    pub current_thread: bool,
}

impl PeerArguments {
    fn of_this_process() -> Self {
        let mut words = env::args().skip(1);
        let port = words.next().and_then(|port| port.parse().ok());
        Self {
            port: port.expect("usage: PEER PORT DATA [current-thread]"),
            data: words.next().expect("a directory").into(),
            current_thread: words.next().is_some_and(|word| word == "current-thread"),
        }
    }
}

/// How this process was called.
pub static ARGUMENTS: LazyLock<PeerArguments> = LazyLock::new(PeerArguments::of_this_process);

// Where the files are, found once: a peer that opens one at each request is not to pay for the search.

/// [`HELLO_FILE`].
pub static HELLO_PATH: LazyLock<PathBuf> = LazyLock::new(|| ARGUMENTS.data.join(HELLO_FILE));
/// [`BLOB_FILE`].
pub static BLOB_PATH: LazyLock<PathBuf> = LazyLock::new(|| ARGUMENTS.data.join(BLOB_FILE));
/// [`BIG_FILE`].
pub static BIG_PATH: LazyLock<PathBuf> = LazyLock::new(|| ARGUMENTS.data.join(BIG_FILE));

/// What is in [`BLOB_FILE`], read once.
pub static BLOB: LazyLock<Bytes> =
    LazyLock::new(|| fs::read(&*BLOB_PATH).expect("the data").into());

/// Serves until somebody ends the process.
pub fn serve(router: Router) -> io::Result<()> {
    block_on(async {
        let listener = TcpListener::bind(("127.0.0.1", ARGUMENTS.port)).await?;
        axum::serve(listener, router).await
    })
}

fn block_on<F: Future>(future: F) -> F::Output {
    let mut builder = if ARGUMENTS.current_thread {
        runtime::Builder::new_current_thread()
    } else {
        runtime::Builder::new_multi_thread()
    };
    let runtime = builder.worker_threads(1).enable_all().build();
    runtime.expect("a runtime").block_on(future)
}
