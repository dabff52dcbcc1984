use axum::extract::Path;
use downloadview::download_view;

#[download_view(header("X-Level", u16::from(*level)))]
async fn log(Path(level): Path<u8>) -> String {
    format!("{level}\n")
}

fn main() {
    let _: axum::routing::MethodRouter = axum::routing::get(log);
}
