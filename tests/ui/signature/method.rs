// axum has no `self` to pass. A view takes extractors.
use downloadview::download_view;

struct Reports;

impl Reports {
    #[download_view]
    async fn people(&self) -> &'static str {
        "id,name\n"
    }
}

fn main() {}
