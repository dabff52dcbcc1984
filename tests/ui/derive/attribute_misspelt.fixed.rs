use downloadview::DownloadView;
#[derive(DownloadView)]
#[download_view(attachment, content = rows)]
pub struct People;
impl People {
    async fn rows(self) -> &'static str {
        "id,name\n"
    }
}

fn main() {}
