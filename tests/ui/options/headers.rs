// Each header field has its own `header`.
use downloadview::download_view;

#[download_view(headers("X-Rows", "2"))]
async fn people() -> &'static str {
    "id,name\n"
}

fn main() {
    let _: axum::routing::MethodRouter = axum::routing::get(people);
}
