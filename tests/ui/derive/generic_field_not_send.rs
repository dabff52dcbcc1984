// A view goes from thread to thread, whatever types it is of.
use downloadview::DownloadView;
use std::rc::Rc;
#[derive(DownloadView)]
#[download_view(content = rows)]
pub struct People<T: ToString> {
    rows: Rc<T>,
}
impl<T: ToString> People<T> {
    fn rows(self) -> String {
        self.rows.to_string()
    }
}

fn main() {}
