// The attribute stands above a function, not above the `impl` it is in.
use downloadview::download_view;

struct Reports;

#[download_view]
impl Reports {
    async fn people() -> &'static str {
        "id,name\n"
    }
}

fn main() {}
