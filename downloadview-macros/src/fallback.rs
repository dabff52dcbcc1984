//! What is emitted for an item that cannot be a view, so that its mistake stays the only one.

use proc_macro2::TokenStream;
use quote::{ToTokens, quote};
use syn::{Attribute, DeriveInput, ReturnType, Signature, TypeTraitObject, visit::Visit};

use crate::{
    function::{Head, Input, is_named},
    options::Options,
    output::leave_out_the_unsized,
    steps::{importing, private},
    structure::bounded,
};

/// A handler of the same name, with the function in it as far as it can be compiled; a method stays what it is.
pub(crate) fn handler(input: &Input) -> TokenStream {
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
    // What is unused in a stub says nothing of the user's mistake, which is reported beside it.
    quote! {
        #[allow(unused)]
        #visibility async fn #name #generics() #where_clause {
            #inside
        }
    }
}

/// The function, as a closure where it returns what has no size: a closure need not say what it returns.
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

/// Those behind a `dyn`, which are used.
struct Traits(Vec<TokenStream>);

impl Visit<'_> for Traits {
    fn visit_type_trait_object(&mut self, object: &TypeTraitObject) {
        self.0.push(object.bounds.to_token_stream());
    }
}

/// A handler of the name of a function that is still typed, of which the compiler has told.
pub(crate) fn unreadable(head: &Head, item: &TokenStream) -> TokenStream {
    let Head { visibility, name } = head;
    let message = format!("`download_view` cannot read `{name}` as it is written");
    // Unused for as long as it is typed, of which nobody need be told.
    // The constant is looked at only if the compiler has nothing to tell, because it knows words that we do not.
    quote! {
        #[allow(unused)]
        #visibility async fn #name() {
            const { ::core::panic!(#message) }
            #item
        }
    }
}

/// How options are written, for one who wrote `#[download_view = "…"]`: the compiler says but that this is wrong. (An error more would
/// be one too many; a warning is all that is left to add to the compiler's own.)
pub(crate) fn advice() -> TokenStream {
    quote! {
        const _: () = {
            #[deprecated(note = "options stand in parentheses: `#[download_view(basename = \"report.csv\")]`")]
            const EQUALS_SIGN: () = ();
            EQUALS_SIGN
        };
    }
}

/// The function without the words that were refused, which rustc would refuse once more, and without what checks handlers.
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

/// A view that says nothing.
pub(crate) fn view(input: &DeriveInput, options: &Options) -> TokenStream {
    let (name, private) = (&input.ident, private(options));
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
    importing(options, &view)
}

pub(crate) fn content(private: &TokenStream) -> TokenStream {
    let content = future(private, &quote!(Content));
    quote!(fn content(self) -> #content { loop {} })
}

/// A future that nobody will wait for. (An `async fn` would ask more of the struct.)
fn future(private: &TokenStream, what: &TokenStream) -> TokenStream {
    quote!(#private::Ready<#private::Result<#private::#what, #private::Response>>)
}
