use downloadview::download_view;
async fn load() -> String {
    "id,name\n".to_owned()
}
#[download_view]
async fn people() -> String {
    load().await
}

fn main() {
    let _: axum::routing::MethodRouter = axum::routing::get(people);
}
