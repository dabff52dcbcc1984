// An import that only the value of an unknown option uses is not reported as unused.
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
