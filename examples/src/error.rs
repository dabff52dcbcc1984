//! The error of the demo's views, and its response.

use axum::{
    BoxError,
    http::StatusCode,
    response::{IntoResponse, Response},
};

/// An error that is logged, and answered without its details.
#[derive(Debug)]
pub(crate) struct AppError(BoxError);

impl<E: Into<BoxError>> From<E> for AppError {
    fn from(error: E) -> Self {
        Self(error.into())
    }
}

impl IntoResponse for AppError {
    fn into_response(self) -> Response {
        tracing::error!("{}", self.0);
        (
            StatusCode::INTERNAL_SERVER_ERROR,
            "something went wrong, and the log says why\n",
        )
            .into_response()
    }
}
