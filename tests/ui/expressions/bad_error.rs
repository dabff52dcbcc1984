// The `Err` of an option has to be a response, or an error that can be logged.
use downloadview::download_view;

struct Gone;
fn tag() -> Result<String, Gone> {
    Err(Gone)
}
#[download_view(etag = tag())]
async fn people() -> &'static str {
    "id,name\n"
}

fn main() {
    let _: axum::routing::MethodRouter = axum::routing::get(people);
}
