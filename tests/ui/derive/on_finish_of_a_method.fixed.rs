use downloadview::{DownloadView, Outcome};
#[derive(DownloadView)]
#[download_view(on_finish = { let id = self.id(); move |outcome| log(&id, outcome) })]
pub struct People(String, #[download_view(content)] String);
impl People {
    fn id(&self) -> String {
        self.0.to_lowercase()
    }
}
fn log(_: &str, _: Outcome) {}

fn main() {}
