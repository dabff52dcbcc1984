//! The functions to which `#[download_view]` can be applied: their arguments, generics, attributes and locations.

use std::{fmt::Display, future::ready, marker::PhantomData};

use axum::{
    Form, Json, Router,
    body::{Body, Bytes},
    extract::{FromRequest, FromRequestParts, Multipart, Path, Query, Request, State},
    http::{HeaderMap, Method, StatusCode, Uri, header::CONTENT_TYPE},
    routing::any,
};
use downloadview::download_view;
use futures::{Stream, stream};
use tests::call::{Answer, get, send, send_request};

async fn post(router: Router, kind: &str, body: &'static str) -> Answer {
    let request = Request::builder().method("POST").header(CONTENT_TYPE, kind);
    send_request(router, request.body(Body::from(body)).unwrap()).await
}

/// Declares a test for a view with a body extractor and asynchronous options.
macro_rules! body_extractor {
    ($name:ident, $pattern:pat => $ty:ty, $kind:literal, $body:literal, $content:expr) => {
        #[tokio::test]
        async fn $name() {
            #[download_view(etag = ready("v1").await, header("X-Host", uri.path()), last_modified = ready(None::<std::time::SystemTime>).await)]
            async fn view(uri: Uri, $pattern: $ty) -> String {
                let _ = uri;
                $content
            }

            let answer = post(Router::new().route("/", any(view)), $kind, $body).await;
            assert_eq!((answer.status, answer.text()), (200, "a=b"));
        }
    };
}

body_extractor!(string_body, body => String, "text/plain", "a=b", body);
body_extractor!(bytes, body => Bytes, "text/plain", "a=b", String::from_utf8(body.to_vec()).unwrap());
body_extractor!(form, Form(pairs) => Form<Vec<(String, String)>>, "application/x-www-form-urlencoded", "a=b", format!("{}={}", pairs[0].0, pairs[0].1));
body_extractor!(json, Json(text) => Json<String>, "application/json", "\"a=b\"", text);
body_extractor!(request, request => Request, "text/plain", "a=b", read(request).await);
body_extractor!(multipart, mut parts => Multipart, "multipart/form-data; boundary=x", "--x\r\ncontent-disposition: form-data; name=a\r\n\r\na=b\r\n--x--\r\n",
    parts.next_field().await.unwrap().unwrap().text().await.unwrap());

#[tokio::test]
async fn asynchronous_options_can_use_a_request_with_a_body() {
    async fn tag(path: &str) -> String {
        ready(path.replace('/', "r")).await
    }
    #[download_view(
        basename = request.uri().path().replace('/', "a"),
        etag = tag(request.uri().path()).await,
        last_modified = ready(None::<std::time::SystemTime>).await,
        header("X-Method", request.method().as_str()),
    )]
    async fn view(request: Request) -> String {
        read(request).await
    }

    let answer = post(Router::new().route("/", any(view)), "text/plain", "a=b").await;
    assert_eq!(answer.text(), "a=b");
    assert_eq!(answer.field("etag"), "\"r\"");
    assert_eq!(answer.field("x-method"), "POST");
}

async fn read(request: Request) -> String {
    let body = axum::body::to_bytes(request.into_body(), 100)
        .await
        .unwrap();
    String::from_utf8(body.to_vec()).unwrap()
}

#[derive(Clone)]
struct Db {
    name: &'static str,
}

#[tokio::test]
async fn arguments_may_be_patterns_of_every_kind() {
    #[download_view(header("X-Seen", format!("{a}{b}{}{}{name}{}", all.0.0, rest[0], whole.as_str())))]
    #[allow(
        clippy::too_many_arguments,
        reason = "one argument for each kind of pattern"
    )]
    async fn view(
        Path((a, b)): Path<(u32, String)>,
        all @ Path((_, _)): Path<(u32, String)>,
        _: HeaderMap,
        State(Db { name }): State<Db>,
        Path([_, rest @ ..]): Path<[String; 2]>,
        whole @ (_, _): (Method, Uri),
        mut uri: Uri,
    ) -> String {
        uri = format!("{uri}?{}", all.0.1).parse().unwrap();
        format!("{a}{b}{name}{}{}{uri}", rest[0], whole.0)
    }

    trait AsStr {
        fn as_str(&self) -> &str;
    }
    impl AsStr for (Method, Uri) {
        fn as_str(&self) -> &str {
            self.0.as_str()
        }
    }
    let _ = view;
}

#[tokio::test]
async fn arguments_may_be_reference_patterns() {
    #[derive(Clone)]
    struct Names(String, String);
    #[download_view(basename = format!("{}-{name}-{own}-{}-{}.txt", u32::clone(n), all.0, rest[0]))]
    async fn view(
        State((&n, Names(ref name, mut own), all @ Names(..), &[_, ref rest @ ..])): State<(
            &'static u32,
            Names,
            Names,
            &'static [u8; 2],
        )>,
    ) -> String {
        own.push_str(&all.0);
        format!("{n}{name}{own}{}", rest[0])
    }

    let names = Names("a".to_owned(), "b".to_owned());
    let state = (&1, names.clone(), names, &[2, 3]);
    let router = Router::new().route("/", any(view)).with_state(state);
    let answer = send(router, "GET", "/", &[]).await;
    assert_eq!(
        (answer.text(), answer.field("content-disposition")),
        ("1aba3", "inline; filename=\"1-a-b-a-3.txt\"")
    );
}

#[tokio::test]
async fn a_view_accepts_as_many_arguments_as_axum() {
    #[download_view(basename = "{q}.txt")]
    #[allow(
        clippy::too_many_arguments,
        clippy::many_single_char_names,
        reason = "the maximum number of arguments"
    )]
    async fn view(
        _a: Method,
        _b: Method,
        _c: Method,
        _d: Method,
        _e: Method,
        _f: Method,
        _g: Method,
        _h: Method,
        _i: Method,
        _j: Method,
        _k: Method,
        _l: Method,
        _m: Method,
        _n: Method,
        q: String,
    ) -> String {
        q
    }

    assert_eq!(
        post(Router::new().route("/", any(view)), "text/plain", "a")
            .await
            .text(),
        "a"
    );
}

#[tokio::test]
async fn arguments_and_functions_may_have_cfg_attributes() {
    #[download_view(basename = "{here}.txt")]
    #[cfg(debug_assertions)]
    async fn view(
        #[cfg(any())] gone: Gone,
        #[cfg(not(target_os = "none"))] here: Method,
    ) -> String {
        here.to_string()
    }
    #[cfg(any())]
    #[download_view]
    async fn view() -> Gone {}
    #[download_view]
    #[cfg(any())]
    async fn view() -> Gone {}

    let answer = get(view).await;
    assert_eq!(
        (answer.text(), answer.field("content-disposition")),
        ("GET", "inline; filename=\"GET.txt\"")
    );
}

#[tokio::test]
async fn functions_may_be_generic() {
    #[download_view(basename = "{value}-{}.txt".replace("{value}-{}", &format!("{value}-{N}")))]
    async fn view<T, const N: usize>(Path(value): Path<T>) -> impl Stream<Item = String>
    where
        T: Display + Send + Sync + 'static,
    {
        stream::iter((0..N).map(move |_| value.to_string()))
    }
    #[download_view]
    fn lifetime<'a>(_: PhantomState<'a>, _: PhantomState<'a>) -> &'static str {
        "content"
    }

    let router = Router::new().route("/{value}", any(view::<u8, 3>));
    let answer = send(router, "GET", "/7", &[]).await;
    assert_eq!(
        (answer.text(), answer.field("content-disposition")),
        ("777", "inline; filename=\"7-3.txt\"")
    );
    let _ = lifetime;
}

struct PhantomState<'a>(#[allow(dead_code)] PhantomData<&'a ()>);

struct Exports;

impl Exports {
    const NAME: &'static str = "self.txt";

    #[download_view(basename = "plain.txt")]
    async fn plain() -> &'static str {
        "plain"
    }

    #[download_view(basename = Self::NAME, attachment)]
    pub(crate) async fn with_self(State(Self): State<Self>) -> String {
        Self::NAME.to_owned()
    }

    #[download_view(basename = Self::NAME)]
    fn only_in_options() -> &'static str {
        "content"
    }
}

impl Clone for Exports {
    fn clone(&self) -> Self {
        Self
    }
}

struct Wrapper<T>(T);

impl<T> Wrapper<T>
where
    T: Default + Into<String> + FromRequest<()> + Send + 'static,
{
    #[download_view(basename = "generic.txt")]
    async fn view() -> String {
        let Self(inner) = Self(T::default());
        inner.into() + "!"
    }

    const NAME: &'static str = "self.txt";

    #[download_view(basename = Self::NAME)]
    async fn only_in_options(inner: T) -> String {
        inner.into()
    }
}

#[tokio::test]
async fn functions_may_be_associated_functions() {
    assert_eq!(get(Exports::plain).await.text(), "plain");
    assert_eq!(get(Wrapper::<String>::view).await.text(), "!");
    assert_eq!(
        get(Exports::only_in_options)
            .await
            .field("content-disposition"),
        "inline; filename=\"self.txt\""
    );
    assert_eq!(
        get(Wrapper::<String>::only_in_options)
            .await
            .field("content-disposition"),
        "inline; filename=\"self.txt\""
    );
    let router = Router::new()
        .route("/", any(Exports::with_self))
        .with_state(Exports);
    let answer = send(router, "GET", "/", &[]).await;
    assert_eq!(
        (answer.text(), answer.field("content-disposition")),
        ("self.txt", "attachment; filename=\"self.txt\"")
    );
}

#[tokio::test]
async fn a_free_function_may_contain_items_that_use_self() {
    #[download_view]
    fn view() -> String {
        struct Inner(String);
        impl Inner {
            fn new() -> Self {
                Self("content".to_owned())
            }
        }
        Inner::new().0
    }

    assert_eq!(get(view).await.text(), "content");
}

#[tokio::test]
async fn a_function_may_return_early_and_call_itself() {
    #[download_view]
    fn view(Path(depth): Path<u8>) -> Result<String, std::num::TryFromIntError> {
        if depth == 0 {
            return Ok("0".to_owned());
        }
        Ok(depth.to_string() + &view(Path(u8::try_from(u16::from(depth) - 1)?))?)
    }

    let router = Router::new().route("/{depth}", any(view));
    assert_eq!(send(router, "GET", "/3", &[]).await.text(), "3210");
}

mod attributes {
    use super::*;

    /// Documented.
    #[download_view]
    #[must_use]
    #[allow(non_snake_case)]
    #[cfg_attr(all(), doc = "further", allow(clippy::unused_unit))]
    pub(crate) async fn Documented(_: Method) -> String {
        let mut Unusual = String::from("con");
        Unusual += "tent";
        Unusual
    }

    #[download_view(basename = "{id}.txt")]
    #[axum::debug_handler]
    #[tracing::instrument(skip_all, fields(id))]
    pub(crate) async fn checked(Path(id): Path<u8>, _body: String) -> Result<String, StatusCode> {
        Ok(id.to_string())
    }

    #[download_view]
    #[cfg_attr(debug_assertions, axum::debug_handler(state = u8))]
    pub(crate) fn checked_when_debugging(State(state): State<u8>) -> String {
        state.to_string()
    }

    pub(crate) struct Expecting(pub(crate) &'static str);

    #[warn(clippy::unwrap_used)]
    impl Expecting {
        #[download_view]
        #[expect(clippy::unwrap_used, unused_variables)]
        pub(crate) async fn plainly() -> String {
            let unused = 1;
            Self("plainly").0.get(..).unwrap().to_owned()
        }

        #[download_view(basename = Self::NAME)]
        #[cfg_attr(
            all(),
            doc = "Documented.",
            expect(clippy::unwrap_used),
            cfg_attr(all(), expect(unused_variables))
        )]
        pub(crate) fn conditionally() -> String {
            let unused = 1;
            "conditionally".get(..).unwrap().to_owned()
        }

        const NAME: &'static str = "a.txt";
    }

    #[download_view]
    #[warn(clippy::unwrap_used)]
    #[cfg_attr(all(), expect(clippy::unwrap_used, unused_variables))]
    pub(crate) fn freely() -> String {
        let unused = 1;
        "freely".get(..).unwrap().to_owned()
    }

    #[tracing::instrument(skip_all)]
    #[download_view]
    pub(crate) async fn instrumented_above(Path(id): Path<u8>) -> String {
        id.to_string()
    }

    #[download_view]
    #[deprecated = "for the test"]
    pub(crate) fn old() -> &'static str {
        "old"
    }
}

#[tokio::test]
async fn attributes_below_the_macro_are_kept() {
    assert_eq!(get(attributes::Documented).await.text(), "content");
    assert_eq!(get(attributes::Expecting::plainly).await.text(), "plainly");
    assert_eq!(
        get(attributes::Expecting::conditionally).await.text(),
        "conditionally"
    );
    assert_eq!(get(attributes::freely).await.text(), "freely");
    #[expect(deprecated)]
    let answer = get(attributes::old).await;
    assert_eq!(answer.text(), "old");
    let router = Router::new()
        .route("/1/{id}", any(attributes::checked))
        .route("/2", any(attributes::checked_when_debugging))
        .route("/3/{id}", any(attributes::instrumented_above))
        .with_state(2);
    for uri in ["/1/1", "/2", "/3/3"] {
        assert_eq!(
            send(router.clone(), "GET", uri, &[]).await.text(),
            &uri[1..2]
        );
    }
}

#[derive(Clone)]
struct Login(String);

impl<S: Sync> FromRequestParts<S> for Login {
    type Rejection = &'static str;

    async fn from_request_parts(
        parts: &mut axum::http::request::Parts,
        _: &S,
    ) -> Result<Self, Self::Rejection> {
        match parts.uri.query() {
            Some(user) => Ok(Self(user.to_owned())),
            None => Err("who are you?"),
        }
    }
}

#[tokio::test]
async fn rejections_of_extractors_come_first() {
    #[download_view(etag = "v1", basename = "{}.txt".replace("{}", &user.0))]
    async fn view(user: Login, Query(_): Query<Vec<(String, String)>>) -> String {
        user.0
    }

    let router = Router::new().route("/", any(view));
    let condition = [("if-none-match", "v1")];
    assert_eq!(
        send(router.clone(), "GET", "/", &condition).await.text(),
        "who are you?"
    );
    assert_eq!(send(router, "GET", "/?me", &[]).await.text(), "me");
}
