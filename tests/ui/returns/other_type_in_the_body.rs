// A body of another type than the return type is reported by the compiler.
use downloadview::download_view;

#[download_view(basename = "people.csv")]
async fn people() -> String {
    "id,name\n"
}

fn main() {
    let _: axum::routing::MethodRouter = axum::routing::get(people);
}
