// The closure of `on_finish` takes an `Outcome`.
use downloadview::download_view;

#[download_view(on_finish = || println!("done"))]
async fn people() -> &'static str {
    "id,name\n"
}

fn main() {
    let _: axum::routing::MethodRouter = axum::routing::get(people);
}
