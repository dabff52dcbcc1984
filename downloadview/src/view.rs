//! `DownloadView`: views as types, and the handlers that serve them.

use std::{any::type_name, fmt, future::Future, pin::Pin, sync::Arc};

use axum::{extract::Request, handler::Handler, response::Response};

use crate::{
    content::{BoxFuture, Content, TwoSteps},
    metadata::Metadata,
    request::DownloadRequest,
    respond::respond,
};

/// A type that can be served as a file. Its [`metadata`](Self::metadata) is requested first, and its
/// [`content`](Self::content) only if the answer needs it.
///
/// [`#[derive(DownloadView)]`](derive@crate::DownloadView) implements the trait from the options of the attribute. It can
/// also be implemented by hand:
///
/// ```
/// use axum::response::Response;
/// use downloadview::{Content, DownloadView, Metadata};
///
/// #[derive(Clone)]
/// struct Hello;
///
/// impl DownloadView for Hello {
///     async fn metadata(&self) -> Result<Metadata, Response> {
///         Ok(Metadata::new().basename("hello-world.txt").etag("v1").attachment())
///     }
///
///     async fn content(self) -> Result<Content, Response> {
///         Ok(Content::from_text("Hello world!\n"))
///     }
/// }
///
/// let app: axum::Router = axum::Router::new().route("/hello", axum::routing::get(Hello.into_handler()));
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a view",
    label = "not a `DownloadView`",
    note = "above a struct: `#[derive(DownloadView)]`, and `#[download_view(content = …)]` with the name of a method",
    note = "or `#[download_view(content)]` on the field that holds the content"
)]
pub trait DownloadView: Sized + Send + 'static {
    /// Returns the metadata of the file, which is known without its content. An `Err` is the answer.
    fn metadata(&self) -> impl Future<Output = Result<Metadata, Response>> + Send;

    /// Returns the content of the file. It is called only if the answer needs the content. An `Err` is the answer.
    fn content(self) -> impl Future<Output = Result<Content, Response>> + Send;

    /// Returns a handler that serves a clone of this value for each request.
    ///
    /// ```
    /// use axum::{Router, routing::get};
    /// use downloadview::DownloadView;
    ///
    /// #[derive(Clone, DownloadView)]
    /// struct Page {
    ///     #[download_view(basename)]
    ///     name: &'static str,
    ///     #[download_view(content)]
    ///     text: &'static str,
    /// }
    ///
    /// let app: Router = Router::new()
    ///     .route("/terms", get(Page { name: "terms.txt", text: "Be nice.\n" }.into_handler()))
    ///     .route("/about", get(Page { name: "about.txt", text: "We are.\n" }.into_handler()));
    /// ```
    fn into_handler(self) -> ViewHandler<Self>
    where
        Self: Clone + Sync,
    {
        ViewHandler {
            make: Arc::new(move || self.clone()),
        }
    }
}

/// The handler that [`DownloadView::into_handler`] returns.
///
/// ```
/// use downloadview::{DownloadView, ViewHandler};
///
/// #[derive(Clone, DownloadView)]
/// struct Terms(#[download_view(content)] &'static str);
///
/// let handler: ViewHandler<Terms> = Terms("Be nice.\n").into_handler();
/// let app: axum::Router = axum::Router::new().route("/terms", axum::routing::get(handler));
/// ```
#[must_use = "a handler serves nothing until it is routed"]
pub struct ViewHandler<V> {
    // It is not a `V`, so that only `into_handler` fails to compile for a view that cannot be cloned or shared.
    make: Arc<dyn Fn() -> V + Send + Sync>,
}

impl<V> Clone for ViewHandler<V> {
    fn clone(&self) -> Self {
        Self {
            make: Arc::clone(&self.make),
        }
    }
}

impl<V> fmt::Debug for ViewHandler<V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("ViewHandler").field(&name::<V>()).finish()
    }
}

#[diagnostic::do_not_recommend]
impl<V: DownloadView, S: Send + Sync + 'static> Handler<(), S> for ViewHandler<V> {
    type Future = Pin<Box<dyn Future<Output = Response> + Send>>;

    fn call(self, request: Request, _: S) -> Self::Future {
        let (parts, _) = request.into_parts();
        Box::pin(serve(DownloadRequest::from_parts(&parts), (self.make)()))
    }
}

/// Serves a view that is extracted from the request: `get(serve::<Invoice>)`.
///
/// ```
/// use axum::{Router, extract::FromRequestParts, http::request::Parts, response::Response, routing::get};
/// use downloadview::{Content, DownloadView, Metadata};
///
/// struct Agent(String);
///
/// impl<S: Sync> FromRequestParts<S> for Agent {
///     type Rejection = std::convert::Infallible;
///
///     async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Self::Rejection> {
///         Ok(Self(format!("{:?}\n", parts.headers.get("user-agent"))))
///     }
/// }
///
/// impl DownloadView for Agent {
///     async fn metadata(&self) -> Result<Metadata, Response> {
///         Ok(Metadata::new().basename("agent.txt"))
///     }
///
///     async fn content(self) -> Result<Content, Response> {
///         Ok(Content::from_text(self.0))
///     }
/// }
///
/// let app: Router = Router::new().route("/agent", get(downloadview::serve::<Agent>));
/// ```
pub async fn serve<V: DownloadView>(request: DownloadRequest, view: V) -> Response {
    let content = Content::from_view(view);
    respond(name::<V>(), &request, Metadata::new().into(), content).await
}

/// Returns the name of the type without its modules and its type parameters.
fn name<V>() -> &'static str {
    let name = type_name::<V>();
    let name = name.split_once('<').map_or(name, |(name, _)| name);
    name.rsplit_once("::").map_or(name, |(_, name)| name)
}

impl<V: DownloadView> TwoSteps for V {
    fn metadata(&self) -> BoxFuture<'_, Metadata> {
        Box::pin(DownloadView::metadata(self))
    }

    fn content(self: Box<Self>) -> BoxFuture<'static, Content> {
        Box::pin(DownloadView::content(*self))
    }
}

impl Content {
    pub(crate) fn from_view(view: impl DownloadView) -> Self {
        Self::in_two_steps(view)
    }
}
