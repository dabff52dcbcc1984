// The attribute can only be applied to functions.
use downloadview::download_view;

#[download_view(basename = "people.csv")]
const PEOPLE: &str = "id,name\n";

fn main() {}
