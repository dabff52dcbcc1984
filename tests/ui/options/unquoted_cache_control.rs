// Directives are text, which needs quotes.
use downloadview::download_view;

#[download_view(cache_control = no-store)]
async fn people() -> &'static str {
    "id,name\n"
}

fn main() {
    let _: axum::routing::MethodRouter = axum::routing::get(people);
}
