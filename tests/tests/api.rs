//! The public types keep the promises of the Rust API guidelines.

use std::{error::Error, fmt::Debug};

use axum::http::Request;
use downloadview::{
    Content, ContentWriter, Defaults, DefaultsService, Download, DownloadRequest, DownloadView,
    End, Failure, Metadata, Outcome, ViewHandler, testing,
};

#[derive(Clone, DownloadView)]
struct Terms(#[download_view(content)] &'static str);

/// Compiles if the type can be moved to another thread and formatted.
fn assert_send<T: Send + Debug + 'static>() {}

/// Compiles if the type can be shared as well.
fn assert_shared<T: Send + Sync + Debug + 'static>() {}

/// Compiles if the type is a value that can be copied.
fn assert_clone<T: Clone + Send + Sync + Debug + 'static>() {}

#[test]
fn public_types_can_be_sent_to_other_threads() {
    assert_send::<Content>();
    assert_send::<Download>();
    assert_send::<ContentWriter>();
    assert_shared::<testing::Downloaded>();
}

#[test]
fn values_can_be_shared_and_cloned() {
    assert_clone::<Defaults>();
    assert_clone::<DefaultsService<Request<()>>>();
    assert_clone::<DownloadRequest>();
    assert_clone::<End>();
    assert_clone::<Failure>();
    assert_clone::<Metadata>();
    assert_clone::<Outcome>();
    assert_clone::<ViewHandler<Terms>>();
}

#[test]
fn a_failure_is_an_error() {
    fn assert_error<T: Error + Send + Sync + 'static>() {}
    assert_error::<Failure>();
}

#[test]
fn types_with_an_empty_value_implement_default() {
    fn assert_default<T: Default>() {}
    assert_default::<Defaults>();
    assert_default::<DownloadRequest>();
    assert_default::<Metadata>();
}
