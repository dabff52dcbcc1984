use axum::Json;
use downloadview::download_view;
#[derive(serde::Serialize)]
struct Person(u32);
#[download_view]
async fn people() -> Json<Person> {
    Json(Person(1))
}

fn main() {
    let _: axum::routing::MethodRouter = axum::routing::get(people);
}
