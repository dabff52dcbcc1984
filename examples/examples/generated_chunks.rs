//! Sends the items of a generator. Small items are sent together, and no item waits for the next one.
//!
//! Run it: `cargo run --example generated_chunks`
//! Get it: `curl -OJ http://127.0.0.1:8000/primes/100000`

use async_stream::stream;
use axum::{Router, extract::Path, routing::get};
use downloadview::download_view;
use futures::Stream;

#[download_view(basename = "primes-below-{limit}.txt", attachment)]
async fn primes(Path(limit): Path<u32>) -> impl Stream<Item = String> {
    stream! {
        for number in (2..limit).filter(|&number| is_prime(number)) {
            yield format!("{number}\n");
        }
    }
}

fn is_prime(number: u32) -> bool {
    (2..=number.isqrt()).all(|divisor| number % divisor != 0)
}

#[tokio::main]
async fn main() -> std::io::Result<()> {
    let app = Router::new().route("/primes/{limit}", get(primes));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:8000").await?;
    axum::serve(listener, app).await
}
