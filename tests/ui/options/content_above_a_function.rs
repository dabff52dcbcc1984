// A function returns its content. `content = …` is an option of structs.
use downloadview::download_view;

#[download_view(content = rows)]
async fn people() -> &'static str {
    "id,name\n"
}

fn main() {
    let _: axum::routing::MethodRouter = axum::routing::get(people);
}
