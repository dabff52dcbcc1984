// A value can be sent as JSON if its type implements `Serialize`.
use axum::Json;
use downloadview::download_view;
struct Person(u32);
#[download_view]
async fn people() -> Json<Person> {
    Json(Person(1))
}

fn main() {
    let _: axum::routing::MethodRouter = axum::routing::get(people);
}
