// Data is no file until it is written in some format.
use downloadview::download_view;
use std::collections::HashMap;

#[download_view(basename = "people.json")]
async fn people() -> HashMap<u32, String> {
    HashMap::from([(1, "Ada".to_owned())])
}

fn main() {
    let _: axum::routing::MethodRouter = axum::routing::get(people);
}
