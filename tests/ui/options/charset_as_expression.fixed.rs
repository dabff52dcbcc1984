use downloadview::download_view;

#[download_view(content_type = "text/csv", charset = "iso-8859-1")]
async fn people() -> Vec<u8> {
    b"id,name\n".to_vec()
}

fn main() {
    let _: axum::routing::MethodRouter = axum::routing::get(people);
}
