// Numbers are text or a table, and only the view knows.
use downloadview::download_view;

#[download_view(basename = "ids.csv", attachment)]
async fn ids() -> Vec<u64> {
    vec![1, 2, 3]
}

fn main() {}
