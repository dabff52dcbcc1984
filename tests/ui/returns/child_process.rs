// The output of a command is content, and `Content::from_command` starts the command.
use downloadview::download_view;
use std::io;
use tokio::process::{Child, Command};
#[download_view(basename = "source.tar")]
async fn source() -> io::Result<Child> {
    Command::new("tar").args(["--create", "src"]).spawn()
}

fn main() {
    let _: axum::routing::MethodRouter = axum::routing::get(source);
}
