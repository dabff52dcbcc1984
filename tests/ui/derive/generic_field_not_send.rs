// A view moves between threads, for all its type parameters.
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
