use downloadview::download_view;

#[download_view(size = 10)]
async fn people() -> &'static str {
    "id,name\n1,"
}

fn main() {
    let _: axum::routing::MethodRouter = axum::routing::get(people);
}
