//! `Defaults`: a layer of settings for every download of a router.

use std::{
    fmt,
    sync::Arc,
    task::{Context, Poll},
    time::Duration,
};

use axum::http::Request;
use tower_layer::Layer;
use tower_service::Service;

use crate::outcome::{OnFinish, Outcome};

/// A layer that sets defaults for every download of a router, or of a part of it.
///
/// An option of a view takes precedence over a default. Where layers are nested, the inner one takes precedence, and the
/// callbacks of all layers are called. The layer passes the defaults on in the extensions of the request, where
/// [`DownloadRequest`](crate::DownloadRequest) finds them.
///
/// ```
/// use std::time::Duration;
/// use axum::{Router, routing::get};
/// use downloadview::{Defaults, End, download_view};
///
/// #[download_view(basename = "hello.txt")]
/// async fn hello() -> &'static str {
///     "Hello world!\n"
/// }
///
/// let defaults = Defaults::new()
///     .send_timeout(Duration::from_secs(60))
///     .on_finish(|outcome| match outcome.end {
///         End::Failed(error) => eprintln!("failed after {} bytes: {error}", outcome.bytes),
///         end => println!("{end:?} after {:?}", outcome.elapsed),
///     });
/// let app: Router = Router::new().route("/hello", get(hello)).layer(defaults);
/// ```
#[derive(Clone, Default)]
#[must_use = "defaults apply to a router by `Router::layer`"]
pub struct Defaults(Arc<Settings>);

#[derive(Clone, Default)]
struct Settings {
    send_timeout: Option<Duration>,
    on_finish: Vec<Observer>,
}

type Observer = Arc<dyn Fn(Outcome) + Send + Sync>;

impl Defaults {
    /// Creates defaults that change nothing.
    ///
    /// ```
    /// let defaults = downloadview::Defaults::new();
    /// # let _ = defaults;
    /// ```
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets how long a client may take no data before its download is aborted:
    /// [`Metadata::send_timeout`](crate::Metadata::send_timeout).
    ///
    /// # Panics
    ///
    /// Panics if the timeout is zero, which would abort every download. `Duration::MAX` turns the timeout off.
    ///
    /// ```
    /// let defaults = downloadview::Defaults::new().send_timeout(std::time::Duration::from_secs(60));
    /// # let _ = defaults;
    /// ```
    #[track_caller]
    pub fn send_timeout(mut self, timeout: Duration) -> Self {
        assert!(
            !timeout.is_zero(),
            "`send_timeout` cannot be zero: a client needs time to take data"
        );
        self.change().send_timeout = Some(timeout);
        self
    }

    /// Adds a callback that is called exactly once for each request to a view, when its download has ended: for an audit
    /// log or for metrics.
    ///
    /// It is called in addition to the [`on_finish`](crate::Metadata::on_finish) of the download, even for answers without
    /// content. It must not block. A request that an extractor of the view rejects is not reported.
    ///
    /// ```
    /// use std::sync::atomic::{AtomicU64, Ordering};
    ///
    /// static SENT: AtomicU64 = AtomicU64::new(0);
    ///
    /// let defaults = downloadview::Defaults::new().on_finish(|outcome| {
    ///     SENT.fetch_add(outcome.bytes, Ordering::Relaxed);
    /// });
    /// # let _ = defaults;
    /// ```
    pub fn on_finish(mut self, callback: impl Fn(Outcome) + Send + Sync + 'static) -> Self {
        self.change().on_finish.push(Arc::new(callback));
        self
    }

    fn change(&mut self) -> &mut Settings {
        Arc::make_mut(&mut self.0)
    }

    /// Returns these defaults, and where they set nothing those of an `outer` layer.
    fn or(&self, outer: &Self) -> Self {
        let Settings {
            send_timeout,
            on_finish,
        } = &*self.0;
        Self(Arc::new(Settings {
            send_timeout: send_timeout.or(outer.0.send_timeout),
            on_finish: [&outer.0.on_finish[..], on_finish].concat(),
        }))
    }

    /// Returns the timeout of a client, if there is a default.
    pub(crate) fn client_timeout(&self) -> Option<Duration> {
        self.0.send_timeout
    }

    /// Returns the callbacks of one download.
    pub(crate) fn observers(&self) -> Vec<OnFinish> {
        let observers = self.0.on_finish.iter().cloned();
        observers
            .map(|observer| OnFinish::new(move |outcome| observer(outcome)))
            .collect()
    }
}

impl fmt::Debug for Defaults {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Defaults")
            .field("send_timeout", &self.0.send_timeout)
            .field("on_finish", &self.0.on_finish.len())
            .finish()
    }
}

impl<S> Layer<S> for Defaults {
    type Service = DefaultsService<S>;

    fn layer(&self, inner: S) -> DefaultsService<S> {
        DefaultsService {
            inner,
            defaults: self.clone(),
        }
    }
}

/// The service that [`Defaults`] wraps around another service.
#[derive(Clone, Debug)]
pub struct DefaultsService<S> {
    inner: S,
    defaults: Defaults,
}

impl<S: Service<Request<B>>, B> Service<Request<B>> for DefaultsService<S> {
    type Response = S::Response;
    type Error = S::Error;
    type Future = S::Future;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, mut request: Request<B>) -> S::Future {
        let defaults = match request.extensions().get::<Defaults>() {
            Some(outer) => self.defaults.or(outer),
            None => self.defaults.clone(),
        };
        request.extensions_mut().insert(defaults);
        self.inner.call(request)
    }
}
