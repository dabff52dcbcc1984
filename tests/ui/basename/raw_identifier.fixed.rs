use axum::extract::Path;
use downloadview::download_view;

#[download_view(basename = "{kind}.csv")]
async fn report(Path(kind): Path<String>) -> String {
    kind
}

fn main() {
    let _: axum::routing::MethodRouter = axum::routing::get(report);
}
