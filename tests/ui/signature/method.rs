// axum has no `self` to give; what a view needs are its arguments.
use downloadview::download_view;

struct Reports;

impl Reports {
    #[download_view]
    async fn people(&self) -> &'static str {
        "id,name\n"
    }
}

fn main() {}
