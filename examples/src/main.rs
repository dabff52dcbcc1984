//! The demo is a small shop whose files are made on demand. Run `cargo run`, and open the address that it prints.

mod args;
mod data;
mod error;
mod exports;
mod names;
mod odd;
mod page;
mod plot;
mod queries;
mod rendered;
mod report;
mod seed;
mod source;
mod trouble;
mod until_error;

use std::{env, io, process::ExitCode, time::Duration};

use axum::{BoxError, Router};
use tokio::{net::TcpListener, runtime::Runtime, signal, task::spawn_blocking, time::sleep};

use args::{Command, USAGE};
use data::Shop;

/// The time that running downloads have once the demo is stopped. Then they are aborted.
const GRACE: Duration = Duration::from_secs(3);

fn main() -> ExitCode {
    tracing_subscriber::fmt().with_writer(io::stderr).init();
    match Command::parse(env::args().skip(1), env::var("DEMO_ADDR").ok()) {
        Ok(Command::Help) => print!("{USAGE}"),
        Ok(Command::Serve(address)) => {
            if let Err(error) = run(&address) {
                eprintln!("demo: {error}");
                return ExitCode::FAILURE;
            }
        }
        Err(mistake) => {
            eprint!("demo: {mistake}\n\n{USAGE}");
            return ExitCode::from(2);
        }
    }
    ExitCode::SUCCESS
}

fn run(address: &str) -> Result<(), BoxError> {
    let runtime = Runtime::new()?;
    let result = runtime.block_on(serve(address));
    // An aborted writer closure ends at its next write. Wait for it, but not indefinitely.
    runtime.shutdown_timeout(Duration::from_secs(1));
    result
}

async fn serve(address: &str) -> Result<(), BoxError> {
    let listener = bind(address).await?;
    let shop = spawn_blocking(Shop::open).await??;
    println!("http://{}", listener.local_addr()?);
    let server = axum::serve(listener, app(shop)).with_graceful_shutdown(stop());
    tokio::select! {
        result = server => Ok(result?),
        () = cut() => Ok(()),
    }
}

fn app(shop: Shop) -> Router {
    Router::new()
        .merge(page::routes())
        .merge(seed::routes())
        .merge(exports::routes())
        .merge(rendered::routes())
        .merge(odd::routes())
        .merge(trouble::routes())
        .with_state(shop)
}

async fn bind(address: &str) -> Result<TcpListener, String> {
    TcpListener::bind(address).await.map_err(|error| match error.kind() {
        io::ErrorKind::AddrInUse => {
            format!("{address} is taken: end the other program, or choose another port with `cargo run -- --addr 127.0.0.1:0`")
        }
        _ => format!("cannot listen on {address} ({error}): choose another address with `cargo run -- --addr HOST:PORT`"),
    })
}

/// Ends when the demo is stopped, by Ctrl-C or by a signal to terminate.
async fn stop() {
    tokio::select! {
        _ = signal::ctrl_c() => {}
        () = terminated() => {}
    }
}

/// Ends when the time of the downloads is over, or when the demo is stopped once more.
async fn cut() {
    stop().await;
    tokio::select! {
        () = sleep(GRACE) => tracing::warn!("aborted the downloads that were still running"),
        () = stop() => {}
    }
}

#[cfg(unix)]
async fn terminated() {
    use signal::unix::{SignalKind, signal};
    match signal(SignalKind::terminate()) {
        Ok(mut terminate) => {
            terminate.recv().await;
        }
        Err(_) => std::future::pending().await,
    }
}

#[cfg(not(unix))]
async fn terminated() {
    std::future::pending().await
}
