//! Code that the peers and the driver share: the content of each workload, and the command line of a peer.

use std::{
    env, fmt::Write as _, fs, future::Future, io, path::PathBuf, sync::LazyLock, thread,
    time::Duration,
};

use axum::Router;
use bytes::Bytes;
use futures::{Stream, StreamExt, stream};
use tokio::{net::TcpListener, runtime, time::sleep};

/// The content of W1 and W6.
pub const HELLO: &str = "Hello world!\n";
/// The name of the file of W1 and W6, for peers that can only send files.
pub const HELLO_FILE: &str = "hello-world.txt";
/// The name of the file of W2.
pub const BLOB_FILE: &str = "64m.bin";
/// The length of the file of W2.
pub const BLOB_LEN: u64 = 64 << 20;
/// The name of the file of W3 and W5.
pub const BIG_FILE: &str = "1g.bin";
/// The length of the file of W3 and W5.
pub const BIG_LEN: u64 = 1 << 30;
/// The number of rows of W4.
pub const ROWS: u32 = 1_000_000;
/// The length of a row of W4 or W7 in bytes.
pub const ROW_LEN: usize = 48;
/// The number of rows of W7. They amount to 10 GiB, which is more than a run can send.
pub const ENDLESS: u32 = 223_696_213;
/// The number of rows of W8.
pub const SLOW_ROWS: u32 = 40;
/// The time between two rows of W8.
pub const SLOW_GAP: Duration = Duration::from_millis(50);

macro_rules! put_row {
    ($out:expr, $index:expr) => {{
        let id = 1_000_000 + $index % 1_000_000;
        writeln!($out, "{id},user{id},{id}@example.org,{}", id * 3)
    }};
}

/// Returns a row of W4 and W7.
pub fn row(index: u32) -> String {
    let mut row = String::with_capacity(ROW_LEN);
    put_row!(row, index).expect("writing to a string succeeds");
    row
}

/// Writes a row of W4 and W7.
pub fn write_row(out: &mut (impl io::Write + ?Sized), index: u32) -> io::Result<()> {
    put_row!(out, index)
}

/// Returns a row of W8.
pub fn slow_row(index: u32) -> String {
    format!("{index:099}\n")
}

/// Returns the rows of W8 from an async source.
pub fn slow_rows() -> impl Stream<Item = String> + Send + 'static {
    stream::iter(0..SLOW_ROWS).then(async |index| {
        if index > 0 {
            sleep(SLOW_GAP).await;
        }
        slow_row(index)
    })
}

/// Returns the rows of W8 from a blocking source.
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
    /// The port on which to listen on loopback.
    pub port: u16,
    /// The directory of the files.
    pub data: PathBuf,
    /// True to use a current-thread runtime instead of a multi-thread runtime with one worker.
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

/// The command line of this process.
pub static ARGUMENTS: LazyLock<PeerArguments> = LazyLock::new(PeerArguments::of_this_process);

// The paths are computed once, so that they cost nothing in a peer that opens a file for each request.

/// The path of [`HELLO_FILE`].
pub static HELLO_PATH: LazyLock<PathBuf> = LazyLock::new(|| ARGUMENTS.data.join(HELLO_FILE));
/// The path of [`BLOB_FILE`].
pub static BLOB_PATH: LazyLock<PathBuf> = LazyLock::new(|| ARGUMENTS.data.join(BLOB_FILE));
/// The path of [`BIG_FILE`].
pub static BIG_PATH: LazyLock<PathBuf> = LazyLock::new(|| ARGUMENTS.data.join(BIG_FILE));

/// The content of [`BLOB_FILE`], read once.
pub static BLOB: LazyLock<Bytes> =
    LazyLock::new(|| fs::read(&*BLOB_PATH).expect("the data").into());

/// Serves a router until the process is terminated.
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
