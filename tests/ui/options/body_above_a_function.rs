// A function returns its content, so no option names it.
use downloadview::download_view;

#[download_view(body = rows)]
async fn people() -> &'static str {
    "id,name\n"
}

fn main() {
    let _: axum::routing::MethodRouter = axum::routing::get(people);
}
