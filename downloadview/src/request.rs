//! `DownloadRequest`: what of a request decides how a file is answered.

use std::convert::Infallible;

use axum::{
    extract::FromRequestParts,
    http::{Method, request::Parts},
};

/// The method and the conditional and range fields of a request.
#[derive(Clone, Debug, Default)]
pub struct DownloadRequest {
    pub(crate) method: Method,
}

impl DownloadRequest {
    /// Reads the fields of a request's head.
    pub fn from_parts(parts: &Parts) -> Self {
        Self {
            method: parts.method.clone(),
        }
    }
}

impl<S: Send + Sync> FromRequestParts<S> for DownloadRequest {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        Ok(Self::from_parts(parts))
    }
}
