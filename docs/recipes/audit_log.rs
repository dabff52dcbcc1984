use axum::{Router, routing::get};
use downloadview::{Defaults, Outcome, download_view};
use tokio::sync::mpsc;

#[download_view(basename = "salaries.csv", attachment, cache_control = "no-store")]
async fn salaries() -> &'static str {
    "name,salary\n"
}

pub fn app(log: mpsc::UnboundedSender<Outcome>) -> Router {
    let audit = Defaults::new().on_finish(move |outcome| {
        // The callback must not block, so another task writes the log.
        let _ = log.send(outcome);
    });
    Router::new().route("/salaries", get(salaries)).layer(audit)
}

pub async fn write_log(mut outcomes: mpsc::UnboundedReceiver<Outcome>) {
    while let Some(Outcome { view, status, bytes, end, .. }) = outcomes.recv().await {
        println!("{view} {status:?} {bytes} {end:?}");
    }
}
