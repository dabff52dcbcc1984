//! Stub.
use crate::{Result, arguments::Arguments, peers::Peer, server::Host};
pub(crate) fn run(_: &Host, _: &[Peer], _: &Arguments) -> Result<()> {
    Ok(())
}
