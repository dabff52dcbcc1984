//! A running peer and its resources according to the system.

use std::{
    collections::HashMap,
    fs, io,
    net::{TcpListener, TcpStream},
    path::PathBuf,
    process::{Child, Command, Stdio},
    thread::sleep,
    time::{Duration, Instant},
};

use rustix::{
    param::clock_ticks_per_second,
    process::{Pid, Signal, kill_process},
    thread::{CpuSet, sched_setaffinity},
};

use crate::{
    Result,
    client::{Address, Buffering, Connection, Protocol},
    peers::Peer,
};

/// The environment in which servers run.
#[derive(Debug)]
pub(crate) struct Host {
    pub(crate) data: PathBuf,
    pinned: bool,
    protocol: Protocol,
}

impl Host {
    /// Pins this process, which runs the clients, to the second core.
    pub(crate) fn new(data: PathBuf, protocol: Protocol, pinned: bool) -> io::Result<Self> {
        if pinned {
            let mut client = CpuSet::new();
            client.set(1);
            sched_setaffinity(None, &client)
                .map_err(|_| io::Error::other("no second core for the client: use --no-pin"))?;
        }
        Ok(Self {
            data,
            pinned,
            protocol,
        })
    }

    /// Starts a server and waits until it listens. `wrapper` is an optional command that runs the server.
    pub(crate) fn start(&self, peer: &Peer, wrapper: &[String]) -> Result<Server> {
        let port = TcpListener::bind(("127.0.0.1", 0))?.local_addr()?.port();
        let program = peer.command(port, &self.data)?;
        // The server then ends even if this process is killed.
        let mut command = Command::new("setpriv");
        command.args(["--pdeathsig", "TERM"]);
        if self.pinned {
            command.args(["taskset", "-c", "0"]);
        }
        let variables = program.get_envs();
        command
            .args(wrapper)
            .arg(program.get_program())
            .args(program.get_args())
            .envs(variables.filter_map(|(name, value)| Some((name, value?))))
            .stdout(Stdio::null());
        let mut server = Server {
            process: command.spawn()?,
            address: Address {
                port,
                protocol: self.protocol,
            },
        };
        server.wait_until_it_listens()?;
        Ok(server)
    }
}

/// A server process and its descendants. It is terminated when this value is dropped.
#[derive(Debug)]
pub(crate) struct Server {
    process: Child,
    pub(crate) address: Address,
}

impl Server {
    fn wait_until_it_listens(&mut self) -> Result<()> {
        let deadline = Instant::now() + Duration::from_secs(30);
        while TcpStream::connect(("127.0.0.1", self.address.port)).is_err() {
            if let Some(status) = self.process.try_wait()? {
                return Err(format!("the server ended at once: {status}").into());
            }
            if Instant::now() > deadline {
                return Err("the server does not listen".into());
            }
            sleep(Duration::from_millis(20));
        }
        Ok(())
    }

    pub(crate) fn connect(&self) -> io::Result<Connection> {
        self.address.connect(Buffering::Large)
    }

    /// Returns the user and system time so far.
    pub(crate) fn cpu_seconds(&self) -> f64 {
        let ticks: u64 = self.family().into_iter().filter_map(cpu_ticks).sum();
        ticks as f64 / clock_ticks_per_second() as f64
    }

    /// Returns the resident memory in bytes.
    pub(crate) fn memory(&self) -> u64 {
        self.status_sum("VmRSS:")
    }

    /// Returns the peak of the resident memory in bytes.
    pub(crate) fn peak_memory(&self) -> u64 {
        self.status_sum("VmHWM:")
    }

    fn status_sum(&self, field: &str) -> u64 {
        let family = self.family().into_iter();
        family
            .filter_map(|process| status_bytes(process, field))
            .sum()
    }

    fn family(&self) -> Vec<u32> {
        let parents = parents();
        let mut family = vec![self.process.id()];
        let mut next = 0;
        while let Some(&parent) = family.get(next) {
            family.extend(
                parents
                    .iter()
                    .filter(|(_, of)| **of == parent)
                    .map(|(child, _)| child),
            );
            next += 1;
        }
        family
    }

    /// Kills the server immediately.
    pub(crate) fn kill(&self) {
        for process in self.family() {
            signal(process, Signal::KILL);
        }
    }

    /// Terminates the server with `SIGTERM` and waits until it has written its report.
    pub(crate) fn stop(mut self) -> io::Result<()> {
        self.terminate()
    }

    fn terminate(&mut self) -> io::Result<()> {
        if self.process.try_wait()?.is_some() {
            return Ok(());
        }
        signal(self.process_to_signal(), Signal::TERM);
        let deadline = Instant::now() + Duration::from_secs(10);
        while self.process.try_wait()?.is_none() {
            if Instant::now() > deadline {
                self.kill();
                self.process.wait()?;
            }
            sleep(Duration::from_millis(5));
        }
        Ok(())
    }

    /// Returns the process to signal. strace does not forward the signal, so its child is signalled.
    fn process_to_signal(&self) -> u32 {
        let family = self.family();
        match family[..] {
            [strace, server, ..] if is_strace(strace) => server,
            [server, ..] => server,
            [] => self.process.id(),
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // After `stop`, this does nothing, and any error has been returned already.
        let _ = self.terminate();
    }
}

fn signal(process: u32, signal: Signal) {
    if let Some(process) = i32::try_from(process).ok().and_then(Pid::from_raw) {
        // An error means that the process has ended already.
        let _ = kill_process(process, signal);
    }
}

fn is_strace(process: u32) -> bool {
    fs::read_to_string(format!("/proc/{process}/comm")).is_ok_and(|name| name.trim() == "strace")
}

/// Returns the parent of each process of this machine.
fn parents() -> HashMap<u32, u32> {
    let processes = fs::read_dir("/proc").into_iter().flatten().flatten();
    processes
        .filter_map(|entry| {
            let process = entry.file_name().to_str()?.parse().ok()?;
            Some((process, stat_field(process, 4)?.parse().ok()?))
        })
        .collect()
}

fn cpu_ticks(process: u32) -> Option<u64> {
    let user: u64 = stat_field(process, 14)?.parse().ok()?;
    let system: u64 = stat_field(process, 15)?.parse().ok()?;
    Some(user + system)
}

/// Returns a field of `/proc/PID/stat`, counted from 1 as in proc(5). The second field may contain spaces and brackets.
fn stat_field(process: u32, number: usize) -> Option<String> {
    let stat = fs::read_to_string(format!("/proc/{process}/stat")).ok()?;
    let (_, from_third) = stat.rsplit_once(") ")?;
    from_third
        .split_whitespace()
        .nth(number - 3)
        .map(str::to_owned)
}

fn status_bytes(process: u32, field: &str) -> Option<u64> {
    let status = fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix(field))?;
    let kilobytes: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kilobytes << 10)
}
