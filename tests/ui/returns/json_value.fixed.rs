use axum::Json;
use downloadview::download_view;
use std::collections::HashMap;

#[download_view(basename = "people.json")]
async fn people() -> Json<HashMap<u32, String>> {
    Json(HashMap::from([(1, "Ada".to_owned())]))
}

fn main() {
    let _: axum::routing::MethodRouter = axum::routing::get(people);
}
