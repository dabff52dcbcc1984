// The rows of a table implement `serde::Serialize`.
use downloadview::download_view;

pub struct Order {
    pub id: u64,
}

#[download_view(basename = "orders.csv", attachment)]
async fn orders() -> impl Iterator<Item = Order> {
    [Order { id: 1 }].into_iter()
}

fn main() {}
