// A returned value has a size that is known at compile time: owned text, or a reference to text.
use downloadview::download_view;

#[download_view(basename = "people.csv")]
async fn people() -> str {
    "id,name\n"
}

fn main() {
    let _: axum::routing::MethodRouter = axum::routing::get(people);
}
