//! Header values: the attribute and the builder accept the same values and send them in the same form.

use axum::{
    Router,
    http::{HeaderName, HeaderValue, header},
    response::{IntoResponse, Response},
    routing::any,
};
use downloadview::{Download, DownloadRequest, download_view};
use downloadview_grammar::{cache_control, entity_tag, field, media_type::MediaType};
use proptest::prelude::*;
use tests::call::{Answer, get, send};

async fn built(set: fn(Download) -> Download) -> Answer {
    let handler = move |request: DownloadRequest| async move {
        set(Download::new("content")).respond(&request).await
    };
    get(handler).await
}

#[tokio::test]
async fn an_empty_parameter_of_a_media_type_is_not_sent() {
    #[download_view(content_type = "text/csv;")]
    async fn view() -> &'static str {
        "content"
    }

    let answers = [
        get(view).await,
        built(|download| download.content_type("text/csv;")).await,
        built(|download| download.content_type("text/csv ; ;")).await,
    ];
    for answer in answers {
        assert_eq!(answer.status, 200);
        assert_eq!(answer.field("content-type"), "text/csv; charset=utf-8");
    }
}

#[tokio::test]
async fn a_parameter_whose_name_contains_charset_is_not_the_charset() {
    let answer = built(|download| download.content_type("text/csv; x-charset=a")).await;
    assert_eq!(
        answer.field("content-type"),
        "text/csv; x-charset=a; charset=utf-8"
    );
}

#[tokio::test]
async fn non_ascii_characters_are_sent_in_tags_and_fields() {
    #[download_view(etag = "é", header("X-Name", "Noël"))]
    async fn view() -> &'static str {
        "content"
    }

    let answers = [
        get(view).await,
        built(|download| download.etag("é").header("X-Name", "Noël")).await,
        built(|download| download.header("ETag", "é").header("X-Name", "Noël")).await,
    ];
    for answer in answers {
        assert_eq!(answer.headers[header::ETAG].as_bytes(), "\"é\"".as_bytes());
        assert_eq!(answer.headers["x-name"].as_bytes(), "Noël".as_bytes());
    }
}

#[tokio::test]
async fn non_ascii_tags_are_compared() {
    #[download_view(etag = "é")]
    async fn view() -> &'static str {
        "content"
    }

    let router = Router::new().route("/", any(view));
    let answer = send(router, "GET", "/", &[("if-none-match", "\"é\"")]).await;
    assert_eq!(answer.status, 304);
}

#[tokio::test]
async fn fields_of_the_connection_and_computed_fields_cannot_be_set() {
    for name in [
        "Accept-Ranges",
        "Connection",
        "Content-Length",
        "Content-Range",
        "Keep-Alive",
        "Proxy-Connection",
        "TE",
        "Trailer",
        "Transfer-Encoding",
        "Upgrade",
    ] {
        let handler = move |request: DownloadRequest| async move {
            let download = Download::new("content").header(name, "1");
            download.respond(&request).await
        };
        let answer = get(handler).await;
        assert_eq!(answer.status, 500, "{name}");
        assert!(!answer.headers.contains_key("x-content-type-options"));
    }
}

#[tokio::test]
async fn malformed_and_misspelt_cache_directives_are_rejected() {
    for value in ["privat", "max-age", "no-store max-age=1", "public,"] {
        let handler = move |request: DownloadRequest| async move {
            let download = Download::new("content").cache_control(value);
            download.respond(&request).await
        };
        assert_eq!(get(handler).await.status, 500, "{value}");
    }
    let answer = built(|download| download.cache_control(" no-store, x-mine=\"a,b\"")).await;
    assert_eq!(answer.field("cache-control"), "no-store, x-mine=\"a,b\"");
}

#[tokio::test]
async fn header_sets_the_option_of_the_same_field() {
    let set = |download: Download| {
        download
            .header("Content-Type", "text/csv;")
            .header("Last-Modified", "Sunday, 06-Nov-94 08:49:37 GMT")
            .header("Cache-Control", "no-store")
    };
    let answer = built(set).await;
    assert_eq!(answer.field("content-type"), "text/csv; charset=utf-8");
    assert_eq!(
        answer.field("last-modified"),
        "Sun, 06 Nov 1994 08:49:37 GMT"
    );
    assert_eq!(answer.field("cache-control"), "no-store");
}

#[tokio::test]
async fn dates_of_a_response_may_have_leap_seconds() {
    #[download_view]
    async fn view() -> Response {
        let date = HeaderValue::from_static("Sat, 31 Dec 2016 23:59:60 GMT");
        ([(header::LAST_MODIFIED, date)], "content").into_response()
    }

    let router = Router::new().route("/", any(view));
    let date = "Sun, 01 Jan 2017 00:00:00 GMT";
    let answer = send(router, "GET", "/", &[("if-modified-since", date)]).await;
    assert_eq!(answer.status, 304);
}

#[tokio::test]
async fn dates_before_1970_are_forwarded() {
    #[download_view]
    async fn view() -> Response {
        let date = HeaderValue::from_static("Wed, 31 Dec 1969 23:59:59 GMT");
        ([(header::LAST_MODIFIED, date)], "content").into_response()
    }

    let answer = get(view).await;
    assert_eq!(
        answer.field("last-modified"),
        "Wed, 31 Dec 1969 23:59:59 GMT"
    );
}

/// Generates text from characters with a meaning in some grammar, and from any other characters.
fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        "[ -~\\t\\x7fé\\n]{0,12}",
        "[a-z/;,=\"\\\\W ]{0,12}",
        ".{0,12}"
    ]
}

proptest! {
    #[test]
    fn names_and_values_are_valid_if_the_http_crate_accepts_them(text in text()) {
        prop_assert_eq!(field::is_name(&text), HeaderName::try_from(&text).is_ok());
        prop_assert_eq!(field::check_value(&text).is_ok(), HeaderValue::try_from(&text).is_ok());
    }

    #[test]
    fn checked_values_can_be_sent(text in text()) {
        if let Ok(tag) = entity_tag::parse(&text) {
            prop_assert!(entity_tag::Tag::parse(tag.as_bytes()).is_some());
            prop_assert!(field::check_value(&tag).is_ok());
        }
        if let Ok(media_type) = MediaType::parse(&text) {
            prop_assert!(field::check_value(media_type.as_str()).is_ok());
            let completed = media_type.with_charset("utf-8");
            prop_assert!(MediaType::parse(&completed).is_ok_and(|completed| completed.has_charset()));
        }
        if cache_control::check(&text).is_ok() {
            prop_assert!(field::check_value(&text).is_ok());
        }
    }
}
