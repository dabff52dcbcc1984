//! Counts the cost of a request in units that do not depend on the load of the machine.

use std::{env, fs, io, path::Path, process, str::FromStr};

use benches::ROWS;

use crate::{
    Result,
    check::request_fields,
    peers::Peer,
    server::Host,
    table::{Cell, Table},
    workload::Workload::{self, W1, W2, W3Cold, W4, W5, W6, W7, W8, W9, W9Json, W10, W10Range},
};

/// A unit that can be counted.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Counted {
    Instructions,
    Allocations,
    SystemCalls,
}

impl FromStr for Counted {
    type Err = &'static str;

    fn from_str(name: &str) -> std::result::Result<Self, Self::Err> {
        match name {
            "instr" => Ok(Self::Instructions),
            "allocs" => Ok(Self::Allocations),
            "syscalls" => Ok(Self::SystemCalls),
            _ => Err("expected `instr`, `allocs` or `syscalls`"),
        }
    }
}

/// Prints the table of counts.
pub(crate) fn run(host: &Host, peers: &[Peer], workloads: &[Workload], counted: Counted) {
    let mut table = Table::new(peers);
    for &workload in workloads {
        if !counted.is_meaningful_for(workload) {
            continue;
        }
        table.begin_column(&counted.heading(workload));
        let able = |peer: &&Peer| peer.can(workload) && counted.works_on(peer);
        for peer in peers.iter().filter(able) {
            let count = per_request(host, peer, workload, counted);
            eprintln!("{workload} {}: {count:.1?}", peer.name);
            if let Ok(count) = count {
                table.put(peer, Cell::Count(count));
            }
        }
    }
    println!("{table}");
}

/// Returns the count per request, as a difference between two runs. The start and the first request therefore do not count.
fn per_request(host: &Host, peer: &Peer, workload: Workload, counted: Counted) -> Result<f64> {
    let n = counted.requests(workload);
    let once = total(host, peer, workload, counted, n)?;
    let twice = total(host, peer, workload, counted, 2 * n)?;
    let request = (twice - once) / f64::from(n);
    Ok(if counted.is_per_row(workload) {
        request / f64::from(ROWS)
    } else {
        request
    })
}

fn total(
    host: &Host,
    peer: &Peer,
    workload: Workload,
    counted: Counted,
    requests: u32,
) -> Result<f64> {
    let report = env::temp_dir().join(format!("bench-{}.report", process::id()));
    let profile = host.data.join(format!("{workload}.{}.profile", peer.name));
    let server = host.start(peer, &counted.wrapper(&report, &profile))?;
    let fields = request_fields(&server, peer, workload)?;
    let mut connection = server.connect()?;
    for _ in 0..requests {
        let head = connection.get(&peer.path(workload), &fields)?;
        io::copy(&mut connection.body(&head), &mut io::sink())?;
    }
    server.stop()?;
    let text = fs::read_to_string(&report)?;
    fs::remove_file(report)?;
    let total = counted.total(&text);
    total.ok_or_else(|| format!("no total in this report:\n{text}").into())
}

impl Counted {
    fn works_on(self, peer: &Peer) -> bool {
        peer.is_rust() || matches!(self, Self::SystemCalls)
    }

    fn is_meaningful_for(self, workload: Workload) -> bool {
        match workload {
            // The number of system calls depends on how much the socket happens to accept at once.
            W2 => !matches!(self, Self::SystemCalls),
            // These workloads measure time.
            W3Cold | W7 | W8 | W10 => false,
            _ => true,
        }
    }

    /// Returns true if the count is given per row. A row costs thousands of instructions, but hardly any system calls.
    fn is_per_row(self, workload: Workload) -> bool {
        matches!(workload, W4 | W9 | W9Json) && !matches!(self, Self::SystemCalls)
    }

    fn heading(self, workload: Workload) -> String {
        let unit = if self.is_per_row(workload) {
            ", per row"
        } else {
            ""
        };
        format!("{workload} {}{unit}", workload.title())
    }

    fn requests(self, workload: Workload) -> u32 {
        match (workload, self) {
            (W1 | W6, _) => 1000,
            (W5 | W10Range, _) => 200,
            (_, Self::SystemCalls) => 4,
            _ => 1,
        }
    }

    /// Returns the command that runs a server and counts.
    fn wrapper(self, report: &Path, profile: &Path) -> Vec<String> {
        let (report, profile) = (report.display(), profile.display());
        let words: &[&str] = match self {
            Self::Instructions => &[
                "valgrind",
                "--tool=callgrind",
                &format!("--log-file={report}"),
                &format!("--callgrind-out-file={profile}"),
            ],
            Self::Allocations => &[
                "valgrind",
                "--tool=dhat",
                &format!("--log-file={report}"),
                &format!("--dhat-out-file={profile}"),
            ],
            Self::SystemCalls => &[
                "strace",
                "-f",
                "-c",
                "-U",
                "calls,name",
                "-o",
                &report.to_string(),
            ],
        };
        words.iter().map(|&word| word.to_owned()).collect()
    }

    fn total(self, report: &str) -> Option<f64> {
        let mut lines = report.lines();
        let digits = match self {
            Self::Instructions => lines.find_map(|line| line.split_once("Collected : "))?.1,
            Self::Allocations => {
                let line = lines.find(|line| line.contains("Total:"))?;
                line.split_once(" bytes in ")?.1.strip_suffix(" blocks")?
            }
            Self::SystemCalls => lines.last()?.trim().strip_suffix("total")?.trim(),
        };
        digits.replace(',', "").parse().ok()
    }
}
