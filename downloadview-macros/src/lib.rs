//! The attribute and the derive of `downloadview`; use them through that crate.
//!
//! An expansion runs through the stages in this order, a file each: tokens are read (`options` in their `vocabulary`, each
//! with its `value`, be they `half_typed`, and `function` or `structure`) and checked (`literal`, `basename`, `output`), and what is right is written
//! (`expand_function` or `expand_structure`, in the `steps` that both take). What is wrong is collected (`errors`); what cannot be expanded at all is
//! still emitted (`fallback`).

mod basename;
mod errors;
mod expand_function;
mod expand_structure;
mod fallback;
mod function;
mod half_typed;
mod literal;
mod options;
mod output;
mod steps;
mod structure;
mod value;
mod vocabulary;

use proc_macro::TokenStream;

#[doc = include_str!("download_view.md")]
#[proc_macro_attribute]
pub fn download_view(options: TokenStream, item: TokenStream) -> TokenStream {
    expand_function::expand(options.into(), item.into()).into()
}

#[doc = include_str!("derive.md")]
#[proc_macro_derive(DownloadView, attributes(download_view))]
pub fn derive_download_view(item: TokenStream) -> TokenStream {
    expand_structure::expand(item.into()).into()
}
