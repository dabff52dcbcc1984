// A map has no format. Each entry is written as text, or the map is sent as JSON.
use downloadview::download_view;
use std::collections::HashMap;

#[download_view(basename = "people.json")]
async fn people() -> HashMap<u32, String> {
    HashMap::from([(1, "Ada".to_owned())])
}

fn main() {
    let _: axum::routing::MethodRouter = axum::routing::get(people);
}
