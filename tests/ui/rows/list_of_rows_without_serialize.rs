// The rows in a list implement `serde::Serialize`.
use downloadview::download_view;

pub struct Order {
    pub id: u64,
}

#[download_view(basename = "orders.csv", attachment)]
async fn orders() -> Vec<Order> {
    vec![Order { id: 1 }]
}

fn main() {}
