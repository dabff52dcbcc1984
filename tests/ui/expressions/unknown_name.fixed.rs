use downloadview::download_view;

const ROWS: &str = "id,name\n";

#[download_view(size = ROWS.len() as u64)]
async fn people() -> &'static str {
    ROWS
}

fn main() {
    let _: axum::routing::MethodRouter = axum::routing::get(people);
}
