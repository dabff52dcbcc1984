// An error has to be a response, or an error that can be logged.
use downloadview::download_view;

pub struct Missing;

#[download_view(basename = "people.csv")]
async fn people() -> Result<String, Missing> {
    Err(Missing)
}

fn main() {
    let _: axum::routing::MethodRouter = axum::routing::get(people);
}
