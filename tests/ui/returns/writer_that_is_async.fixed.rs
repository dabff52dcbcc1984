use downloadview::{Content, download_view};
use tokio::io::AsyncWriteExt;
#[download_view(basename = "people.csv")]
fn people() -> Content {
    Content::from_async_writer(|mut out| async move {
        out.write_all(b"id,name\n").await?;
        Ok(())
    })
}

fn main() {
    let _: axum::routing::MethodRouter = axum::routing::get(people);
}
