// `inline` has no value. A condition is written as a `bool` of `attachment`.
use downloadview::download_view;

#[download_view(inline = true)]
async fn people() -> &'static str {
    "id,name\n"
}

fn main() {
    let _: axum::routing::MethodRouter = axum::routing::get(people);
}
