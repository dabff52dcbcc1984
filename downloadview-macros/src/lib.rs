//! The attribute and the derive of `downloadview`. Use them through that crate.
//!
//! Each expansion has three stages: `parse` reads tokens, `model` checks what they mean, and `expand` writes the view.
//! Errors are collected on the way. An item that cannot be a view is emitted all the same, so that one mistake causes one
//! error.

mod errors;
mod expand;
mod model;
mod parse;
mod spans;

use proc_macro::TokenStream;

#[doc = include_str!("download_view.md")]
#[proc_macro_attribute]
pub fn download_view(options: TokenStream, item: TokenStream) -> TokenStream {
    expand::function(options.into(), item.into()).into()
}

#[doc = include_str!("derive.md")]
#[proc_macro_derive(DownloadView, attributes(download_view))]
pub fn derive_download_view(item: TokenStream) -> TokenStream {
    expand::structure(item.into()).into()
}
