//! What several test programs share: a server on a loopback socket and a strict client.

pub mod call;
pub mod disposition;
