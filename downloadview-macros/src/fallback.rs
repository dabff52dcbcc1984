//! What is emitted for a function that cannot be a view, so that its mistake stays the only one.

use proc_macro2::TokenStream;
use quote::quote;

use crate::function::Input;

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
