//! What is emitted for an item that cannot be a view, so that its mistake stays the only one.

use proc_macro2::TokenStream;
use quote::quote;
use syn::DeriveInput;

use crate::{function::Input, options::Options, steps::library, structure::bounded};

/// A handler of the same name, with the function as it was written in it; a method stays what it is.
pub(crate) fn handler(input: &Input) -> TokenStream {
    if input.signature.receiver().is_some() {
        return quote!(#input);
    }
    let mut input = input.clone();
    // A `const fn` could not even drop its arguments.
    input.signature.constness = None;
    let Input {
        visibility,
        signature,
        ..
    } = &input;
    let name = &signature.ident;
    let generics = &signature.generics;
    let where_clause = &generics.where_clause;
    quote! {
        #[allow(dead_code, unused_variables)]
        #visibility async fn #name #generics() #where_clause {
            #input
        }
    }
}

/// A view that says nothing.
pub(crate) fn view(input: &DeriveInput, options: &Options) -> TokenStream {
    let (name, library) = (&input.ident, library(options));
    let generics = bounded(&input.generics, &quote!(::core::marker::Send + 'static));
    let (parameters, arguments, where_clause) = generics.split_for_impl();
    let metadata = future(&library, &quote!(Metadata));
    let content = content(&library);
    quote! {
        impl #parameters #library::DownloadView for #name #arguments #where_clause {
            fn metadata(&self) -> #metadata { loop {} }
            #content
        }
    }
}

pub(crate) fn content(library: &TokenStream) -> TokenStream {
    let content = future(library, &quote!(Content));
    quote!(fn content(self) -> #content { loop {} })
}

/// A future that nobody will wait for. (An `async fn` would ask more of the struct.)
fn future(library: &TokenStream, what: &TokenStream) -> TokenStream {
    let private = quote!(#library::__private);
    quote!(#private::Ready<#private::Result<#library::#what, #private::Response>>)
}
