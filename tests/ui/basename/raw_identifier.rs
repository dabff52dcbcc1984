// A raw identifier cannot be named in a template, as in `format!`.
use axum::extract::Path;
use downloadview::download_view;

#[download_view(basename = "{r#type}.csv")]
async fn report(Path(r#type): Path<String>) -> String {
    r#type
}

fn main() {
    let _: axum::routing::MethodRouter = axum::routing::get(report);
}
