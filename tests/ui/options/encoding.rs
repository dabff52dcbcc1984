// `encoding` of Django is called `charset`.
use downloadview::download_view;

#[download_view(encoding = "iso-8859-1")]
async fn people() -> Vec<u8> {
    b"id,name\n1,Andr\xe9\n".to_vec()
}

fn main() {
    let _: axum::routing::MethodRouter = axum::routing::get(people);
}
