// An expression that ends with a dot is incomplete.
use axum::extract::Path;
use downloadview::download_view;

#[download_view(attachment, etag = id.)]
async fn people(Path(id): Path<u32>) -> String {
    format!("id,name\n{id},Ada\n")
}

fn main() {
    let _: axum::routing::MethodRouter = axum::routing::get(people);
}
