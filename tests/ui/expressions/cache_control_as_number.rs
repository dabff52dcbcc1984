// `cache_control` is text: a number is part of a directive.
use axum::extract::Path;
use downloadview::download_view;

#[download_view(cache_control = Some(*seconds))]
async fn people(Path(seconds): Path<u32>) -> String {
    format!("{seconds}\n")
}

fn main() {
    let _: axum::routing::MethodRouter = axum::routing::get(people);
}
