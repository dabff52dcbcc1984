//! The demo as a separate process, and a client for it.

use std::{
    io::{BufRead, BufReader, Read},
    process::{Child, Command, Output, Stdio},
    time::Duration,
};

use tempfile::TempDir;
use ureq::{Agent, Body, http::Response};

/// A demo on a free port, which is ended when this is dropped.
pub(crate) struct Demo {
    pub(crate) child: Child,
    pub(crate) address: String,
    /// The directory of the demo's database. The demo cannot remove it when it is killed.
    _directory: TempDir,
}

impl Demo {
    pub(crate) fn start() -> Self {
        let directory = TempDir::new().unwrap();
        let mut child = command(&["--addr", "127.0.0.1:0"])
            .env(
                if cfg!(windows) { "TMP" } else { "TMPDIR" },
                directory.path(),
            )
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.as_mut().unwrap())
            .read_line(&mut line)
            .unwrap();
        let address = line.trim_end().to_owned();
        assert!(address.starts_with("http://127.0.0.1:"), "{address:?}");
        Self {
            child,
            address,
            _directory: directory,
        }
    }

    pub(crate) fn get(&self, path: &str) -> Response<Body> {
        agent()
            .get(format!("{}{path}", self.address))
            .call()
            .unwrap()
    }

    pub(crate) fn head(&self, path: &str) -> Response<Body> {
        agent()
            .head(format!("{}{path}", self.address))
            .call()
            .unwrap()
    }

    /// Returns the whole file. The download must succeed.
    pub(crate) fn file(&self, path: &str) -> Vec<u8> {
        let response = self.get(path);
        assert_eq!(response.status(), 200, "{path}");
        body(response).unwrap()
    }

    pub(crate) fn text(&self, path: &str) -> String {
        String::from_utf8(self.file(path)).unwrap()
    }
}

impl Drop for Demo {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Returns all bytes, or an error if the download is aborted.
pub(crate) fn body(response: Response<Body>) -> std::io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    response.into_body().into_reader().read_to_end(&mut bytes)?;
    Ok(bytes)
}

pub(crate) fn header<'a>(response: &'a Response<Body>, name: &str) -> &'a str {
    response
        .headers()
        .get(name)
        .map_or("", |value| value.to_str().unwrap())
}

/// Runs the demo until it ends.
pub(crate) fn run(arguments: &[&str]) -> Output {
    command(arguments).stderr(Stdio::piped()).output().unwrap()
}

fn command(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_demo"));
    command
        .args(arguments)
        .env_remove("DEMO_ADDR")
        .stdout(Stdio::piped());
    command
}

fn agent() -> Agent {
    let config = Agent::config_builder()
        .http_status_as_error(false)
        .timeout_global(Some(Duration::from_secs(60)));
    config.build().into()
}
