// The closure outlives the view: it may name fields, of which it gets copies, but not call methods.
use downloadview::{DownloadView, Outcome};
#[derive(DownloadView)]
#[download_view(on_finish = |outcome| log(&self.id(), outcome))]
pub struct People(String, #[download_view(content)] String);
impl People {
    fn id(&self) -> String {
        self.0.to_lowercase()
    }
}
fn log(_: &str, _: Outcome) {}

fn main() {}
