//! Expands the derive, from a struct and its options to its `DownloadView`.

use proc_macro2::{Span, TokenStream};
use quote::{ToTokens, quote, quote_spanned};
use syn::{DeriveInput, Generics, Ident, WherePredicate, ext::IdentExt, parse_quote};

use super::{
    fallback,
    steps::{Copied, OutputSpans, Steps, importing, imports},
};
use crate::{
    errors::Errors,
    model::{
        options::Options,
        settings::Settings,
        structure::{Field, Structure, bounded},
        value::ContentSource,
    },
    spans::{Underline, hygienic},
};

/// Expands the derive. A struct with mistakes becomes as much of a view as can be compiled.
pub(crate) fn expand(item: TokenStream) -> TokenStream {
    let errors = Errors::new();
    let input = errors.check(syn::parse2(item));
    let expanded = input.map(|input| expand_item(&input, &errors));
    let errors = errors.finish();
    quote!(#expanded #errors)
}

fn expand_item(input: &DeriveInput, errors: &Errors) -> TokenStream {
    let Some(structure) = Structure::check(input, errors) else {
        let options = Options::of_struct(&input.attrs, &[], errors);
        return fallback::view(input, &options);
    };
    if structure.is_unsized(errors) {
        // The trait cannot be implemented for an unsized struct.
        return TokenStream::new();
    }
    let mut options = Options::of_struct(&structure.attributes, &structure.fields, errors);
    options.detach(&structure, errors);
    options.check_content(&structure, errors);
    let settings = Settings::new(&options, &structure.scope(), errors);
    ViewImpl::new(&structure, &options, &settings).expand()
}

/// A struct, and the steps that make it a view.
struct ViewImpl<'a> {
    structure: &'a Structure,
    steps: Steps<'a>,
}

impl<'a> ViewImpl<'a> {
    fn new(structure: &'a Structure, options: &'a Options, settings: &'a Settings) -> Self {
        let steps = Steps::new(options, settings);
        let copies = copies(structure, &steps);
        Self {
            structure,
            steps: steps.with_copies(copies),
        }
    }

    fn expand(&self) -> TokenStream {
        let Structure { name, generics, .. } = self.structure;
        let private = self.steps.private();
        let (metadata, content) = (self.metadata(), self.content());
        // A future that awaits holds a reference to the view.
        let sync = self
            .steps
            .settings
            .waits()
            .then(|| quote!(+ #private::Sync));
        let mut generics = bounded(generics, &quote!(#private::Send #sync + 'static));
        let checked = self.is_checked_apart().then(|| self.sent(&generics));
        generics.make_where_clause().predicates.extend(self.parts());
        let (parameters, arguments, where_clause) = generics.split_for_impl();
        let view = quote_spanned! {Span::mixed_site()=>
            #checked
            #[automatically_derived]
            impl #parameters #private::DownloadView for #name #arguments #where_clause {
                #metadata
                #content
            }
        };
        importing(self.steps.options.library.as_ref(), &view)
    }

    /// Returns the bounds of each field, at its type.
    ///
    /// The compiler assumes them elsewhere, so it reports nothing else. A type with lifetimes has none of these bounds,
    /// because a bound that holds for some lifetimes need not hold for all.
    fn parts(&self) -> Vec<WherePredicate> {
        let Structure {
            name,
            generics,
            fields,
            ..
        } = self.structure;
        let asked = |field: &Field| {
            let (ty, underline) = (&field.ty, Underline::of(&field.ty));
            let send = self.steps.path_at(underline, &["Send"]);
            let sync = self.steps.settings.waits();
            let sync = sync.then(|| self.steps.path_at(underline, &["Sync"]));
            let sync = sync.into_iter();
            parse_quote!(#ty: #send #(+ #sync)*)
        };
        if generics.params.is_empty() {
            return fields.iter().map(asked).collect();
        }
        let (private, (_, arguments, _)) = (self.steps.private(), generics.split_for_impl());
        let whole = parse_quote!(#name #arguments: #private::Send);
        Vec::from_iter(self.is_checked_apart().then_some(whole))
    }

    /// Returns true for a struct with type parameters: it is assumed to be `Send`, and a function that is never called checks
    /// its fields.
    fn is_checked_apart(&self) -> bool {
        let generics = &self.structure.generics;
        !generics.params.is_empty() && generics.lifetimes().next().is_none()
    }

    fn sent(&self, generics: &Generics) -> TokenStream {
        let (parameters, _, where_clause) = generics.split_for_impl();
        let asked = self.structure.fields.iter().map(|field| {
            let (ty, underline) = (&field.ty, Underline::of(&field.ty));
            let sent = self.steps.path_at(underline, &["needs", "field_of_a_view"]);
            quote_spanned!(underline.last=> #sent::<#ty>();)
        });
        let imports = imports(self.steps.options.library.as_ref());
        // The function is never called. Its bounds are written in two places, by the user and by us.
        quote_spanned! {Span::mixed_site()=>
            const _: () = {
                #imports
                #[allow(dead_code, clippy::multiple_bound_locations)]
                fn fields #parameters () #where_clause { #(#asked)* }
            };
        }
    }

    fn metadata(&self) -> TokenStream {
        let (private, view) = (self.steps.private(), &self.steps.view);
        let receiver = &self.structure.receiver;
        let literals = &self.steps.settings.literals;
        let statics = self.steps.view_static(&self.name(), literals);
        let literals = quote_spanned!(Span::mixed_site()=> #view.options());
        let options = self.steps.request_options(literals, &TokenStream::new());
        let body = quote_spanned! {Span::mixed_site()=>
            let #view = #statics;
            #private::Ok(#options.into_metadata())
        };
        if self.steps.settings.waits() {
            self.waiting(&body)
        } else {
            self.ready(&quote!(metadata(&#receiver)), "Metadata", &body)
        }
    }

    fn content(&self) -> TokenStream {
        let receiver = &self.structure.receiver;
        match &self.steps.options.content {
            Some(ContentSource::Method(method)) => {
                let body = self.content_of(&self.call(method), OutputSpans::of_name(method), true);
                self.made(method, &body)
            }
            Some(ContentSource::Field(field)) => {
                let body = self.content_of(&field.place(), OutputSpans::of_type(&field.ty), false);
                self.ready(&quote!(content(#receiver)), "Content", &body)
            }
            None => fallback::content(&self.steps.private()),
        }
    }

    fn content_of(&self, value: &TokenStream, spans: OutputSpans, on_pool: bool) -> TokenStream {
        let view = &self.steps.view;
        let statics = self.steps.view_static(&self.name(), &[]);
        let content = self.steps.content(value, spans, on_pool);
        quote_spanned! {Span::mixed_site()=>
            let #view = #statics;
            #content
            content
        }
    }

    /// Returns a method whose metadata are awaited.
    fn waiting(&self, body: &TokenStream) -> TokenStream {
        let (receiver, output) = (&self.structure.receiver, self.output("Metadata"));
        quote_spanned!(Span::mixed_site()=> async fn metadata(&#receiver) -> #output { #body })
    }

    /// Returns content that a method produces. A future that is not `Send` is reported at the method's name.
    fn made(&self, method: &Ident, body: &TokenStream) -> TokenStream {
        let (private, output) = (self.steps.private(), self.output("Content"));
        let receiver = &self.structure.receiver;
        let place = Span::mixed_site().located_at(method.span());
        let future =
            quote_spanned!(place=> impl #private::Future<Output = #output> + #private::Send);
        quote_spanned! {Span::mixed_site()=>
            fn content(#receiver) -> #future {
                async move { #private::Result::map_err({ #body }, |answer| *answer) }
            }
        }
    }

    /// Returns a function whose future is ready. It holds no reference to the view, so the view need not be `Sync`.
    fn ready(&self, signature: &TokenStream, output: &str, body: &TokenStream) -> TokenStream {
        let (output, private) = (self.output(output), self.steps.private());
        quote_spanned! {Span::mixed_site()=>
            fn #signature -> impl #private::Future<Output = #output> + #private::Send {
                #private::at_once(move || { #body })
            }
        }
    }

    fn output(&self, what: &str) -> TokenStream {
        let private = self.steps.private();
        let what = Ident::new(what, Span::mixed_site());
        quote_spanned!(Span::mixed_site()=> #private::Result<#private::#what, #private::Response>)
    }

    /// Calls the content method, whether it is async or plain, by value or by reference.
    ///
    /// Its receiver has a name with the user's hygiene, so that the compiler shows the name in errors about borrows.
    fn call(&self, method: &Ident) -> TokenStream {
        let (underline, called) = (Underline::of(method), hygienic("called"));
        let (view, receiver) = (
            Ident::new("the_view", method.span()),
            &self.structure.receiver,
        );
        let call = quote_spanned!(method.span()=> #view.#method());
        let kind = self.steps.at(underline, "MethodOutput", &called);
        let answer = self.answer(&called);
        let returned = quote_spanned! {Span::mixed_site()=>
            match #call { #called => { let kind = #kind.choose(); #answer } }
        };
        let returned = self
            .steps
            .call_at(underline, &["needs", "content_method"], &returned);
        // This makes the `mut` used, whether or not the method needs it.
        let lent = self
            .steps
            .call_at(underline, &["lend"], &quote!(&mut #view));
        quote_spanned! {method.span()=>
            {
                let mut #view = #receiver;
                #lent;
                #returned
            }
        }
    }

    /// Awaits the call if it is async, which it cannot be on the blocking pool.
    fn answer(&self, called: &Ident) -> TokenStream {
        let Some(blocking) = &self.steps.options.blocking else {
            return quote_spanned!(Span::mixed_site()=> kind.wait(#called).await);
        };
        let kind = quote_spanned!(Span::mixed_site()=> &kind);
        let path = ["needs", "BlockingMethod", "check"];
        let check = self.steps.check(Underline::of(blocking), &path, &kind);
        quote_spanned!(Span::mixed_site()=> { #check; kind.here(#called) })
    }

    fn name(&self) -> TokenStream {
        self.structure.name.unraw().to_string().to_token_stream()
    }
}

/// Returns copies of the fields for closures. A field that cannot be cloned is reported at its type.
fn copies(structure: &Structure, steps: &Steps<'_>) -> Vec<Copied> {
    let private = steps.private();
    let copy = |field: &Field| {
        let (name, lent) = (field.copy(), field.lent());
        let asked = steps.path_at(
            Underline::of(&field.ty),
            &["needs", "CallbackCapture", "check"],
        );
        let binding = quote_spanned! {Span::mixed_site()=>
            let #name = #private::Capture::of(#lent).clone_for_callback(#lent, #asked);
        };
        Copied { name, binding }
    };
    structure.fields.iter().map(copy).collect()
}
