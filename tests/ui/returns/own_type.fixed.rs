use downloadview::{Content, IntoContent, download_view};
struct People(String);
impl IntoContent for People {
    fn into_content(self) -> Content {
        Content::from_text(self.0)
    }
}
#[download_view(basename = "people.csv")]
async fn people() -> People {
    People("id,name\n".to_owned())
}

fn main() {
    let _: axum::routing::MethodRouter = axum::routing::get(people);
}
