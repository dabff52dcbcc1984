use downloadview::{DownloadView, Outcome};
#[derive(DownloadView)]
#[download_view(on_finish = |outcome| log(&self.name, outcome))]
pub struct People {
    name: Name,
    #[download_view(content)]
    rows: String,
}
#[derive(Clone)]
pub struct Name;
fn log(_: &Name, _: Outcome) {}

fn main() {}
