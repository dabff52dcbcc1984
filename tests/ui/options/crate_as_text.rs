// The location of the library is a path.
use downloadview as files;
#[files::download_view(crate = "files")]
async fn people() -> &'static str {
    "id,name\n"
}

fn main() {
    let _: axum::routing::MethodRouter = axum::routing::get(people);
}
