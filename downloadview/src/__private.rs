//! What the expansions of `#[download_view]` and of the derive call. Not public API: it changes without notice.

mod derive;
mod kind;
// The compiler shows where it is kept.
#[path = "needs.rs"]
pub mod needs;
mod options;
mod peel;
mod view;

pub use std::{
    concat, format_args,
    future::{Future, Ready},
    marker::{Send, Sync},
    module_path,
    result::Result::{self, Err, Ok},
};

pub use crate::__private as itself;
pub use axum::{self, response::Response};
pub use derive::{Called, at_once, lend};
pub use downloadview_grammar::options::OptionName;
pub use kind::{Kind, take};
pub use options::Copies;
pub use peel::{Returned, Setting, open};
pub use view::{View, answer};

pub use crate::{
    content::{Content, IntoChunk, IntoContent},
    metadata::{Metadata, Options},
    request::DownloadRequest,
    view::DownloadView,
};
use std::{future::ready, thread};

use futures::future::Either;

use crate::{
    outcome::{End, OnFinish},
    response,
};

/// One request to a view: begun before its function, finished after it.
#[derive(Debug)]
pub struct Call {
    view: &'static str,
    request: DownloadRequest,
    options: Options,
    watch: Option<Watch>,
}

impl Call {
    /// `Err` is the answer where the options alone settle it (the function does not run).
    #[inline]
    pub fn begin(
        view: &'static str,
        mut request: DownloadRequest,
        options: Options,
    ) -> Result<Self, Response> {
        request.observe();
        let options = response::settle(view, &request, options)?;
        Ok(Self {
            view,
            watch: Watch::new(&options.on_finish, request.observers()),
            request,
            options,
        })
    }

    /// The answer with what the function returned: content, or what stands for it.
    #[inline]
    pub fn finish(
        self,
        content: Result<Content, Box<Response>>,
    ) -> impl Future<Output = Response> + Send {
        let Self {
            view,
            request,
            options,
            watch,
        } = self;
        if let Some(watch) = watch {
            watch.dismiss();
        }
        let content = match content {
            Ok(content) => content,
            Err(answer) => return Either::Left(ready(*answer)),
        };
        match response::at_once(view, &request, options, content) {
            Ok(response) => Either::Left(ready(response)),
            Err((options, content)) => Either::Right(Box::pin(async move {
                response::wait(view, &request, options, content).await
            })),
        }
    }
}

/// Who is told when the client leaves while the function runs, which shows in nothing but that it is not run to its end.
#[derive(Debug)]
struct Watch(Vec<OnFinish>);

impl Watch {
    fn new(on_finish: &[OnFinish], mut listeners: Vec<OnFinish>) -> Option<Self> {
        listeners.extend_from_slice(on_finish);
        (!listeners.is_empty()).then_some(Self(listeners))
    }

    fn dismiss(mut self) {
        self.0.clear();
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        // Of a panic, each listener hears by itself.
        if !thread::panicking() {
            self.0.iter().for_each(|told| told.end(End::ClientLeft));
        }
    }
}
