// The closure of `on_finish` outlives the view. It can use fields, of which it gets clones, but not methods.
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
