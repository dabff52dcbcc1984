// Options are written in lower case.
use downloadview::download_view;

#[download_view(Attachment)]
async fn people() -> &'static str {
    "id,name\n"
}

fn main() {
    let _: axum::routing::MethodRouter = axum::routing::get(people);
}
