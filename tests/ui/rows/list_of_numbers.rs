// A list of numbers may be text or a table, so the view has to choose.
use downloadview::download_view;

#[download_view(basename = "ids.csv", attachment)]
async fn ids() -> Vec<u64> {
    vec![1, 2, 3]
}

fn main() {}
