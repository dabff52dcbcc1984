use downloadview::download_view;

#[derive(serde::Serialize)]
pub struct Order {
    pub id: u64,
}

#[download_view(basename = "orders.csv", attachment)]
async fn orders() -> Vec<Order> {
    vec![Order { id: 1 }]
}

fn main() {}
