// In a template, the name of an argument is written without `r#`.
use axum::extract::Path;
use downloadview::download_view;

#[download_view(basename = "{r#type}.csv")]
async fn people(Path(r#type): Path<String>) -> String {
    format!("id,name\n1,{type}\n")
}

fn main() {
    let _: axum::routing::MethodRouter = axum::routing::get(people);
}
