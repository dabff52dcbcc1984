use downloadview::download_view;

#[download_view(blocking)]
fn people() -> String {
    "id,name\n".repeat(1000)
}

fn main() {
    let _: axum::routing::MethodRouter = axum::routing::get(people);
}
