// Options see the function's arguments, not the variables of its body.
use downloadview::download_view;

#[download_view(size = rows.len() as u64)]
async fn people() -> &'static str {
    let rows = "id,name\n";
    rows
}

fn main() {
    let _: axum::routing::MethodRouter = axum::routing::get(people);
}
