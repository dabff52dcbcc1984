use downloadview::download_view;

struct Reports;

impl Reports {
    #[download_view]
    async fn people() -> &'static str {
        "id,name\n"
    }
}

fn main() {}
