//! The driver, which compares the downloads of several peers. See `bench --help` and `benches/README.md`.

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
    client::Protocol,
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
    let peers = installed(&arguments)?;
    data::prepare(&arguments.data)?;
    let host = Host::new(arguments.data.clone(), arguments.protocol, arguments.pinned)?;
    match arguments.task {
        Task::Check => check::run(&host, &peers, &arguments.workloads),
        Task::Count(counted) => {
            count::run(&host, &peers, &arguments.workloads, counted);
            Ok(())
        }
        Task::Time => timing::run(&host, &peers, &arguments),
    }
}

/// Returns the requested peers that can run on this machine.
fn installed(arguments: &Arguments) -> Result<Vec<Peer>> {
    let mut peers = peers::all(&arguments.also);
    let mut names = arguments.peers.iter().flatten();
    if let Some(unknown) = names.find(|name| peers.iter().all(|peer| peer.name != **name)) {
        return Err(format!("`{unknown}` is not a peer").into());
    }
    peers.retain(|peer| arguments.wants(peer) && is_able(peer, arguments.protocol));
    Ok(peers)
}

fn is_able(peer: &Peer, protocol: Protocol) -> bool {
    let obstacle = if peer.speaks(protocol) {
        peer.obstacle()
    } else {
        Some("it does not speak HTTP/2 in plain text".to_owned())
    };
    if let Some(obstacle) = &obstacle {
        eprintln!("{} is left out: {obstacle}", peer.name);
    }
    obstacle.is_none()
}
