// A size is a number of bytes, without a unit.
use downloadview::download_view;

#[download_view(size = 10KB)]
async fn people() -> &'static str {
    "id,name\n1,"
}

fn main() {
    let _: axum::routing::MethodRouter = axum::routing::get(people);
}
