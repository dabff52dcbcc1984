// Each wrong keyword is reported.
use downloadview::download_view;

#[download_view]
pub const unsafe extern "C" fn people() -> &'static str {
    "id,name\n"
}

fn main() {
    let _: axum::routing::MethodRouter = axum::routing::get(people);
}
