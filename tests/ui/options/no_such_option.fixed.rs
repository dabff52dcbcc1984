use downloadview::download_view;

#[download_view(cache_control = "max-age=86400")]
async fn people() -> &'static str {
    "id,name\n"
}

fn main() {
    let _: axum::routing::MethodRouter = axum::routing::get(people);
}
