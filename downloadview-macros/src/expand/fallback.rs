//! Tokens for an item that cannot be a view, so that its mistake is the only error.

use proc_macro2::TokenStream;
use quote::{ToTokens, quote};
use syn::{Attribute, DeriveInput, ReturnType, Signature, TypeTraitObject, visit::Visit};

use super::steps::{importing, private};
use crate::{
    model::{
        attributes::is_named, options::Options, output::leave_out_the_unsized, structure::bounded,
    },
    parse::function::{Head, Input},
};

/// Returns a handler of the same name, with as much of the function in it as can be compiled.
///
/// A method is returned unchanged.
pub(super) fn handler(input: &Input) -> TokenStream {
    let input = without_the_refused(input);
    if input.signature.receiver().is_some() {
        return quote!(#input);
    }
    let Input {
        visibility,
        signature,
        ..
    } = &input;
    let (name, generics) = (&signature.ident, &signature.generics);
    let where_clause = &generics.where_clause;
    let inside = of_any_size(&input);
    // A warning about the stub would distract from the mistake.
    quote! {
        #[allow(unused)]
        #visibility async fn #name #generics() #where_clause {
            #inside
        }
    }
}

/// Returns the function, or a closure if its return type is unsized, which a closure need not name.
fn of_any_size(input: &Input) -> TokenStream {
    let mut output = input.signature.output.clone();
    let is_sized = match &mut output {
        ReturnType::Default => true,
        ReturnType::Type(_, ty) => !leave_out_the_unsized(ty),
    };
    if is_sized {
        return input.to_token_stream();
    }
    let Signature {
        asyncness, inputs, ..
    } = &input.signature;
    let (inputs, body) = (inputs.iter(), &input.body);
    let mut traits = Traits(Vec::new());
    traits.visit_return_type(&input.signature.output);
    let traits = traits.0;
    quote! {
        #({ fn named<T: ?Sized + #traits>() {} })*
        let _ = #asyncness |#(#inputs),*| #output #body;
    }
}

/// Collects the traits of trait objects, so that they count as used.
struct Traits(Vec<TokenStream>);

impl Visit<'_> for Traits {
    fn visit_type_trait_object(&mut self, object: &TypeTraitObject) {
        self.0.push(object.bounds.to_token_stream());
    }
}

/// Returns a handler for a function that is half typed. The compiler has reported it.
pub(super) fn half_typed(head: &Head, item: &TokenStream) -> TokenStream {
    let Head { visibility, name } = head;
    let message = format!("`#[download_view]` cannot parse the function `{name}`");
    // The constant is evaluated only if the compiler knows syntax that we do not, and so reports nothing. A warning about the
    // stub would distract from the mistake.
    quote! {
        #[allow(unused)]
        #visibility async fn #name() {
            const { ::core::panic!(#message) }
            #item
        }
    }
}

/// Returns a warning with the right syntax, for `#[download_view = "…"]`.
///
/// The compiler reports an error without a fix, and a second error would be one too many.
pub(super) fn advice() -> TokenStream {
    quote! {
        const _: () = {
            #[deprecated(note = "write the options in parentheses: `#[download_view(basename = \"report.csv\")]`")]
            const EQUALS_SIGN: () = ();
            EQUALS_SIGN
        };
    }
}

/// Removes the keywords that were reported, which rustc would report again, and attributes that check handlers.
fn without_the_refused(input: &Input) -> Input {
    let mut input = input.clone();
    let is_check = |attribute: &Attribute| {
        is_named(attribute, "download_view") || is_named(attribute, "debug_handler")
    };
    input.attributes.retain(|attribute| !is_check(attribute));
    let signature = &mut input.signature;
    signature.constness = None;
    signature.safety = syn::Safety::Default;
    signature.abi = None;
    signature.variadic = None;
    input
}

/// Returns a view without metadata and content.
pub(super) fn view(input: &DeriveInput, options: &Options) -> TokenStream {
    let (name, library) = (&input.ident, options.library.as_ref());
    let private = private(library);
    let generics = bounded(&input.generics, &quote!(::core::marker::Send + 'static));
    let (parameters, arguments, where_clause) = generics.split_for_impl();
    let metadata = future(&private, &quote!(Metadata));
    let content = content(&private);
    let view = quote! {
        impl #parameters #private::DownloadView for #name #arguments #where_clause {
            fn metadata(&self) -> #metadata { loop {} }
            #content
        }
    };
    importing(library, &view)
}

pub(super) fn content(private: &TokenStream) -> TokenStream {
    let content = future(private, &quote!(Content));
    quote!(fn content(self) -> #content { loop {} })
}

/// Returns the type of a future that is never polled. An `async fn` would require more of the struct.
fn future(private: &TokenStream, what: &TokenStream) -> TokenStream {
    quote!(#private::Ready<#private::Result<#private::#what, #private::Response>>)
}
