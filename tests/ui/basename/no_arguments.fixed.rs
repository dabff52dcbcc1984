use axum::extract::Path;
use downloadview::download_view;

#[download_view(basename = "people-{year}.csv")]
async fn people(Path(year): Path<u16>) -> String {
    format!("id,name,{year}\n")
}

fn main() {
    let _: axum::routing::MethodRouter = axum::routing::get(people);
}
