// A view has one implementation of the trait, which is derived or written by hand.
use axum::response::Response;
use downloadview::{Content, DownloadView, Metadata};
#[derive(DownloadView)]
pub struct Page(#[download_view(content)] pub String);
impl DownloadView for Page {
    async fn metadata(&self) -> Result<Metadata, Response> {
        Ok(Metadata::new())
    }
    async fn content(self) -> Result<Content, Response> {
        Ok(Content::from_text(self.0))
    }
}

fn main() {}
