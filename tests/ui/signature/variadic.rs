// What a view takes are extractors.
use downloadview::download_view;

#[download_view]
unsafe extern "C" fn people(mut rows: ...) -> &'static str {
    "id,name\n"
}

fn main() {}
