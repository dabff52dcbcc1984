//! The types that a view may return, and the responses that they produce.

use std::{
    borrow::Cow,
    error::Error,
    fmt,
    fs::File,
    io::{self, Cursor, Read, Seek, Write},
    pin::Pin,
    sync::Arc,
};

use axum::{
    Json,
    body::Body,
    http::{HeaderMap, StatusCode, header},
    response::{Html, IntoResponse, Redirect, Response},
};
use bytes::Bytes;
use downloadview::{Content, Download, DownloadView, IntoContent, Metadata, download_view};
use futures::{Stream, StreamExt, stream};
use tests::{call::get, log::Log};
use tokio::{
    io::{AsyncRead, AsyncSeek},
    sync::mpsc,
};

const TEXT: &str = "some text";

/// Declares a test for each return type. Each view serves `TEXT`.
macro_rules! test_return_types {
    ($($(#[$attribute:meta])* $name:ident: $ty:ty = $value:expr;)*) => {$(
        #[tokio::test]
        async fn $name() {
            #[download_view(basename = "text.txt")]
            async fn view() -> $ty {
                $value
            }

            let answer = get(view).await;
            assert_eq!((answer.status, answer.text()), (200, TEXT));
            assert_eq!(answer.field("content-disposition"), "inline; filename=\"text.txt\"");
        }
    )*};
}

type Boxed = Box<dyn Error + Send + Sync>;
type Alias<T> = Result<T, Failure>;
type Deep = Alias<Option<Result<String, StatusCode>>>;

fn file() -> File {
    let name = format!("downloadview-returns-{:?}", std::thread::current().id());
    let path = std::env::temp_dir().join(format!("{}-{name}", std::process::id()));
    std::fs::write(&path, TEXT).unwrap();
    let file = File::open(&path).unwrap();
    // A file that has just changed would have a weak tag.
    let hour_ago = std::time::SystemTime::now() - std::time::Duration::from_secs(3600);
    file.set_modified(hour_ago).unwrap();
    std::fs::remove_file(&path).unwrap();
    file
}

/// A type of item that can be created from a word.
trait Word {
    fn of(word: &'static str) -> Self;
}

impl Word for &'static str {
    fn of(word: &'static str) -> Self {
        word
    }
}

impl Word for String {
    fn of(word: &'static str) -> Self {
        word.to_owned()
    }
}

impl Word for io::Result<Bytes> {
    fn of(word: &'static str) -> Self {
        Ok(word.into())
    }
}

fn channel<T: Word + Send + 'static>() -> mpsc::Receiver<T> {
    let (sender, receiver) = mpsc::channel(1);
    tokio::spawn(async move {
        for word in words() {
            // Sending fails if the test has failed already.
            let _ = sender.send(T::of(word)).await;
        }
    });
    receiver
}

fn unbounded_channel<T: Word>() -> mpsc::UnboundedReceiver<T> {
    let (sender, receiver) = mpsc::unbounded_channel();
    for word in words() {
        // Sending succeeds because the receiver still exists.
        let _ = sender.send(T::of(word));
    }
    receiver
}

fn words() -> [&'static str; 2] {
    ["some ", "text"]
}

test_return_types! {
    static_text: &'static str = TEXT;
    string: String = TEXT.to_owned();
    borrowed_cow: Cow<'static, str> = Cow::Borrowed(TEXT);
    owned_cow: Cow<'static, str> = Cow::Owned(TEXT.to_owned());
    static_bytes: &'static [u8] = TEXT.as_bytes();
    vec: Vec<u8> = TEXT.into();
    bytes: Bytes = TEXT.into();
    shared_vec: Arc<Vec<u8>> = Arc::new(TEXT.into());
    shared_string: Arc<String> = Arc::new(TEXT.to_owned());
    static_string: &'static String = Box::leak(Box::new(TEXT.to_owned()));
    static_vec: &'static Vec<u8> = Box::leak(Box::new(TEXT.into()));
    receiver: mpsc::Receiver<&'static str> = channel();
    receiver_of_results: mpsc::Receiver<io::Result<Bytes>> = channel();
    unbounded_receiver: mpsc::UnboundedReceiver<String> = unbounded_channel();
    boxed_stream: Box<dyn Stream<Item = Bytes> + Send> = Box::new(stream::iter(words()).map(Bytes::from));
    boxed_unpinned_async_reader: Box<dyn AsyncRead + Send> = Box::new(TEXT.as_bytes());
    fields_and_file: (HeaderMap, File) = (HeaderMap::new(), file());
    fields_and_tokio_file: (HeaderMap, tokio::fs::File) = (HeaderMap::new(), file().into());
    fields_and_content: (HeaderMap, Content) = (HeaderMap::new(), Content::from_text(TEXT));
    cursor_of_vec: Cursor<Vec<u8>> = written();
    std_file: File = file();
    shared_file: Arc<File> = Arc::new(file());
    tokio_file: tokio::fs::File = file().into();
    reader: impl Read = TEXT.as_bytes().take(100);
    seekable_reader: impl Read + Seek = io::BufReader::new(Cursor::new(TEXT));
    boxed_reader: Box<dyn Read + Send> = Box::new(TEXT.as_bytes());
    async_reader: impl AsyncRead = tokio::io::AsyncReadExt::take(TEXT.as_bytes(), 100);
    seekable_async_reader: impl AsyncRead + AsyncSeek = tokio::io::BufReader::new(Cursor::new(TEXT));
    boxed_async_reader: Pin<Box<dyn AsyncRead + Send>> = Box::pin(TEXT.as_bytes());
    stream_of_text: impl Stream<Item = &'static str> = stream::iter(words());
    stream_of_strings: impl Stream<Item = String> = stream::iter(words()).map(str::to_owned);
    stream_of_results: impl Stream<Item = Result<Bytes, io::Error>> = stream::iter(words()).map(|word| Ok(word.into()));
    pinned_stream: Pin<Box<dyn Stream<Item = Bytes> + Send>> = stream::iter(words()).map(Bytes::from).boxed();
    iterator: impl Iterator<Item = &'static str> = words().into_iter();
    boxed_iterator: Box<dyn Iterator<Item = Vec<u8>> + Send> = Box::new(words().into_iter().map(Vec::from));
    iterator_of_results: impl Iterator<Item = Result<String, Boxed>> = words().into_iter().map(|word| Ok(word.to_owned()));
    writer: impl FnOnce(&mut dyn Write) -> io::Result<()> = |out: &mut dyn Write| -> io::Result<()> { out.write_all(TEXT.as_bytes()) };
    boxed_writer: Box<dyn FnOnce(&mut dyn Write) -> Result<(), Boxed> + Send> = Box::new(|out| Ok(out.write_all(TEXT.as_bytes())?));
    send_writer: impl FnOnce(&mut (dyn Write + Send)) -> io::Result<()> = |out: &mut (dyn Write + Send)| -> io::Result<()> { out.write_all(TEXT.as_bytes()) };
    boxed_send_writer: Box<dyn FnOnce(&mut (dyn Write + Send)) -> Result<(), Boxed> + Send> = Box::new(|out| Ok(write_on_another_thread(out)?));
    content: Content = Content::from_text(TEXT);
    view: Struct = Struct;
    result_of_view: Result<Struct, Failure> = Ok(Struct);
    download: Download = Download::new(TEXT);
    user_defined_type: Report = Report;
    some_into_content: impl IntoContent = TEXT;
    response: Response = TEXT.into_response();
    some_into_response: impl IntoResponse = TEXT;
    body: Body = Body::from(TEXT);
    html: Html<&'static str> = Html(TEXT);
    with_status: (StatusCode, &'static str) = (StatusCode::OK, TEXT);
    with_fields: ([(header::HeaderName, &'static str); 1], String) = ([(header::CONTENT_LANGUAGE, "en")], TEXT.to_owned());
    result: Result<String, StatusCode> = Ok(TEXT.to_owned());
    result_of_stream: Result<impl Stream<Item = Result<Bytes, io::Error>>, Failure> = Ok(stream::iter(words()).map(|word| Ok(Bytes::from(word))));
    result_of_reader: io::Result<impl Read> = Ok(TEXT.as_bytes().chain(io::empty()));
    result_of_writer: Result<impl FnOnce(&mut dyn Write) -> io::Result<()>, Boxed> = Ok(|out: &mut dyn Write| -> io::Result<()> { out.write_all(TEXT.as_bytes()) });
    option: Option<String> = Some(TEXT.to_owned());
    option_of_reader: Option<Box<dyn Read + Send>> = Some(Box::new(TEXT.as_bytes()));
    alias: Alias<&'static str> = Ok(TEXT);
    result_of_option: Result<Option<Vec<u8>>, Failure> = Ok(Some(TEXT.into()));
    option_of_result: Option<Result<Vec<u8>, Failure>> = Some(Ok(TEXT.into()));
    option_of_option: Option<Option<&'static str>> = Some(Some(TEXT));
    three_layers: Deep = Ok(Some(Ok(TEXT.to_owned())));
}

fn write_on_another_thread(out: &mut (dyn Write + Send)) -> io::Result<()> {
    std::thread::scope(|scope| {
        let writing = scope.spawn(move || out.write_all(TEXT.as_bytes()));
        writing.join().unwrap()
    })
}

/// Returns a cursor that is at its end, as after writing.
fn written() -> Cursor<Vec<u8>> {
    let mut cursor = Cursor::new(Vec::new());
    cursor.write_all(TEXT.as_bytes()).unwrap();
    cursor
}

struct Report;

impl IntoContent for Report {
    fn into_content(self) -> Content {
        Content::from_text(TEXT)
    }
}

/// A view with a fixed entity tag.
struct Struct;

impl DownloadView for Struct {
    async fn metadata(&self) -> Result<Metadata, Response> {
        Ok(Metadata::new().etag("v1"))
    }

    async fn content(self) -> Result<Content, Response> {
        Ok(Content::from_text(TEXT))
    }
}

/// An error that does not implement `IntoResponse` and is therefore logged.
#[derive(Debug)]
struct Failure;

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the password is `hunter2`")
    }
}

impl Error for Failure {}

/// Declares a test for each view without content, with the expected status and body.
macro_rules! test_responses_without_content {
    ($($name:ident: $ty:ty = $value:expr => ($status:literal, $body:literal);)*) => {$(
        #[tokio::test]
        async fn $name() {
            #[download_view(basename = "text.txt", attachment)]
            async fn view() -> $ty {
                $value
            }

            let answer = get(view).await;
            assert_eq!((answer.status, answer.text()), ($status, $body));
            assert_eq!(answer.field("content-disposition"), "");
        }
    )*};
}

test_responses_without_content! {
    none_is_404: Option<String> = None => (404, "");
    none_in_a_result_is_404: Result<Option<String>, Failure> = Ok(None) => (404, "");
    none_instead_of_a_result_is_404: Option<Result<String, Failure>> = None => (404, "");
    an_error_that_is_a_response_is_sent: Result<String, (StatusCode, &'static str)> = Err((StatusCode::FORBIDDEN, "not yours")) => (403, "not yours");
    an_error_behind_a_type_alias_is_found: Deep = Ok(Some(Err(StatusCode::GONE))) => (410, "");
    an_axum_error_response_is_sent: axum::response::Result<String> = Err((StatusCode::GONE, "no more").into()) => (410, "no more");
    a_redirect_as_an_error_is_sent: Result<String, Redirect> = Err(Redirect::to("/login")) => (303, "");
    any_other_error_is_an_empty_500: Alias<String> = Err(Failure) => (500, "");
    an_io_error_is_an_empty_500: io::Result<String> = Err(io::Error::other("the password")) => (500, "");
    a_boxed_error_is_an_empty_500: Result<String, Boxed> = Err("the password".into()) => (500, "");
    text_as_an_error_is_not_sent: Result<String, String> = Err("the password".to_owned()) => (500, "");
    static_text_as_an_error_is_not_sent: Result<String, &'static str> = Err("the password") => (500, "");
    an_error_inside_an_option_is_found: Option<Result<String, Failure>> = Some(Err(Failure)) => (500, "");
}

#[tokio::test]
async fn a_response_that_is_not_successful_is_sent() {
    #[download_view(basename = "text.txt")]
    fn view() -> StatusCode {
        StatusCode::CONFLICT
    }

    assert_eq!(get(view).await.status, 409);
}

#[tokio::test]
async fn json_keeps_its_content_type() {
    #[download_view]
    fn view() -> Json<[u8; 2]> {
        Json([1, 2])
    }

    let answer = get(view).await;
    assert_eq!(
        (answer.text(), answer.field("content-type")),
        ("[1,2]", "application/json")
    );
}

#[tokio::test]
async fn header_fields_returned_with_a_file_are_sent() {
    #[download_view(basename = "text.txt")]
    async fn view() -> (HeaderMap, File) {
        let mut fields = HeaderMap::new();
        fields.append("x-own", "1".parse().unwrap());
        fields.append("content-type", "text/x-own".parse().unwrap());
        (fields, file())
    }

    let answer = get(view).await;
    assert_eq!((answer.status, answer.text()), (200, TEXT));
    assert_eq!(answer.field("x-own"), "1");
    assert_eq!(answer.field("content-type"), "text/x-own; charset=utf-8");
    assert_eq!(answer.field("accept-ranges"), "bytes");
}

#[tokio::test]
async fn metadata_of_a_returned_download_takes_precedence() {
    #[download_view(basename = "from-options.txt", attachment, header("X-Own", "options"))]
    fn view() -> Download {
        Download::new(TEXT)
            .basename("own.txt")
            .content_type("text/x-own")
    }

    let answer = get(view).await;
    assert_eq!(
        answer.field("content-disposition"),
        "attachment; filename=\"own.txt\""
    );
    assert_eq!(answer.field("content-type"), "text/x-own; charset=utf-8");
    assert_eq!(answer.field("x-own"), "options");
}

#[tokio::test]
async fn an_error_is_logged_with_the_view_and_its_cause() {
    #[download_view]
    async fn broken() -> Result<String, Failure> {
        Err(Failure)
    }

    let log = Log::start();
    get(broken).await;
    let lines = log.take();
    assert_eq!(lines.len(), 1, "{lines:?}");
    assert!(lines[0].contains("attribute_returns::broken"), "{lines:?}");
    assert!(lines[0].contains("hunter2"), "{lines:?}");
}
