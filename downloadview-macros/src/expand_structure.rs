//! From a checked struct and its options to its `DownloadView`.

use proc_macro2::{Span, TokenStream, TokenTree};
use quote::{ToTokens, quote, quote_spanned};
use syn::{DeriveInput, Ident, ext::IdentExt};

use crate::{
    basename::Scope,
    errors::Errors,
    fallback,
    function::Underline,
    options::{Options, Source},
    steps::{Places, Steps, hygienic},
    structure::{Structure, bounded},
};

/// The derive: with mistakes, what can be made of the struct, and the mistakes.
pub(crate) fn expand(item: TokenStream) -> TokenStream {
    let errors = Errors::new();
    let input = errors.check(syn::parse2(item));
    let expanded = input.map(|input| expand_item(&input, &errors));
    let errors = errors.finish();
    quote!(#expanded #errors)
}

fn expand_item(input: &DeriveInput, errors: &Errors) -> TokenStream {
    let structure = Structure::check(input, errors);
    let fields = structure.as_ref().map_or(&[][..], |one| &one.fields);
    let options = Options::of_struct(&input.attrs, fields, errors);
    let Some(structure) = &structure else {
        return fallback::view(input, &options);
    };
    check_together(structure, &options, errors);
    View::new(structure, &options, errors).expand()
}

fn check_together(structure: &Structure, options: &Options, errors: &Errors) {
    let name = &structure.name;
    if !options.names_content {
        let message = format!(
            "`{name}` has no content: name the method that makes it, `content = …`, or mark the field that holds it, `#[download_view(content)]`"
        );
        errors.at(name, message);
    }
    if let (Some(blocking), Some(Source::Field(_))) = (&options.blocking, &options.content) {
        let message = "`blocking` is about a content method, and here the content is a field";
        errors.at(blocking, message);
    }
}

/// The struct, and the steps that make a view of it.
struct View<'a> {
    structure: &'a Structure,
    steps: Steps<'a>,
}

impl<'a> View<'a> {
    fn new(structure: &'a Structure, options: &'a Options, errors: &'a Errors) -> Self {
        let names = structure.fields.iter().map(|one| (one.name(), one.place()));
        Self {
            structure,
            steps: Steps::new(options, errors, Scope::of_fields(names)),
        }
    }

    fn expand(&self) -> TokenStream {
        let Structure { name, generics, .. } = self.structure;
        let (library, private) = (self.steps.library(), self.steps.private());
        let (metadata, content) = (self.metadata(), self.content());
        // A future that waits holds a reference to the view.
        let sync = self.waits().then(|| quote!(+ #private::Sync));
        let generics = bounded(generics, &quote!(#private::Send #sync + 'static));
        let (parameters, arguments, where_clause) = generics.split_for_impl();
        quote_spanned! {Span::mixed_site()=>
            #[automatically_derived]
            impl #parameters #library::DownloadView for #name #arguments #where_clause {
                #metadata
                #content
            }
        }
    }

    /// Only an expression that waits makes a future that has to.
    fn metadata(&self) -> TokenStream {
        let (library, private) = (self.steps.library(), self.steps.private());
        let (receiver, view) = (&self.structure.receiver, &self.steps.view);
        let statics = self
            .steps
            .view_static(&self.name(), self.steps.options.literals());
        let options = self.steps.request_options(&TokenStream::new());
        let body = quote_spanned! {Span::mixed_site()=>
            {
                let #view = #statics;
                #private::Ok(#options)
            }
        };
        let future = if self.waits() {
            quote!(#private::later(async move #body))
        } else {
            quote!(#private::at_once(|| #body))
        };
        quote_spanned! {Span::mixed_site()=>
            fn metadata(&#receiver) -> impl #private::Future<Output = #private::Result<#library::Metadata, #private::Response>> + #private::Send {
                #future
            }
        }
    }

    fn content(&self) -> TokenStream {
        let (library, private) = (self.steps.library(), self.steps.private());
        let (receiver, Steps { view, returned, .. }) = (&self.structure.receiver, &self.steps);
        let (value, places) = match &self.steps.options.content {
            Some(Source::Method(method)) => (self.call(method), Places::of_name(method)),
            Some(Source::Field(field)) => (field.place(), Places::of_type(&field.ty)),
            None => return fallback::content(&library),
        };
        let statics = self.steps.view_static(&self.name(), []);
        let content = self.steps.content(places);
        quote_spanned! {Span::mixed_site()=>
            #[allow(unused_mut)]
            async fn content(mut #receiver) -> #private::Result<#library::Content, #private::Response> {
                let #view = #statics;
                let #returned = #value;
                #content
                #private::Ok(content)
            }
        }
    }

    /// What the content method returns, be it async or plain, by `self` or `&self`.
    fn call(&self, method: &Ident) -> TokenStream {
        let (underline, called) = (Underline::of(method), hygienic("called"));
        let mut receiver = self.structure.receiver.clone();
        receiver.set_span(method.span().resolved_at(receiver.span()));
        let call = quote_spanned!(method.span()=> #receiver.#method());
        let kind = self.steps.at(underline, "Called", &called);
        if let Some(blocking) = &self.steps.options.blocking {
            let (view, blocking) = (&self.steps.view, Ident::new("blocking", blocking.span()));
            return quote_spanned! {Span::mixed_site()=>
                match #view.#blocking(move || #call).await? {
                    #called => #kind.choose().here(#called),
                }
            };
        }
        quote_spanned! {Span::mixed_site()=>
            match #call {
                #called => #kind.choose().wait(#called).await,
            }
        }
    }

    fn name(&self) -> TokenStream {
        self.structure.name.unraw().to_string().to_token_stream()
    }

    fn waits(&self) -> bool {
        let settings = &self.steps.options.settings;
        settings
            .iter()
            .any(|setting| has_await(setting.value.tokens()))
    }
}

fn has_await(tokens: TokenStream) -> bool {
    tokens.into_iter().any(|token| match token {
        TokenTree::Ident(word) => word == "await",
        TokenTree::Group(group) => has_await(group.stream()),
        _ => false,
    })
}
