use axum::response::Response;
use downloadview::{Content, DownloadView, Metadata};
pub enum People { All }
impl DownloadView for People {
    async fn metadata(&self) -> Result<Metadata, Response> {
        Ok(Metadata::new())
    }
    async fn content(self) -> Result<Content, Response> {
        Ok(Content::from_text("1,Ada\n"))
    }
}

fn main() {}
