use downloadview::{Content, download_view};
use tokio::process::Command;
#[download_view(basename = "source.tar")]
async fn source() -> Content {
    let mut command = Command::new("tar");
    command.args(["--create", "src"]);
    Content::from_command(command)
}

fn main() {
    let _: axum::routing::MethodRouter = axum::routing::get(source);
}
