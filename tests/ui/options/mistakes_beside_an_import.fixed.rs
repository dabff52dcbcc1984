use downloadview::download_view;

#[download_view(header("Content-Language", "en"), attachment)]
async fn people() -> &'static str {
    "id,name\n"
}

fn main() {
    let _: axum::routing::MethodRouter = axum::routing::get(people);
}
