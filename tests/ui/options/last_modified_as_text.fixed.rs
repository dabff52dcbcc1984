use downloadview::download_view;

#[download_view(last_modified = std::time::UNIX_EPOCH + std::time::Duration::from_secs(784_887_151))]
async fn people() -> &'static str {
    "id,name\n"
}

fn main() {
    let _: axum::routing::MethodRouter = axum::routing::get(people);
}
