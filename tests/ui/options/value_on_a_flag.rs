// `inline` is the opposite of `attachment`: what may be either is a `bool` given to `attachment`.
use downloadview::download_view;

#[download_view(inline = true)]
async fn people() -> &'static str {
    "id,name\n"
}

fn main() {
    let _: axum::routing::MethodRouter = axum::routing::get(people);
}
