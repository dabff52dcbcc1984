//! Who is measured.

use std::{
    env, fs, io,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use crate::{
    client::Protocol,
    workload::Workload::{self, W1, W2, W3, W4, W5, W6, W7, W8, W9, W9Json},
};

/// What the others are compared with.
const RAW: &str = "raw-axum";
const RAW_CURRENT_THREAD: &str = "raw-axum-current-thread";

/// The workloads that need no rows of structs.
const FILES: [Workload; 8] = [W1, W2, W3, W4, W5, W6, W7, W8];

/// A program, and what it can do.
#[derive(Debug)]
pub(crate) struct Peer {
    pub(crate) name: String,
    /// The name of the peer that is 1.
    pub(crate) base: &'static str,
    program: Program,
    workloads: Vec<Workload>,
    /// One of several ways to the same bytes: its paths end so.
    way: &'static str,
    current_thread: bool,
    http2: bool,
}

#[derive(Debug)]
enum Program {
    /// One of this package, or another build of one.
    Rust(PathBuf),
    Go,
    Nginx,
}

/// All peers, in the order of the tables. A new one is a line here, and a program.
pub(crate) fn all(also: &[(String, PathBuf)]) -> Vec<Peer> {
    let mut peers = vec![
        Peer::axum(RAW, "raw_axum"),
        Peer::axum("ours", "ours"),
        Peer::axum("ours-reader", "ours").only([W3]).by("-reader"),
        Peer::axum("ours-iterator", "ours")
            .only([W4, W7, W8])
            .by("-iterator"),
        Peer::axum("ours-writer", "ours")
            .only([W4, W8, W9, W9Json])
            .by("-writer"),
        Peer::axum("ours-stream", "ours")
            .only([W9, W9Json])
            .by("-stream"),
        Peer::axum("ours-with", "ours")
            .only([W9, W9Json])
            .by("-with"),
        Peer::axum("ours-csv-writer", "ours")
            .only([W9])
            .by("-csv-writer"),
        Peer::axum("axum-streams", "axum_streams").only([W9, W9Json]),
        Peer::axum(RAW_CURRENT_THREAD, "raw_axum")
            .only([W3])
            .on_current_thread(),
        Peer::axum("ours-current-thread", "ours")
            .only([W3])
            .on_current_thread(),
        Peer::axum("ours-reader-current-thread", "ours")
            .only([W3])
            .by("-reader")
            .on_current_thread(),
        Peer::axum("tower-http", "tower_http").only([W1, W2, W3, W5, W6]),
        Peer::axum("axum-extra", "axum_extra").only([W1, W2, W3, W4, W5, W7, W8]),
        Peer::axum("http-serve", "http_serve").only(FILES),
        Peer::axum("axum-range", "axum_range").only([W1, W2, W3, W5]),
        Peer::rust("actix", "actix").only(FILES),
        Peer::new("go", Program::Go).only(FILES),
        Peer::new("nginx", Program::Nginx).only([W1, W2, W3, W5, W6]),
    ];
    let builds = also.iter().map(|(name, path)| Peer {
        http2: true,
        ..Peer::new(name, Program::Rust(path.clone()))
    });
    peers.extend(builds);
    peers
}

impl Peer {
    fn new(name: &str, program: Program) -> Self {
        Self {
            name: name.to_owned(),
            base: RAW,
            program,
            workloads: Workload::ALL.to_vec(),
            way: "",
            current_thread: false,
            http2: false,
        }
    }

    fn rust(name: &str, program: &str) -> Self {
        Self::new(name, Program::Rust(beside(program)))
    }

    /// A program with `axum::serve`, which speaks both protocols.
    fn axum(name: &str, program: &str) -> Self {
        Self {
            http2: true,
            ..Self::rust(name, program)
        }
    }

    fn only<const N: usize>(mut self, workloads: [Workload; N]) -> Self {
        self.workloads = workloads.to_vec();
        self
    }

    fn by(mut self, way: &'static str) -> Self {
        self.way = way;
        self
    }

    fn on_current_thread(mut self) -> Self {
        self.current_thread = true;
        self.base = RAW_CURRENT_THREAD;
        self
    }

    pub(crate) fn can(&self, workload: Workload) -> bool {
        self.workloads.contains(&workload.content())
    }

    pub(crate) fn speaks(&self, protocol: Protocol) -> bool {
        match protocol {
            Protocol::Http1 => true,
            Protocol::Http2 => self.http2,
        }
    }

    pub(crate) fn is_base_of_any(&self, names: &[String]) -> bool {
        let mut peers = all(&[]).into_iter();
        peers.any(|peer| names.contains(&peer.name) && peer.base == self.name)
    }

    /// Whether valgrind can run it.
    pub(crate) fn is_rust(&self) -> bool {
        matches!(self.program, Program::Rust(_))
    }

    pub(crate) fn path(&self, workload: Workload) -> String {
        let workload = workload.content().to_string();
        format!("/{}{}", workload.to_lowercase(), self.way)
    }

    /// Why it cannot run here, if it cannot.
    pub(crate) fn obstacle(&self) -> Option<String> {
        match &self.program {
            Program::Rust(path) if path.exists() => None,
            Program::Rust(path) => Some(format!("there is no {}", path.display())),
            Program::Go => build_go().err().map(|error| format!("go: {error}")),
            Program::Nginx => {
                let version = Command::new("nginx")
                    .arg("-v")
                    .stderr(Stdio::null())
                    .status();
                version.err().map(|error| format!("nginx: {error}"))
            }
        }
    }

    /// How it is started, with one worker thread.
    pub(crate) fn command(&self, port: u16, data: &Path) -> io::Result<Command> {
        let mut command = match &self.program {
            Program::Rust(path) => Command::new(path),
            Program::Go => Command::new(beside("go_peer")),
            Program::Nginx => return nginx(port, data),
        };
        command
            .arg(port.to_string())
            .arg(data)
            .env("GOMAXPROCS", "1");
        if self.current_thread {
            command.arg("current-thread");
        }
        Ok(command)
    }
}

/// A program in the directory of this one.
fn beside(program: &str) -> PathBuf {
    let this = env::current_exe().unwrap_or_default();
    this.with_file_name(program)
}

fn build_go() -> io::Result<()> {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("go");
    let built = Command::new("go")
        .args(["build", "-o"])
        .arg(beside("go_peer"))
        .arg(".")
        .current_dir(source)
        .status()?;
    built
        .success()
        .then_some(())
        .ok_or(io::Error::other("it does not build"))
}

fn nginx(port: u16, data: &Path) -> io::Result<Command> {
    let template = include_str!("../../../nginx/nginx.conf");
    let data = fs::canonicalize(data)?;
    let configuration = template
        .replace("PORT", &port.to_string())
        .replace("DATA", &data.display().to_string());
    let path = data.join("nginx.conf");
    fs::write(&path, configuration)?;
    let mut command = Command::new("nginx");
    command
        .args(["-e", "stderr", "-p"])
        .arg(&data)
        .arg("-c")
        .arg(path);
    Ok(command)
}
