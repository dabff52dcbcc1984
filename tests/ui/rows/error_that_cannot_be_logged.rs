// An error aborts the download and is logged. It never becomes a row, even if it could be serialized.
use downloadview::download_view;

#[derive(serde::Serialize)]
pub struct Refused {
    pub reason: String,
}

#[download_view(basename = "squares.csv", attachment)]
async fn squares() -> Vec<Result<(u32, u32), Refused>> {
    vec![Ok((1, 1)), Ok((2, 4))]
}

fn main() {}
