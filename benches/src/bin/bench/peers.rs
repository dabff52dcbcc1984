//! The peers: programs whose downloads are compared.

use std::{
    env, fs, io,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use crate::{
    client::Protocol,
    workload::Workload::{self, W1, W2, W3, W4, W5, W6, W7, W8, W9, W9Json, W10, W10Range},
};

/// The peer with which the others are compared.
const RAW: &str = "raw-axum";
const RAW_CURRENT_THREAD: &str = "raw-axum-current-thread";

/// The workloads without rows of structs.
const FILES: [Workload; 8] = [W1, W2, W3, W4, W5, W6, W7, W8];

/// A program and its capabilities.
#[derive(Debug)]
pub(crate) struct Peer {
    pub(crate) name: String,
    /// The name of the peer with which this one is compared. It has the ratio 1.
    pub(crate) base: &'static str,
    program: Program,
    workloads: Vec<Workload>,
    /// The suffix of its paths, which selects one of several sources of the same bytes.
    path_suffix: &'static str,
    current_thread: bool,
    http2: bool,
}

#[derive(Debug)]
enum Program {
    /// A program of this package, or another build of one.
    Rust(PathBuf),
    Go,
    Nginx,
}

/// Returns all peers in the order of the tables. A new peer needs a line here and a program.
pub(crate) fn all(also: &[(String, PathBuf)]) -> Vec<Peer> {
    let mut peers = vec![
        Peer::axum(RAW, "raw_axum"),
        Peer::axum("ours", "ours"),
        Peer::axum("ours-reader", "ours")
            .only([W3])
            .with_path_suffix("-reader"),
        Peer::axum("ours-iterator", "ours")
            .only([W4, W7, W8])
            .with_path_suffix("-iterator"),
        Peer::axum("ours-writer", "ours")
            .only([W4, W8, W9, W9Json])
            .with_path_suffix("-writer"),
        Peer::axum("ours-stream", "ours")
            .only([W9, W9Json])
            .with_path_suffix("-stream"),
        Peer::axum("ours-with", "ours")
            .only([W9, W9Json])
            .with_path_suffix("-with"),
        Peer::axum("ours-csv-writer", "ours")
            .only([W9])
            .with_path_suffix("-csv-writer"),
        Peer::axum("axum-streams", "axum_streams").only([W9, W9Json]),
        Peer::axum(RAW_CURRENT_THREAD, "raw_axum")
            .only([W3])
            .on_current_thread(),
        Peer::axum("ours-current-thread", "ours")
            .only([W3])
            .on_current_thread(),
        Peer::axum("ours-reader-current-thread", "ours")
            .only([W3])
            .with_path_suffix("-reader")
            .on_current_thread(),
        Peer::archive("file", "-file", W10),
        Peer::archive("zip-file", "", W10),
        Peer::archive("zip-file-crc32", "-crc32", W10),
        Peer::archive("zip-crate", "-crate", W10),
        Peer::archive("memory", "-memory", W10Range),
        Peer::archive("zip-memory", "-zip-memory", W10Range),
        Peer::archive("object", "-object", W10Range),
        Peer::archive("zip-object", "-zip-object", W10Range),
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
            workloads: Workload::COMMON.to_vec(),
            path_suffix: "",
            current_thread: false,
            http2: false,
        }
    }

    fn rust(name: &str, program: &str) -> Self {
        Self::new(name, Program::Rust(path_beside(program)))
    }

    /// Creates a peer that uses `axum::serve`, which speaks both protocols.
    fn axum(name: &str, program: &str) -> Self {
        Self {
            http2: true,
            ..Self::rust(name, program)
        }
    }

    /// A view of the library, beside the view of one such content without an archive.
    fn archive(name: &str, way: &'static str, workload: Workload) -> Self {
        Self {
            base: match name {
                "memory" | "zip-memory" => "memory",
                "object" | "zip-object" => "object",
                _ => "file",
            },
            ..Self::axum(name, "ours")
                .only([workload])
                .with_path_suffix(way)
        }
    }

    fn only<const N: usize>(mut self, workloads: [Workload; N]) -> Self {
        self.workloads = workloads.to_vec();
        self
    }

    fn with_path_suffix(mut self, path_suffix: &'static str) -> Self {
        self.path_suffix = path_suffix;
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

    /// Returns true for a Rust program, which valgrind can run.
    pub(crate) fn is_rust(&self) -> bool {
        matches!(self.program, Program::Rust(_))
    }

    pub(crate) fn path(&self, workload: Workload) -> String {
        let workload = workload.content().to_string();
        format!("/{}{}", workload.to_lowercase(), self.path_suffix)
    }

    /// Returns the reason if the peer cannot run on this machine.
    pub(crate) fn obstacle(&self) -> Option<String> {
        match &self.program {
            Program::Rust(path) if path.exists() => None,
            Program::Rust(path) => Some(format!("{} does not exist", path.display())),
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

    /// Returns the command that starts the peer with one worker thread.
    pub(crate) fn command(&self, port: u16, data: &Path) -> io::Result<Command> {
        let mut command = match &self.program {
            Program::Rust(path) => Command::new(path),
            Program::Go => Command::new(path_beside("go_peer")),
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

/// Returns the path of a program in the same directory as this one.
fn path_beside(program: &str) -> PathBuf {
    let this = env::current_exe().unwrap_or_default();
    this.with_file_name(program)
}

fn build_go() -> io::Result<()> {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("go");
    let built = Command::new("go")
        .args(["build", "-o"])
        .arg(path_beside("go_peer"))
        .arg(".")
        .current_dir(source)
        .status()?;
    built
        .success()
        .then_some(())
        .ok_or(io::Error::other("the program does not build"))
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
