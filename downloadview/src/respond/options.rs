//! The options of a view.

use std::ops::Deref;

use axum::http::{HeaderMap, HeaderValue};

use crate::{defaults::Defaults, metadata::Metadata, request::DownloadRequest};

/// The options of a view. They are small, because a request moves them several times.
#[derive(Debug)]
pub enum Options {
    /// All options are literals, and their header values were built once.
    Shared(&'static Prepared),
    /// Built for this request.
    Owned(Box<Metadata>),
}

impl Options {
    /// Adds the observers of the layers that the request has passed. They are notified even if an option answers instead of the view.
    pub fn observed(self, request: &DownloadRequest) -> Self {
        let observers = request.defaults().map(Defaults::observers);
        match observers.filter(|observers| !observers.is_empty()) {
            Some(observers) => {
                let mut metadata = self.into_metadata();
                metadata.on_finish.extend(observers);
                metadata.into()
            }
            None => self,
        }
    }

    /// Returns metadata that can be changed. The prepared header values do not apply to it.
    pub fn into_metadata(self) -> Metadata {
        match self {
            Self::Shared(prepared) => prepared.metadata.clone(),
            Self::Owned(metadata) => *metadata,
        }
    }

    /// Returns the prepared header values, unless the options were changed.
    pub(super) fn prepared(&self) -> Option<&'static Prepared> {
        match self {
            Self::Shared(prepared) => Some(prepared),
            Self::Owned(_) => None,
        }
    }
}

impl Deref for Options {
    type Target = Metadata;

    fn deref(&self) -> &Metadata {
        match self {
            Self::Shared(prepared) => &prepared.metadata,
            Self::Owned(metadata) => metadata,
        }
    }
}

impl From<Metadata> for Options {
    fn from(metadata: Metadata) -> Self {
        Self::Owned(Box::new(metadata))
    }
}

/// Options that are literals, with the header values that they determine.
#[derive(Debug)]
pub struct Prepared {
    pub(super) metadata: Metadata,
    pub(super) content_type: Option<HeaderValue>,
    pub(super) disposition: Option<HeaderValue>,
    pub(super) whole: Option<Whole>,
}

/// The response with all of a content in memory.
#[derive(Debug)]
pub(super) struct Whole {
    /// The heads for bytes and for text. They lack the length and a computed tag.
    pub(super) heads: [HeaderMap; 2],
    pub(super) has_computed_tag: bool,
}
