//! The derive macro on structs of many shapes. Each view serves `TEXT`.

#![allow(
    clippy::unused_self,
    clippy::needless_pass_by_value,
    clippy::unused_async,
    reason = "the methods demonstrate signatures"
)]

use std::{
    borrow::Cow,
    fmt::Display,
    fs::File,
    io::{self, Cursor, Read, Write},
    marker::PhantomData,
    pin::Pin,
    sync::Arc,
};

use axum::{body::Body, http::StatusCode, response::Response};
use bytes::Bytes;
use downloadview::{
    Content, Download, DownloadRequest, DownloadView, IntoContent, serve, testing::assert_download,
};
use futures::{Stream, StreamExt, stream};
use tokio::io::AsyncRead;

const TEXT: &str = "some text";

async fn assert_serves_the_text(view: impl DownloadView) {
    let response = serve(DownloadRequest::default(), view).await;
    assert_download(response).await.status(200).body(TEXT);
}

/// Declares a test for each return type of a content method.
macro_rules! methods {
    ($($name:ident: [$($async:tt)?] ($($receiver:tt)+) -> $ty:ty = $value:expr;)*) => {$(
        #[tokio::test]
        async fn $name() {
            #[derive(DownloadView)]
            #[download_view(basename = "text.txt", content = made)]
            struct View;

            impl View {
                $($async)? fn made($($receiver)+) -> $ty {
                    $value
                }
            }

            assert_serves_the_text(View).await;
        }
    )*};
}

type Boxed = Box<dyn std::error::Error + Send + Sync>;
type Alias<T> = Result<T, Boxed>;

fn words() -> [&'static str; 2] {
    ["some ", "text"]
}

methods! {
    async_by_value: [async] (self) -> &'static str = TEXT;
    async_by_reference: [async] (&self) -> String = TEXT.to_owned();
    async_by_mutable_reference: [async] (&mut self) -> Vec<u8> = TEXT.into();
    plain_by_value: [] (self) -> Bytes = TEXT.into();
    plain_by_reference: [] (&self) -> Cow<'static, str> = TEXT.into();
    plain_by_mutable_reference: [] (&mut self) -> Box<str> = TEXT.into();
    by_mutable_value: [] (mut self) -> &'static str = { let View = &mut self; TEXT };
    async_result_of_stream: [async] (self) -> Result<impl Stream<Item = Result<Bytes, io::Error>>, StatusCode> = Ok(stream::iter(words()).map(|word| Ok(word.into())));
    stream_that_does_not_borrow: [] (&self) -> impl Stream<Item = &'static str> + use<> = stream::iter(words());
    async_reader_that_does_not_borrow: [async] (&self) -> Alias<impl AsyncRead + use<>> = Ok(TEXT.as_bytes());
    reader: [] (self) -> Box<dyn Read + Send> = Box::new(TEXT.as_bytes());
    result_of_reader: [async] (self) -> io::Result<Cursor<Vec<u8>>> = Ok(Cursor::new(TEXT.into()));
    iterator: [] (self) -> impl Iterator<Item = String> = words().into_iter().map(str::to_owned);
    writer: [] (self) -> impl FnOnce(&mut dyn Write) -> io::Result<()> = |out: &mut dyn Write| -> io::Result<()> { out.write_all(TEXT.as_bytes()) };
    option: [async] (self) -> Option<&'static str> = Some(TEXT);
    three_layers: [async] (self) -> Alias<Option<Result<String, StatusCode>>> = Ok(Some(Ok(TEXT.to_owned())));
    response: [async] (self) -> Response = Response::new(Body::from(TEXT));
    download: [] (self) -> Download = Download::new(TEXT);
    content: [async] (self) -> Content = Content::from_text(TEXT);
    future: [] (self) -> impl Future<Output = io::Result<String>> = async { Ok(TEXT.to_owned()) };
    boxed_future: [] (&self) -> Pin<Box<dyn Future<Output = &'static str> + Send>> = Box::pin(async { TEXT });
    some_into_content: [] (self) -> impl IntoContent = TEXT;
}

/// Declares a test for each type of a content field.
macro_rules! fields {
    ($($name:ident: $ty:ty = $value:expr;)*) => {$(
        #[tokio::test]
        async fn $name() {
            #[derive(DownloadView)]
            struct View {
                #[download_view(content)]
                field: $ty,
            }

            assert_serves_the_text(View { field: $value }).await;
        }
    )*};
}

fields! {
    field_of_static_text: &'static str = TEXT;
    field_of_text: String = TEXT.to_owned();
    field_of_shared_text: Arc<str> = TEXT.into();
    field_of_bytes: Bytes = TEXT.into();
    field_of_array: [u8; 9] = *b"some text";
    field_of_cursor: Cursor<Vec<u8>> = Cursor::new(TEXT.into());
    field_of_file: File = file();
    field_of_shared_file: Arc<File> = Arc::new(file());
    field_of_reader_that_is_not_sync: Box<dyn Read + Send> = Box::new(TEXT.as_bytes());
    field_of_stream_that_is_not_sync: Pin<Box<dyn Stream<Item = &'static str> + Send>> = stream::iter(words()).boxed();
    field_of_writer: Box<dyn FnOnce(&mut dyn Write) -> io::Result<()> + Send> = Box::new(|out| out.write_all(TEXT.as_bytes()));
    field_of_body: Body = Body::from(TEXT);
    field_of_download: Download = Download::new(TEXT);
    field_of_option: Option<String> = Some(TEXT.to_owned());
    field_of_alias: Alias<&'static str> = Ok(TEXT);
}

fn file() -> File {
    let name = format!("downloadview-shapes-{:?}", std::thread::current().id());
    let path = std::env::temp_dir().join(format!("{}-{name}", std::process::id()));
    std::fs::write(&path, TEXT).unwrap();
    let file = File::open(&path).unwrap();
    std::fs::remove_file(&path).unwrap();
    file
}

#[tokio::test]
async fn generic_with_bounds_on_the_struct() {
    #[derive(DownloadView)]
    #[download_view(basename = "{name}.txt")]
    struct View<N: Display, C: IntoContent> {
        name: N,
        #[download_view(content)]
        content: C,
    }

    assert_serves_the_text(View {
        name: 7,
        content: TEXT,
    })
    .await;
    assert_serves_the_text(View {
        name: "a".to_owned(),
        content: Vec::from(TEXT),
    })
    .await;
}

#[tokio::test]
async fn generic_with_a_where_clause_and_a_default() {
    #[derive(DownloadView)]
    #[download_view(etag = self.tags[0], content = text)]
    struct View<'a, T = String, const N: usize = 1>
    where
        T: AsRef<str> + Clone,
        'a: 'static,
    {
        tags: [T; N],
        text: &'a str,
    }

    impl<'a, T: AsRef<str> + Clone, const N: usize> View<'a, T, N> {
        fn text(&self) -> &'a str {
            self.text
        }
    }

    let tags = ["v1"; 2];
    assert_serves_the_text(View { tags, text: TEXT }).await;
}

#[tokio::test]
async fn const_generic() {
    #[derive(DownloadView)]
    #[download_view(size = self.size(), content = text)]
    struct View<const N: u64>;

    impl<const N: u64> View<N> {
        fn size(&self) -> u64 {
            N
        }

        async fn text(self) -> &'static str {
            TEXT
        }
    }

    assert_serves_the_text(View::<9>).await;
}

#[tokio::test]
async fn lifetime_that_is_static_when_the_view_is_served() {
    #[derive(DownloadView)]
    struct View<'a, 'b: 'a> {
        #[download_view(basename)]
        name: &'b str,
        #[download_view(content)]
        text: Cow<'a, str>,
    }

    assert_serves_the_text(View {
        name: "a",
        text: TEXT.into(),
    })
    .await;
}

#[tokio::test]
async fn generic_reader() {
    #[derive(DownloadView)]
    struct View<R: Read>(#[download_view(content)] R);

    assert_serves_the_text(View(TEXT.as_bytes())).await;
}

#[tokio::test]
async fn generic_closure() {
    #[derive(DownloadView)]
    struct View<F>
    where
        F: FnOnce(&mut dyn Write) -> io::Result<()>,
    {
        #[download_view(content)]
        write: F,
    }

    let write = |out: &mut dyn Write| -> io::Result<()> { out.write_all(TEXT.as_bytes()) };
    assert_serves_the_text(View { write }).await;
}

#[tokio::test]
async fn generic_of_another_trait_with_an_async_option() {
    trait Store: Clone {
        fn tag(&self) -> impl Future<Output = String> + Send;
        fn read(self) -> impl Future<Output = io::Result<String>> + Send;
    }

    #[derive(Clone)]
    struct Memory;

    impl Store for Memory {
        async fn tag(&self) -> String {
            "v1".to_owned()
        }

        async fn read(self) -> io::Result<String> {
            Ok(TEXT.to_owned())
        }
    }

    #[derive(DownloadView)]
    #[download_view(etag = self.0.tag().await, content = text)]
    struct View<S: Store>(S);

    impl<S: Store> View<S> {
        async fn text(self) -> io::Result<String> {
            self.0.read().await
        }
    }

    assert_serves_the_text(View(Memory)).await;
}

#[tokio::test]
async fn phantom_data_of_any_type() {
    #[derive(DownloadView)]
    struct View<T> {
        #[download_view(content)]
        text: &'static str,
        of: PhantomData<T>,
    }

    assert_serves_the_text(View {
        text: TEXT,
        of: PhantomData::<std::cell::Cell<u8>>,
    })
    .await;
}

#[tokio::test]
async fn a_method_of_a_trait() {
    trait Make: Sized {
        async fn made(self) -> String {
            TEXT.to_owned()
        }
    }

    #[derive(DownloadView)]
    #[download_view(content = made)]
    struct View {}

    impl Make for View {}

    assert_serves_the_text(View {}).await;
}

#[tokio::test]
async fn an_associated_constant_of_self() {
    #[derive(DownloadView)]
    #[download_view(basename = Self::NAME, etag = <Self as Tagged>::TAG)]
    struct View(#[download_view(content)] &'static str);

    trait Tagged {
        const TAG: &'static str = "v1";
    }

    impl Tagged for View {}

    impl View {
        const NAME: &'static str = "a.txt";
    }

    assert_serves_the_text(View(TEXT)).await;
}

#[tokio::test]
async fn with_other_derives_and_attributes() {
    /// Documented.
    #[derive(Clone, Debug, PartialEq, DownloadView)]
    #[must_use]
    #[download_view(basename = "a.txt")]
    struct View {
        /// Documented, too.
        #[cfg(any())]
        gone: Missing,
        #[allow(clippy::struct_field_names)]
        #[download_view(content)]
        r#type: String,
    }

    assert_serves_the_text(View {
        r#type: TEXT.to_owned(),
    })
    .await;
}

#[tokio::test]
async fn a_blocking_method_runs_on_the_blocking_pool() {
    #[derive(DownloadView)]
    #[download_view(content = text, blocking)]
    struct View(String);

    impl View {
        fn text(&self) -> Result<String, io::Error> {
            let text = self.0.clone();
            tokio::runtime::Handle::current().block_on(async { Ok(text) })
        }
    }

    assert_serves_the_text(View(TEXT.to_owned())).await;
}

#[tokio::test]
async fn a_struct_that_is_not_sync() {
    #[derive(DownloadView)]
    #[download_view(basename = "{name:?}.txt", etag = self.tag(), content = text)]
    struct View {
        name: std::cell::Cell<u8>,
    }

    impl View {
        fn tag(&self) -> String {
            self.name.get().to_string()
        }

        async fn text(self) -> &'static str {
            TEXT
        }
    }

    assert_serves_the_text(View { name: 1.into() }).await;
}
