// Only a `basename` is a template. Other text is built with `format!`.
use axum::extract::Path;
use downloadview::download_view;

#[download_view(etag = "people-{id}")]
async fn people(Path(id): Path<u32>) -> String {
    format!("id,name\n{id},Ada\n")
}

fn main() {
    let _: axum::routing::MethodRouter = axum::routing::get(people);
}
