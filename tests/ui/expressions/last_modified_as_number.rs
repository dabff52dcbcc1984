// A time is a `SystemTime`, because a number has no unit and no start.
use axum::extract::Path;
use downloadview::download_view;

#[download_view(last_modified = *changed)]
async fn people(Path(changed): Path<u64>) -> String {
    format!("{changed}\n")
}

fn main() {
    let _: axum::routing::MethodRouter = axum::routing::get(people);
}
