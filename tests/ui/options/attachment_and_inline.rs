// A file is either saved or shown in the browser.
use downloadview::download_view;

#[download_view(attachment, inline)]
async fn people() -> &'static str {
    "id,name\n"
}

fn main() {
    let _: axum::routing::MethodRouter = axum::routing::get(people);
}
