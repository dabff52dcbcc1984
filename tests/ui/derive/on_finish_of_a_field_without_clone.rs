// The closure of `on_finish` outlives the view, so it gets clones of the fields that it uses.
use downloadview::{DownloadView, Outcome};
#[derive(DownloadView)]
#[download_view(on_finish = |outcome| log(&self.name, outcome))]
pub struct People {
    name: Name,
    #[download_view(content)]
    rows: String,
}
pub struct Name;
fn log(_: &Name, _: Outcome) {}

fn main() {}
