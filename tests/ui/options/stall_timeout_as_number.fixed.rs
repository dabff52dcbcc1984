use downloadview::download_view;

#[download_view(stall_timeout = std::time::Duration::from_secs(30))]
async fn people() -> &'static str {
    "id,name\n"
}

fn main() {
    let _: axum::routing::MethodRouter = axum::routing::get(people);
}
