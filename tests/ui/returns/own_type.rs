// A type of your own implements `IntoContent`.
use downloadview::download_view;

struct People(String);

#[download_view(basename = "people.csv")]
async fn people() -> People {
    People("id,name\n".to_owned())
}

fn main() {
    let _: axum::routing::MethodRouter = axum::routing::get(people);
}
