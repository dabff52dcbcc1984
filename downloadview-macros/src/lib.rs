//! The attribute and the derive of `downloadview`; use them through that crate.
//!
//! An expansion runs through the stages in this order, a file each: tokens are read (`options`, `function`) and checked (`literal`,
//! `basename`), and what is right is written (`expand_function`). What is wrong is collected (`errors`); where a function cannot be
//! expanded at all, it is still emitted (`fallback`).

mod basename;
mod errors;
mod expand_function;
mod fallback;
mod function;
mod literal;
mod options;

use proc_macro::TokenStream;

#[doc = include_str!("download_view.md")]
#[proc_macro_attribute]
pub fn download_view(options: TokenStream, item: TokenStream) -> TokenStream {
    expand_function::expand(options.into(), item.into()).into()
}
