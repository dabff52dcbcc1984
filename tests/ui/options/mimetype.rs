// `mimetype` of Django is called `content_type`, as in HTTP.
use downloadview::download_view;

#[download_view(mimetype = "text/csv")]
async fn people() -> &'static str {
    "id,name\n"
}

fn main() {
    let _: axum::routing::MethodRouter = axum::routing::get(people);
}
