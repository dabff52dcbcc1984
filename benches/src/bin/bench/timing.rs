//! Measures the CPU time, memory and latency of downloads.

use std::{
    process::{Command, Stdio},
    sync::atomic::{AtomicBool, Ordering::Relaxed},
    thread,
    time::Duration,
};

use benches::{BIG_FILE, BIG_LEN, ORDER_JSON_LEN, ORDER_LEN, PART_LEN, PARTS, ROW_LEN, ROWS};

use crate::{
    Result,
    arguments::Arguments,
    check::request_fields,
    client::Protocol,
    data,
    load::{Load, RANGE_LEN, Target},
    peers::Peer,
    server::{Host, Server},
    table::{Cell, Table},
    workload::Workload::{self, W1, W2, W3, W3Cold, W4, W5, W6, W7, W8, W9, W9Json, W10, W10Range},
};

const GIB: f64 = (1u64 << 30) as f64;
const MIB: f64 = (1 << 20) as f64;
/// A peer that uses more memory is stopped.
const MEMORY_LIMIT: u64 = 5 << 30;

/// Prints the table of measurements.
pub(crate) fn run(host: &Host, peers: &[Peer], arguments: &Arguments) -> Result<()> {
    let mut table = Table::new(peers);
    for &workload in &arguments.workloads {
        if is_possible(workload, arguments.protocol) {
            // W3-cold drops its file from the page cache.
            data::prepare(&host.data)?;
            let able: Vec<&Peer> = peers.iter().filter(|peer| peer.can(workload)).collect();
            let rounds = rounds(host, &able, workload, arguments);
            fill(&mut table, workload, &able, &rounds);
        }
    }
    println!("{table}");
    Ok(())
}

/// Adds the columns of a workload. Omits peers that failed in a round.
fn fill(table: &mut Table, workload: Workload, peers: &[&Peer], rounds: &[Round]) {
    for (figure, (heading, cell)) in headings(workload).into_iter().enumerate() {
        table.begin_column(&format!("{workload} {heading}"));
        for (index, peer) in peers.iter().enumerate() {
            let figures = rounds
                .iter()
                .map(|round| Some(round[index].as_ref()?[figure]));
            if let Some(figures) = figures.collect() {
                table.put(peer, cell(figures));
            }
        }
    }
}

fn is_possible(workload: Workload, protocol: Protocol) -> bool {
    let needs_wrk = matches!(workload, W1 | W6) && protocol == Protocol::Http1;
    let possible = !needs_wrk || is_wrk_installed();
    if !possible {
        eprintln!("{workload} is left out: it needs wrk");
    }
    possible
}

fn is_wrk_installed() -> bool {
    let mut wrk = Command::new("wrk");
    wrk.arg("-v").stdout(Stdio::null()).stderr(Stdio::null());
    wrk.status().is_ok()
}

/// The figures of a run, in the order of the headings.
type Figures = Vec<f64>;
/// The figures of each peer, or `None` for a peer that failed.
type Round = Vec<Option<Figures>>;
type Heading = (&'static str, fn(Vec<f64>) -> Cell);

/// Returns the headings of a workload's figures.
fn headings(workload: Workload) -> Vec<Heading> {
    match workload {
        W1 => vec![("13 bytes, µs per request", Cell::Ratio)],
        W2 => vec![("64 MiB of memory, s per GiB", Cell::Ratio)],
        W3 => vec![("1 GiB, s per GiB", Cell::Ratio)],
        W3Cold => vec![
            ("1 GiB from disk, s per GiB", Cell::Ratio),
            ("time, s per GiB", Cell::Ratio),
        ],
        W4 => vec![("a million rows, s", Cell::Ratio)],
        W9 => vec![("a million structs as CSV, s", Cell::Ratio)],
        W9Json => vec![("a million structs as JSON Lines, s", Cell::Ratio)],
        W5 => vec![("64 KiB ranges, µs per request", Cell::Ratio)],
        W6 => vec![("304, µs per request", Cell::Ratio)],
        W7 => vec![
            ("100 slow readers, s per GiB", Cell::Ratio),
            ("memory over idle, MiB", Cell::Plain),
        ],
        W10 => vec![("64 files of 1 MiB, s per GiB", Cell::Ratio)],
        W10Range => vec![("64 KiB of an archive, µs per request", Cell::Ratio)],
        W8 => vec![
            ("first row, ms", Cell::Plain),
            ("longest gap, ms", Cell::Plain),
        ],
    }
}

/// Measures all peers in each round. Every round begins with a different peer.
fn rounds(host: &Host, peers: &[&Peer], workload: Workload, arguments: &Arguments) -> Vec<Round> {
    let mut rounds = Vec::new();
    for round in 0..arguments.rounds {
        let mut figures = vec![None; peers.len()];
        for index in (0..peers.len()).map(|index| (index + round) % peers.len()) {
            let peer = peers[index];
            let run = Run {
                peer,
                workload,
                duration: arguments.duration,
            };
            let measured = run.measure(host);
            eprintln!(
                "{workload} round {} {}: {measured:.3?}",
                round + 1,
                peer.name
            );
            figures[index] = measured.ok();
        }
        rounds.push(figures);
    }
    rounds
}

/// The run of one peer under one workload.
struct Run<'a> {
    peer: &'a Peer,
    workload: Workload,
    duration: Duration,
}

impl Run<'_> {
    /// Starts a server and returns the figures for `headings`.
    fn measure(&self, host: &Host) -> Result<Figures> {
        let server = host.start(self.peer, &[])?;
        let target = Target {
            address: server.address,
            path: self.peer.path(self.workload),
            fields: match self.workload {
                W6 => request_fields(&server, self.peer, W6)?,
                _ => Vec::new(),
            },
            evicted: (self.workload == W3Cold).then(|| host.data.join(BIG_FILE)),
        };
        let figures = match self.workload {
            W7 => self.measure_slow_readers(&server, &target)?,
            W8 => {
                let (first, gap) = target.first_row()?;
                vec![first, gap]
            }
            _ => self.measure_throughput(&server, &target)?,
        };
        server.stop()?;
        Ok(figures)
    }

    /// Measures CPU time and, for downloads from a disk, also elapsed time.
    fn measure_throughput(&self, server: &Server, target: &Target) -> Result<Figures> {
        // The warm-up takes a whole second, because wrk cannot run for less.
        self.load(target, Duration::from_secs(1))?;
        let before = server.cpu_seconds();
        let load = self.load(target, self.duration)?;
        let seconds = server.cpu_seconds() - before;
        let (requests, bytes) = (load.requests as f64, load.bytes as f64);
        Ok(match self.workload {
            W1 | W5 | W6 | W10Range => vec![seconds / requests * 1e6],
            W3Cold => {
                let gibs = bytes / GIB;
                vec![seconds / gibs, load.time.as_secs_f64() / gibs]
            }
            W9 => vec![seconds / bytes * f64::from(ROWS) * ORDER_LEN as f64],
            W9Json => vec![seconds / bytes * f64::from(ROWS) * ORDER_JSON_LEN as f64],
            W4 => vec![seconds / bytes * f64::from(ROWS) * ROW_LEN as f64],
            _ => vec![seconds / bytes * GIB],
        })
    }

    fn load(&self, target: &Target, duration: Duration) -> Result<Load> {
        Ok(match self.workload {
            W1 | W6 => target.requests(duration)?,
            W2 => target.downloads(4, duration)?,
            // A second client would find in the page cache what the first one had read.
            W3Cold => target.downloads(1, duration)?,
            W5 => target.ranges(duration, |random| random % (BIG_LEN - RANGE_LEN))?,
            W10Range => target.ranges(duration, within_an_entry)?,
            _ => target.downloads(2, duration)?,
        })
    }

    /// Measures CPU time and memory with slow readers.
    fn measure_slow_readers(&self, server: &Server, target: &Target) -> Result<Figures> {
        let (idle, before) = (server.memory(), server.cpu_seconds());
        let over = AtomicBool::new(false);
        let load = thread::scope(|scope| {
            scope.spawn(|| guard_memory(server, &over));
            let load = target.read_slowly(self.duration * 5);
            over.store(true, Relaxed);
            load
        });
        let peak = server.peak_memory();
        if peak == 0 {
            return Err("the server was stopped at 5 GiB of memory".into());
        }
        let seconds = server.cpu_seconds() - before;
        let memory = peak.saturating_sub(idle) as f64 / MIB;
        Ok(vec![seconds / load?.bytes as f64 * GIB, memory])
    }
}

/// Returns where a range begins that is within the content of an entry of W10.
fn within_an_entry(random: u64) -> u64 {
    /// The header of an entry and its name, `00.bin`.
    const HEADER: u64 = 30 + 6;
    let (part, offset) = (random % PARTS, random / PARTS % (PART_LEN - RANGE_LEN));
    part * (HEADER + PART_LEN) + HEADER + offset
}

/// Kills a server that exceeds the memory limit.
fn guard_memory(server: &Server, over: &AtomicBool) {
    while !over.load(Relaxed) {
        if server.memory() > MEMORY_LIMIT {
            return server.kill();
        }
        thread::sleep(Duration::from_millis(100));
    }
}
