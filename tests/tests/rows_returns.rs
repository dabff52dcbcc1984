//! Rows as the return value of a view: iterators, streams and lists of structs become a table.

use std::{collections::BTreeMap, convert::Infallible, io, pin::Pin};

use axum::{
    Router,
    extract::{FromRequestParts, Path, Query},
    http::StatusCode,
    response::Response,
    routing::get,
};
use downloadview::{Download, DownloadRequest, DownloadView, Format, Rows, download_view, serve};
use futures::{Stream, StreamExt, stream};
use serde::{Deserialize, Serialize};
use tests::call::{Answer, send};
use tokio::sync::mpsc;

#[derive(Clone, Serialize)]
struct Order {
    id: u64,
    customer: &'static str,
}

const ORDERS: [Order; 2] = [
    Order {
        id: 1,
        customer: "Ada",
    },
    Order {
        id: 2,
        customer: "=1+1",
    },
];

const CSV: &str = "id,customer\r\n1,Ada\r\n2,\"'=1+1\"\r\n";

#[download_view(basename = "a.csv")]
async fn iterator() -> impl Iterator<Item = Order> {
    ORDERS.into_iter()
}

#[download_view(basename = "a.csv")]
fn plain_function() -> impl Iterator<Item = Order> {
    ORDERS.into_iter()
}

#[download_view(basename = "a.csv", blocking)]
fn on_the_pool() -> Vec<Order> {
    ORDERS.into()
}

#[download_view(basename = "a.csv")]
async fn fallible_iterator() -> impl Iterator<Item = Result<Order, String>> {
    ORDERS.into_iter().map(Ok)
}

#[download_view(basename = "a.csv")]
async fn boxed_iterator() -> Box<dyn Iterator<Item = Order> + Send> {
    Box::new(ORDERS.into_iter())
}

#[download_view(basename = "a.csv")]
async fn references() -> impl Iterator<Item = &'static Order> {
    ORDERS.iter()
}

#[download_view(basename = "a.csv")]
async fn list() -> Vec<Order> {
    ORDERS.into()
}

#[download_view(basename = "a.csv")]
async fn list_of_results() -> Vec<Result<Order, io::Error>> {
    ORDERS.into_iter().map(Ok).collect()
}

#[download_view(basename = "a.csv")]
async fn list_in_layers() -> Result<Option<Vec<Order>>, StatusCode> {
    Ok(Some(ORDERS.into()))
}

#[download_view(basename = "a.csv")]
async fn rows() -> impl Stream<Item = Order> {
    stream::iter(ORDERS)
}

#[download_view(basename = "a.csv")]
async fn fallible_stream() -> impl Stream<Item = io::Result<Order>> {
    stream::iter(ORDERS.map(Ok))
}

#[download_view(basename = "a.csv")]
async fn infallible_stream() -> impl Stream<Item = Result<Order, Infallible>> {
    stream::iter(ORDERS.map(Ok))
}

#[download_view(basename = "a.csv")]
async fn pinned_stream() -> Pin<Box<dyn Stream<Item = Result<Order, String>> + Send>> {
    stream::iter(ORDERS.map(Ok)).boxed()
}

#[download_view(basename = "a.csv")]
async fn boxed_stream() -> Box<dyn Stream<Item = Order> + Send> {
    Box::new(stream::iter(ORDERS))
}

#[download_view(basename = "a.csv")]
async fn channel() -> mpsc::Receiver<Result<Order, io::Error>> {
    let (sender, receiver) = mpsc::channel(ORDERS.len());
    for order in ORDERS {
        sender.try_send(Ok(order)).unwrap();
    }
    receiver
}

#[download_view(basename = "a.csv")]
async fn unbounded_channel() -> mpsc::UnboundedReceiver<Order> {
    let (sender, receiver) = mpsc::unbounded_channel();
    for order in ORDERS {
        sender.send(order).unwrap();
    }
    receiver
}

#[download_view(basename = "a.csv")]
async fn named() -> Rows {
    Rows::new(ORDERS)
}

#[download_view(basename = "b.json")]
async fn download() -> Download {
    Download::new(Rows::new(ORDERS)).basename("a.csv")
}

#[derive(FromRequestParts, DownloadView)]
#[download_view(basename = "a.csv", content = orders)]
struct View {
    #[from_request(via(Path))]
    _number: u32,
}

impl View {
    async fn orders(self) -> io::Result<impl Stream<Item = Order>> {
        tokio::task::yield_now().await;
        Ok(stream::iter(ORDERS))
    }
}

async fn builder(request: DownloadRequest) -> Response {
    Download::new(Rows::new(ORDERS))
        .basename("a.csv")
        .respond(&request)
        .await
}

fn routes() -> Router {
    Router::new()
        .route("/iterator", get(iterator))
        .route("/plain_function", get(plain_function))
        .route("/on_the_pool", get(on_the_pool))
        .route("/fallible_iterator", get(fallible_iterator))
        .route("/boxed_iterator", get(boxed_iterator))
        .route("/references", get(references))
        .route("/list", get(list))
        .route("/list_of_results", get(list_of_results))
        .route("/list_in_layers", get(list_in_layers))
        .route("/rows", get(rows))
        .route("/fallible_stream", get(fallible_stream))
        .route("/infallible_stream", get(infallible_stream))
        .route("/pinned_stream", get(pinned_stream))
        .route("/boxed_stream", get(boxed_stream))
        .route("/channel", get(channel))
        .route("/unbounded_channel", get(unbounded_channel))
        .route("/named", get(named))
        .route("/download", get(download))
        .route("/view/{number}", get(serve::<View>))
        .route("/builder", get(builder))
}

async fn fetch(router: Router, uri: &str) -> Answer {
    send(router, "GET", uri, &[]).await
}

#[tokio::test]
async fn structs_are_a_table_however_they_are_returned() {
    let paths = [
        "iterator",
        "plain_function",
        "on_the_pool",
        "fallible_iterator",
        "boxed_iterator",
        "references",
        "list",
        "list_of_results",
        "list_in_layers",
        "rows",
        "fallible_stream",
        "infallible_stream",
        "pinned_stream",
        "boxed_stream",
        "channel",
        "unbounded_channel",
        "named",
        "download",
        "view/1",
        "builder",
    ];
    for path in paths {
        let answer = fetch(routes(), &format!("/{path}")).await;
        assert_eq!((answer.status, answer.text()), (200, CSV), "{path}");
        let content_type = answer.field("content-type");
        assert_eq!(
            content_type, "text/csv; charset=utf-8; header=present",
            "{path}"
        );
    }
}

#[download_view(basename = "a.tsv")]
async fn tuples() -> impl Iterator<Item = (u8, Option<&'static str>)> {
    [(1, Some("a")), (2, None)].into_iter()
}

#[download_view(basename = "a.jsonl")]
async fn maps() -> Vec<BTreeMap<&'static str, u8>> {
    vec![BTreeMap::from([("a", 1)]), BTreeMap::from([("b", 2)])]
}

#[tokio::test]
async fn tuples_and_maps_are_rows() {
    let answer = fetch(Router::new().route("/", get(tuples)), "/").await;
    assert_eq!(answer.text(), "1\ta\r\n2\t\r\n");
    assert_eq!(
        answer.field("content-type"),
        "text/tab-separated-values; charset=utf-8"
    );
    let answer = fetch(Router::new().route("/", get(maps)), "/").await;
    assert_eq!(answer.text(), "{\"a\":1}\n{\"b\":2}\n");
    assert_eq!(answer.field("content-type"), "application/x-ndjson");
}

#[download_view(basename = "a.csv")]
async fn text() -> impl Iterator<Item = String> {
    ["a,b\n".to_owned()].into_iter()
}

#[download_view(basename = "a.csv")]
async fn bytes() -> impl Stream<Item = io::Result<Vec<u8>>> {
    stream::iter([Ok(b"a,b\n".to_vec())])
}

#[tokio::test]
async fn text_and_bytes_stay_chunks() {
    for handler in [get(text), get(bytes)] {
        let answer = fetch(Router::new().route("/", handler), "/").await;
        assert_eq!(answer.text(), "a,b\n");
        assert_eq!(answer.field("content-type"), "text/csv; charset=utf-8");
    }
}

#[download_view(basename = "a.csv")]
async fn failing_list() -> Vec<Result<Order, String>> {
    vec![Ok(ORDERS[0].clone()), Err("no such order".into())]
}

/// The error is `Serialize` as well.
#[download_view(basename = "a.json")]
async fn failing_stream() -> impl Stream<Item = Result<Order, String>> {
    stream::iter([Err("no such order".into()), Ok(ORDERS[0].clone())])
}

#[tokio::test]
async fn an_error_is_never_a_row() {
    let answer = fetch(Router::new().route("/", get(failing_stream)), "/").await;
    assert_eq!((answer.status, answer.text()), (500, ""));
    let app = Router::new().route("/", get(failing_list));
    let response = tower::ServiceExt::oneshot(
        app,
        axum::http::Request::get("/")
            .body(axum::body::Body::empty())
            .unwrap(),
    )
    .await
    .unwrap();
    let body = axum::body::to_bytes(response.into_body(), usize::MAX).await;
    assert!(body.is_err());
}

#[derive(Deserialize)]
struct Wanted {
    format: Format,
}

#[download_view(basename = "a.{format}")]
async fn by_path(Path(format): Path<Format>) -> Vec<(u8, u8)> {
    let _ = format;
    vec![(1, 2)]
}

#[download_view]
async fn by_query(Query(wanted): Query<Wanted>) -> Rows {
    Rows::new([(1, 2)]).format(wanted.format)
}

#[tokio::test]
async fn a_format_is_extracted_from_a_path_or_a_query() {
    let app = || {
        Router::new()
            .route("/{format}", get(by_path))
            .route("/", get(by_query))
    };
    for (format, text, media_type) in [
        ("csv", "1,2\r\n", "text/csv; charset=utf-8; header=absent"),
        (
            "tsv",
            "1\t2\r\n",
            "text/tab-separated-values; charset=utf-8",
        ),
        ("jsonl", "[1,2]\n", "application/x-ndjson"),
        ("ndjson", "[1,2]\n", "application/x-ndjson"),
        ("json", "[\n[1,2]\n]", "application/json"),
    ] {
        for uri in [format!("/{format}"), format!("/?format={format}")] {
            let answer = fetch(app(), &uri).await;
            assert_eq!((answer.status, answer.text()), (200, text), "{uri}");
            assert_eq!(answer.field("content-type"), media_type, "{uri}");
        }
    }
    for uri in ["/pdf", "/?format=pdf", "/?format="] {
        let answer = fetch(app(), uri).await;
        assert_eq!(answer.status, 400, "{uri}");
        assert!(
            answer
                .text()
                .contains("expected `csv`, `tsv`, `jsonl` or `json`"),
            "{}",
            answer.text()
        );
    }
}
