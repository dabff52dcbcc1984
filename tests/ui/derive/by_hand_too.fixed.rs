use axum::response::Response;
use downloadview::{Content, DownloadView, Metadata};
pub struct Page(pub String);
impl DownloadView for Page {
    async fn metadata(&self) -> Result<Metadata, Response> {
        Ok(Metadata::new())
    }
    async fn content(self) -> Result<Content, Response> {
        Ok(Content::from_text(self.0))
    }
}

fn main() {}
