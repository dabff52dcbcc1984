// Directives are separated by commas.
use downloadview::download_view;

#[download_view(cache_control = "public max-age=3600")]
async fn people() -> &'static str {
    "id,name\n"
}

fn main() {
    let _: axum::routing::MethodRouter = axum::routing::get(people);
}
