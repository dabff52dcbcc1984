// The name and the value of a header field are separated by a comma.
use downloadview::download_view;

#[download_view(header("X-Rows": "2"))]
async fn people() -> &'static str {
    "id,name\n"
}

fn main() {
    let _: axum::routing::MethodRouter = axum::routing::get(people);
}
