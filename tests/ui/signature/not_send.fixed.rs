use downloadview::download_view;

#[download_view]
async fn people() -> String {
    let name = std::sync::Arc::new("id,name\n");
    std::future::ready(()).await;
    name.to_string()
}

fn main() {
    let _: axum::routing::MethodRouter = axum::routing::get(people);
}
