//! Measures downloads, a peer beside the other: `bench --help`, and README.md beside the manifest.

mod arguments;
mod check;
mod client;
mod count;
mod data;
mod load;
mod peers;
mod server;
mod table;
mod timing;
mod workload;

use std::{error::Error, process::ExitCode};

use crate::{
    arguments::{Arguments, Task},
    peers::Peer,
    server::Host,
};

type Result<T> = std::result::Result<T, Box<dyn Error>>;

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("bench: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<()> {
    let Some(arguments) = Arguments::from_command_line()? else {
        println!("{}", arguments::USAGE);
        return Ok(());
    };
    data::prepare(&arguments.data)?;
    let peers = installed(&arguments);
    let host = Host::new(&arguments.data, arguments.pinned)?;
    match arguments.task {
        Task::Check => check::run(&host, &peers, &arguments.workloads),
        Task::Count(counted) => count::run(&host, &peers, &arguments.workloads, counted),
        Task::Time => {
            timing::run(&host, &peers, &arguments);
            Ok(())
        }
    }
}

/// The peers that were asked for, less those that cannot run here.
fn installed(arguments: &Arguments) -> Vec<Peer> {
    let wanted = peers::all(&arguments.also)
        .into_iter()
        .filter(|peer| arguments.wants(peer));
    wanted
        .filter(|peer| match peer.obstacle() {
            Some(obstacle) => {
                eprintln!("{} is left out: {obstacle}", peer.name);
                false
            }
            None => true,
        })
        .collect()
}
