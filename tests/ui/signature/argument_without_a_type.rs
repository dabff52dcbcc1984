// An argument has a type, which says where in the request it comes from.
use downloadview::download_view;

#[download_view(basename = "people.csv")]
async fn people(id) -> String {
    format!("id,name\n{id},Ada\n")
}

fn main() {
    let _: axum::routing::MethodRouter = axum::routing::get(people);
}
