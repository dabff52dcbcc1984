// The value of a header field is incomplete.
use axum::extract::Path;
use downloadview::download_view;

#[download_view(header("X-Person", id.))]
async fn people(Path(id): Path<u32>) -> String {
    format!("id,name\n{id},Ada\n")
}

fn main() {
    let _: axum::routing::MethodRouter = axum::routing::get(people);
}
