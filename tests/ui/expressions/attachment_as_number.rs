// `attachment` is a `bool`.
use axum::extract::Path;
use downloadview::download_view;

#[download_view(attachment = save)]
async fn people(Path(save): Path<u8>) -> String {
    format!("{save}\n")
}

fn main() {
    let _: axum::routing::MethodRouter = axum::routing::get(people);
}
