//! The command line.

use std::{env, num::NonZeroU32, path::PathBuf, time::Duration};

use lexopt::{Arg, Parser, ValueExt};

use crate::{Result, client::Protocol, count::Counted, peers::Peer, workload::Workload};

pub(crate) const USAGE: &str = "\
Compares how peers perform downloads and prints a table.

Usage: bench [OPTIONS]

      --check           Check that all peers send the same bytes, and print the header fields
      --count WHAT      Count `instr`, `allocs` or `syscalls` per request
      --only W1,W6      Run only these workloads [default: all]
      --http2           Use HTTP/2 in plain text instead of HTTP/1.1
      --peers a,b       Run only these peers and those they are compared with [default: all]
      --also NAME=PATH  Add another build of the program `ours` as a peer
      --rounds N        Run each peer N times [default: 3]
      --seconds N       Set the length of a run [default: 2; W7 takes five times as long]
      --data DIR        Use or create the files in this directory [default: beside the programs]
      --no-pin          Let the system choose the cores
      --help            Print this help";

/// The parsed command line.
#[derive(Debug)]
pub(crate) struct Arguments {
    pub(crate) task: Task,
    pub(crate) workloads: Vec<Workload>,
    pub(crate) protocol: Protocol,
    pub(crate) peers: Option<Vec<String>>,
    pub(crate) also: Vec<(String, PathBuf)>,
    pub(crate) rounds: usize,
    pub(crate) duration: Duration,
    pub(crate) data: PathBuf,
    pub(crate) pinned: bool,
}

#[derive(Debug)]
pub(crate) enum Task {
    Time,
    Check,
    Count(Counted),
}

impl Arguments {
    /// Parses the command line. Returns `None` if it contains `--help`.
    pub(crate) fn from_command_line() -> Result<Option<Self>> {
        let mut arguments = Self::new()?;
        let mut parser = Parser::from_env();
        while let Some(option) = parser.next()? {
            match option {
                Arg::Long("help") => return Ok(None),
                Arg::Long("check") => arguments.task = Task::Check,
                Arg::Long("count") => arguments.task = Task::Count(parser.value()?.parse()?),
                Arg::Long("only") => {
                    let names = list(&parser.value()?.string()?);
                    let workloads = names.iter().map(|name| name.parse());
                    arguments.workloads = workloads.collect::<std::result::Result<_, _>>()?;
                }
                Arg::Long("http2") => arguments.protocol = Protocol::Http2,
                Arg::Long("peers") => arguments.peers = Some(list(&parser.value()?.string()?)),
                Arg::Long("also") => arguments.also.push(build(&parser.value()?.string()?)?),
                Arg::Long("rounds") => arguments.rounds = at_least_one(&mut parser)?,
                Arg::Long("seconds") => {
                    arguments.duration = Duration::from_secs(at_least_one(&mut parser)?);
                }
                Arg::Long("data") => arguments.data = parser.value()?.into(),
                Arg::Long("no-pin") => arguments.pinned = false,
                unknown => return Err(unknown.unexpected().into()),
            }
        }
        Ok(Some(arguments))
    }

    fn new() -> Result<Self> {
        Ok(Self {
            task: Task::Time,
            workloads: Workload::ALL.to_vec(),
            protocol: Protocol::Http1,
            peers: None,
            also: Vec::new(),
            rounds: 3,
            duration: Duration::from_secs(2),
            data: env::current_exe()?.with_file_name("data"),
            pinned: true,
        })
    }

    /// Returns true if a peer was requested or another requested peer is compared with it.
    pub(crate) fn wants(&self, peer: &Peer) -> bool {
        let Some(names) = &self.peers else {
            return true;
        };
        names.contains(&peer.name)
            || self.also.iter().any(|(name, _)| *name == peer.name)
            || peer.is_base_of_any(names)
    }
}

fn at_least_one<T: TryFrom<u32>>(parser: &mut Parser) -> Result<T> {
    let number: NonZeroU32 = parser.value()?.parse()?;
    T::try_from(number.get()).map_err(|_| "the number is too large".into())
}

fn list(text: &str) -> Vec<String> {
    text.split(',').map(str::to_owned).collect()
}

fn build(text: &str) -> Result<(String, PathBuf)> {
    let (name, path) = text.split_once('=').ok_or("expected `--also NAME=PATH`")?;
    Ok((name.to_owned(), path.into()))
}
