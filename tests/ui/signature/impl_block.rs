// The attribute is applied to a function in the `impl` block.
use downloadview::download_view;

struct Reports;

#[download_view]
impl Reports {
    async fn people() -> &'static str {
        "id,name\n"
    }
}

fn main() {}
