use downloadview::DownloadView;
#[derive(DownloadView)]
#[download_view(content = row)]
pub struct People {
    pub id: u32,
    pub age: u32,
}
impl People {
    fn row(self) -> String { format!("{},{}\n", self.id, self.age) }
}

fn main() {}
