use downloadview::{Rows, download_view};

#[download_view(basename = "ids.csv", attachment)]
async fn ids() -> Rows {
    Rows::new(vec![1, 2, 3]).columns(["id"])
}

fn main() {}
