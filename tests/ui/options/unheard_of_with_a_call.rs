// What only the value of a refused option uses is not unused on top.
#[deny(unused_imports)]
mod people {
    use downloadview::download_view;
    use std::time::Duration;
    #[download_view(keep_for = Duration::from_secs(60))]
    pub async fn people() -> &'static str {
        "id,name\n"
    }
}

fn main() {}
