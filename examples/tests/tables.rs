//! Runs the programs that send the rows of a database.

use axum::{
    Router,
    body::Body,
    http::{Method, Request},
    routing::get,
};
use downloadview::{
    DownloadRequest,
    testing::{Downloaded, assert_download},
};
use sqlx::{SqlitePool, sqlite::SqlitePoolOptions};
use tower::ServiceExt;

#[path = "../examples/rows_rusqlite.rs"]
#[expect(dead_code, reason = "`main` listens at an address that may be taken")]
mod rows_rusqlite;

#[path = "../examples/rows_sqlx.rs"]
#[expect(dead_code, reason = "`main` listens at an address that may be taken")]
mod rows_sqlx;

async fn database() -> SqlitePool {
    let pool = SqlitePoolOptions::new().max_connections(1);
    pool.connect("sqlite::memory:").await.unwrap()
}

async fn ask(database: &SqlitePool, path: &str) -> Downloaded {
    let router = Router::new()
        .route("/cities/{at_least}/{format}", get(rows_sqlx::cities))
        .with_state(database.clone());
    let request = Request::get(path).body(Body::empty()).unwrap();
    assert_download(router.oneshot(request).await.unwrap()).await
}

#[tokio::test]
async fn a_query_of_sqlx_is_a_table_in_each_format() {
    let database = database().await;
    sqlx::raw_sql(rows_sqlx::FILL)
        .execute(&database)
        .await
        .unwrap();
    let csv = ask(&database, "/cities/11000000/csv").await;
    csv.status(200)
        .attachment()
        .basename("cities-of-11000000.csv")
        .body("City,Country,People\r\n東京,Japan,14192184\r\nSão Paulo,Brazil,11895578\r\n");
    let lines = ask(&database, "/cities/14000000/jsonl").await;
    lines
        .content_type("application/x-ndjson")
        .body("{\"name\":\"東京\",\"country\":\"Japan\",\"people\":14192184}\n");
    let array = ask(&database, "/cities/20000000/json").await;
    array.basename("cities-of-20000000.json").body("[]");
    let empty = ask(&database, "/cities/20000000/tsv").await;
    empty.body("City\tCountry\tPeople\r\n");
    let all = ask(&database, "/cities/0/csv").await;
    assert!(
        all.text()
            .contains("\r\n\"Washington, D.C.\",United States,702250\r\n")
    );
}

#[tokio::test]
async fn a_query_of_sqlx_that_fails_is_a_500() {
    let answer = ask(&database().await, "/cities/0/csv").await;
    answer.status(500).body("");
}

#[tokio::test]
async fn pages_of_rusqlite_are_a_table() {
    let request = DownloadRequest::new(Method::GET, &axum::http::HeaderMap::new());
    let answer = assert_download(rows_rusqlite::squares(request).await).await;
    answer.status(200).attachment().basename("squares.csv");
    let mut lines = answer.text().split("\r\n");
    assert_eq!(lines.next(), Some("number,square"));
    for number in 1..=1000 {
        let expected = format!("{number},{}", number * number);
        assert_eq!(lines.next(), Some(expected.as_str()));
    }
    assert!(lines.eq([""]));
}
