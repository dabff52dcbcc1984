//! Serves every kind of content on loopback for clients in other processes. Usage: `kinds SIZE SEED`.
//!
//! The first line of the output is the server's address. Each other line is the name of a kind.

use axum::serve;
use tests::kinds::{Kind, router, subjects};
use tokio::net::TcpListener;

#[tokio::main]
async fn main() -> std::io::Result<()> {
    let mut numbers = std::env::args()
        .skip(1)
        .map(|text| text.parse().expect("a number"));
    let (size, seed) = (
        numbers.next().expect("a size"),
        numbers.next().expect("a seed"),
    );
    let size = usize::try_from(size).expect("a size that fits in memory");
    let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
    println!("{}", listener.local_addr()?);
    for kind in Kind::ALL {
        println!("{}", kind.name());
    }
    serve(listener, router(&subjects(size, seed))).await
}
