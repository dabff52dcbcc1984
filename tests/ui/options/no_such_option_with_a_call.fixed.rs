mod people {
    use downloadview::download_view;
    use std::time::Duration;
    #[download_view(stall_timeout = Duration::from_secs(60))]
    pub async fn people() -> &'static str {
        "id,name\n"
    }
}

fn main() {}
