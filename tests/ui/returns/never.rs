// A function that never returns has no content.
use downloadview::download_view;

#[download_view(basename = "people.csv")]
async fn people() -> ! {
    loop {}
}

fn main() {
    let _: axum::routing::MethodRouter = axum::routing::get(people);
}
