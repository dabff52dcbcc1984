//! The attribute where names have another meaning: without a prelude, in a crate that renames the library, and in
//! `macro_rules!`.

use axum::{Router, extract::Path, routing::get};
use downloadview::download_view;
use tests::call::send;

async fn get_at(router: Router, uri: &str) -> (String, String) {
    let answer = send(router, "GET", uri, &[]).await;
    let disposition = answer.field("content-disposition").to_owned();
    (disposition, answer.text().to_owned())
}

fn expected(basename: &str, content: &str) -> (String, String) {
    (
        format!("inline; filename=\"{basename}\""),
        content.to_owned(),
    )
}

#[tokio::test]
async fn the_attribute_works_without_a_prelude_in_a_crate_that_renames_the_library() {
    let router = Router::new().route("/", get(renamed::reexported::view));
    assert_eq!(get_at(router, "/").await, expected("a.txt", "content"));
    let _ = renamed::shadowed::answer;
}

#[tokio::test]
async fn an_extracted_value_may_borrow_in_an_older_edition() {
    let router = Router::new().route("/", get(renamed::older::lent));
    let router = router.with_state(renamed::older::Text("content"));
    assert_eq!(get_at(router, "/").await.1, "content");
}

renamed::make_view!(view_of_another_crates_macro, "{id}.txt", id: u32 => id.to_string());

#[tokio::test]
async fn the_attribute_works_in_a_macro_of_another_crate() {
    let router = Router::new().route("/{id}", get(view_of_another_crates_macro));
    assert_eq!(get_at(router, "/7").await, expected("7.txt", "7"));
}

macro_rules! views {
    ($($name:ident($($argument:ident: $ty:ty),*) $(-> $output:ty)?, $file:tt, $body:block)*) => {$(
        #[download_view(basename = $file)]
        fn $name(Path(($($argument,)*)): Path<($($ty,)*)>) $(-> $output)? $body
    )*};
}

views! {
    first(a: u8) -> &'static str, "first-{a}.txt", { let _ = a; "first" }
    second(a: u8, b: String) -> Option<Result<String, std::io::Error>>, { format!("{b}.txt") }, { (a > 0).then(|| Ok(format!("{a}{b}"))) }
}

/// Declares a view whose argument comes from the macro and whose basename comes from the caller.
macro_rules! fixed_argument {
    ($file:literal, $value:expr) => {
        #[download_view(basename = $file, etag = $value, cache_control = "no-store")]
        async fn third(Path(id): Path<u8>) -> impl std::io::Read {
            let _ = id;
            std::io::Cursor::new("third")
        }
    };
}

const REVISION: &str = "r1";
fixed_argument!("third-{id:03}.txt", REVISION);

#[tokio::test]
async fn the_attribute_works_in_macro_rules() {
    let router = Router::new()
        .route("/1/{a}", get(first))
        .route("/2/{a}/{b}", get(second))
        .route("/3/{a}", get(third));
    assert_eq!(
        get_at(router.clone(), "/1/5").await,
        expected("first-5.txt", "first")
    );
    assert_eq!(
        get_at(router.clone(), "/2/5/x").await,
        expected("x.txt", "5x")
    );
    assert_eq!(
        get_at(router, "/3/5").await,
        expected("third-005.txt", "third")
    );
}

#[tokio::test]
async fn a_view_may_have_the_name_of_the_library() {
    #[download_view(basename = "{downloadview}.txt")]
    async fn downloadview(Path(downloadview): Path<u8>) -> &'static str {
        let _ = downloadview;
        "content"
    }

    let router = Router::new().route("/{name}", get(downloadview));
    assert_eq!(get_at(router, "/1").await, expected("1.txt", "content"));
}

/// Views that must compile without warnings.
#[forbid(unused, clippy::all, clippy::pedantic)]
#[deny(warnings)]
mod no_warnings {
    use axum::extract::{Path, State};
    use downloadview::download_view;

    #[download_view(
        basename = "{id}-{name}.txt",
        etag = format!("{revision}"),
        attachment = *revision > 1,
        on_finish = |outcome| drop(outcome.end),
    )]
    pub(super) async fn used_by_options(
        Path((id, name, _unused)): Path<(u8, String, u8)>,
        State(revision): State<u8>,
    ) -> &'static str {
        "content"
    }

    #[download_view(basename = "{type}.txt", etag = r#where, on_finish = |_| assert!(r#type > 0))]
    pub(super) async fn raw(Path((r#type, r#where)): Path<(u8, String)>) -> &'static str {
        "content"
    }

    #[download_view]
    pub(super) fn wrapped(name: String) -> Result<&'static str, std::io::Error> {
        let content = name.is_empty().then_some("content");
        content.ok_or_else(|| std::io::Error::other(name.as_str()))
    }

    #[download_view(blocking, size = *size)]
    pub(super) fn maybe(Path(mut size): Path<u64>) -> Option<String> {
        size += 1;
        (size > 1).then(|| size.to_string())
    }

    #[download_view(basename = name, header("X-Id", id))]
    pub(super) fn begins_with_items(Path((name, id)): Path<(String, u16)>) -> String {
        #![expect(non_snake_case)]
        use std::fmt::Write;
        const LINES: u8 = 2;

        let mut Text = String::new();
        for line in 0..LINES {
            write!(Text, "{line}").expect("text");
        }
        Text
    }

    pub(super) struct Reports;

    impl Reports {
        const NAME: &'static str = "a.csv";

        #[download_view(basename = Self::NAME, etag = id.to_string())]
        pub(super) async fn rows(Path(id): Path<u8>, _name: String) -> std::io::Result<String> {
            Ok(String::new())
        }
    }
}

/// A view that must compile without warnings, although the expansion has one argument more than a lint allows.
#[deny(warnings, clippy::all, clippy::pedantic)]
mod one_more_argument {
    use axum::extract::Path;
    use downloadview::download_view;

    #[download_view(blocking, size = *one)]
    pub(super) fn seven(
        Path(one): Path<u64>,
        Path(two): Path<u8>,
        Path(three): Path<u8>,
        Path(four): Path<u8>,
        Path(five): Path<u8>,
        Path(six): Path<u8>,
        Path(mut seven): Path<u8>,
    ) -> Option<String> {
        seven += two + three + four + five + six;
        (seven > 0).then(|| seven.to_string())
    }
}

/// Unused views, each of which must cause the expected warning.
#[deny(unfulfilled_lint_expectations)]
mod unused {
    use axum::extract::{Path, State};
    use downloadview::download_view;

    #[expect(dead_code)]
    #[download_view]
    async fn without_options() -> &'static str {
        "content"
    }

    #[download_view(basename = "{id}.txt", blocking)]
    #[expect(dead_code)]
    pub(super) fn with_options(Path(id): Path<u8>) -> &'static str {
        "content"
    }

    #[expect(dead_code)]
    #[download_view]
    async fn of_any_type<T: Send + 'static>(_state: State<T>) -> &'static str {
        "content"
    }

    #[expect(dead_code)]
    #[download_view]
    async fn that_borrows(_state: State<&'static str>) -> &'static str {
        "content"
    }

    pub(super) struct Reports;

    impl Reports {
        const NAME: &'static str = "a.csv";

        #[expect(dead_code)]
        #[download_view(basename = Self::NAME)]
        async fn of_self() -> &'static str {
            "content"
        }

        #[cfg_attr(
            all(),
            expect(dead_code, non_snake_case, reason = "an unused constant")
        )]
        #[download_view(basename = Self::NAME)]
        async fn with_two_expectations() -> &'static str {
            let CONTENT = ["content"];
            CONTENT[0]
        }
    }

    macro_rules! view {
        ($name:ident) => {
            #[expect(dead_code)]
            #[download_view]
            async fn $name() -> &'static str {
                "content"
            }
        };
    }

    view!(in_a_macro);
}

#[test]
fn no_view_causes_an_unexpected_warning() {
    let _ = unused::Reports;
    let router: Router<u8> = Router::new()
        .route("/1/{id}/{name}/{unused}", get(no_warnings::used_by_options))
        .route("/2", get(no_warnings::wrapped))
        .route("/4/{type}/{where}", get(no_warnings::raw))
        .route("/5/{name}/{id}", get(no_warnings::begins_with_items))
        .route("/6/{id}", get(no_warnings::Reports::rows))
        .route("/3/{a}", get(no_warnings::maybe))
        .route("/7/{a}", get(one_more_argument::seven));
    drop(router);
}
