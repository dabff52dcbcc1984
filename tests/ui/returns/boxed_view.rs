// `DownloadView` cannot be a trait object. `impl DownloadView` hides the type of a view.
use downloadview::{DownloadView, download_view};
#[derive(DownloadView)]
pub struct People(#[download_view(content)] &'static str);

#[download_view(basename = "people.csv")]
async fn people() -> Box<dyn DownloadView> {
    Box::new(People("id,name\n"))
}

fn main() {
    let _: axum::routing::MethodRouter = axum::routing::get(people);
}
