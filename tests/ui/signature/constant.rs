// The attribute stands above a function.
use downloadview::download_view;

#[download_view(basename = "people.csv")]
const PEOPLE: &str = "id,name\n";

fn main() {}
