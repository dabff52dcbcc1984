//! From a checked struct and its options to its `DownloadView`.

use proc_macro2::{Span, TokenStream};
use quote::{ToTokens, quote, quote_spanned};
use syn::{DeriveInput, Expr, Generics, Ident, WherePredicate, ext::IdentExt, parse_quote};

use crate::{
    basename::Scope,
    errors::Errors,
    fallback,
    function::Underline,
    options::{Options, Source, Value},
    output::unsized_field,
    steps::{Copied, Places, Steps, hygienic, importing, imports},
    structure::{Field, Structure, bounded},
    value::in_groups,
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
    let Some(structure) = Structure::check(input, errors) else {
        let options = Options::of_struct(&input.attrs, &[], errors);
        return fallback::view(input, &options);
    };
    if is_unsized(&structure, errors) {
        // It can be no view, not even one that says nothing.
        return TokenStream::new();
    }
    let mut options = Options::of_struct(&structure.attributes, &structure.fields, errors);
    options.settings.retain_mut(|one| {
        let before = errors.count();
        detach(&mut one.value, &structure, errors);
        errors.count() == before
    });
    check_together(&structure, &options, errors);
    View::new(&structure, &options, errors).expand()
}

fn is_unsized(structure: &Structure, errors: &Errors) -> bool {
    let last = structure.fields.last();
    let problem = last.and_then(|field| Some((field, unsized_field(&field.ty)?)));
    if let Some((field, problem)) = &problem {
        errors.at(&field.ty, problem);
    }
    problem.is_some()
}

/// A closure outlives the view, and has copies of the fields that it names.
fn detach(value: &mut Value, structure: &Structure, errors: &Errors) {
    let Value::Callback(callback) = value else {
        return;
    };
    if let Expr::Closure(closure) = in_groups(callback) {
        let tokens = structure.detached(closure.to_token_stream(), errors);
        if let Ok(detached) = syn::parse2(tokens) {
            *callback = Expr::Closure(detached);
        }
    }
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
        let steps = Steps::new(options, errors, Scope::of_fields(names));
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
        // A future that waits holds a reference to the view.
        let sync = self.waits().then(|| quote!(+ #private::Sync));
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
        importing(self.steps.options, &view)
    }

    /// What is asked of each field, at its type. The compiler takes it as given for the rest, so that it complains of nothing else.
    /// (Of a lifetime's type that would be too much: what holds for some lifetimes is not given for all.)
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
            let sync = self
                .waits()
                .then(|| self.steps.path_at(underline, &["Sync"]));
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

    /// Of a generic struct it is taken as given for all types that it may be of, and asked in a function that nobody calls.
    fn is_checked_apart(&self) -> bool {
        let generics = &self.structure.generics;
        !generics.params.is_empty() && generics.lifetimes().next().is_none()
    }

    fn sent(&self, generics: &Generics) -> TokenStream {
        let (parameters, _, where_clause) = generics.split_for_impl();
        let asked = self.structure.fields.iter().map(|field| {
            let (ty, underline) = (&field.ty, Underline::of(&field.ty));
            let sent = self.steps.path_at(underline, &["needs", "sent"]);
            quote_spanned!(underline.last=> #sent::<#ty>();)
        });
        let imports = imports(self.steps.options);
        // Nobody calls it; and its bounds stand where the user wrote theirs, and where ours are added.
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
        let statics = self
            .steps
            .view_static(&self.name(), self.steps.options.literals());
        let options = self.steps.request_options(&TokenStream::new());
        let body = quote_spanned! {Span::mixed_site()=>
            let #view = #statics;
            #private::Ok(#options.into_metadata())
        };
        if self.waits() {
            self.waiting(&body)
        } else {
            self.ready(&quote!(metadata(&#receiver)), "Metadata", &body)
        }
    }

    fn content(&self) -> TokenStream {
        let receiver = &self.structure.receiver;
        match &self.steps.options.content {
            Some(Source::Method(method)) => {
                let body = self.content_of(&self.call(method), Places::of_name(method), true);
                self.made(method, &body)
            }
            Some(Source::Field(field)) => {
                let body = self.content_of(&field.place(), Places::of_type(&field.ty), false);
                self.ready(&quote!(content(#receiver)), "Content", &body)
            }
            None => fallback::content(&self.steps.private()),
        }
    }

    fn content_of(&self, value: &TokenStream, places: Places, on_pool: bool) -> TokenStream {
        let view = &self.steps.view;
        let statics = self.steps.view_static(&self.name(), []);
        let content = self.steps.content(value, places, on_pool);
        quote_spanned! {Span::mixed_site()=>
            let #view = #statics;
            #content
            content
        }
    }

    /// Metadata that are waited for.
    fn waiting(&self, body: &TokenStream) -> TokenStream {
        let (receiver, output) = (&self.structure.receiver, self.output("Metadata"));
        quote_spanned!(Span::mixed_site()=> async fn metadata(&#receiver) -> #output { #body })
    }

    /// The content that a method makes: what in that cannot be sent is shown at its name.
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

    /// A function of the trait that is done at once: its future holds nothing of the view, which need not be `Sync`.
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

    /// What the content method returns, be it async or plain, by `self` or by reference. (What it is called on has a name, and the
    /// user's hygiene, so that the compiler can say what is borrowed for too long.)
    fn call(&self, method: &Ident) -> TokenStream {
        let (underline, called) = (Underline::of(method), hygienic("called"));
        let (view, receiver) = (
            Ident::new("the_view", method.span()),
            &self.structure.receiver,
        );
        let call = quote_spanned!(method.span()=> #view.#method());
        let kind = self.steps.at(underline, "Called", &called);
        let answer = self.answer(&called);
        let returned = quote_spanned! {Span::mixed_site()=>
            match #call { #called => { let kind = #kind.choose(); #answer } }
        };
        let returned = self
            .steps
            .call_at(underline, &["needs", "outlives_the_view"], &returned);
        // Lent, it is mutable for a reason, whether or not the method asks for that.
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

    /// What was called, waited for if it is async; on the blocking pool it cannot be.
    fn answer(&self, called: &Ident) -> TokenStream {
        let Some(blocking) = &self.steps.options.blocking else {
            return quote_spanned!(Span::mixed_site()=> kind.wait(#called).await);
        };
        let kind = quote_spanned!(Span::mixed_site()=> &kind);
        let path = ["needs", "NotAsync", "check"];
        let check = self.steps.check(Underline::of(blocking), &path, &kind);
        quote_spanned!(Span::mixed_site()=> { #check; kind.here(#called) })
    }

    fn name(&self) -> TokenStream {
        self.structure.name.unraw().to_string().to_token_stream()
    }

    fn waits(&self) -> bool {
        let settings = &self.steps.options.settings;
        settings.iter().any(|setting| setting.value.waits())
    }
}

/// The fields, as closures see them. (What cannot be copied is shown at the field's type.)
fn copies(structure: &Structure, steps: &Steps<'_>) -> Vec<Copied> {
    let private = steps.private();
    let copy = |field: &Field| {
        let (name, lent) = (field.copy(), field.lent());
        let asked = steps.path_at(Underline::of(&field.ty), &["needs", "Copied", "check"]);
        let binding = quote_spanned! {Span::mixed_site()=>
            let #name = #private::Copies::of(#lent).copy(#lent, #asked);
        };
        Copied { name, binding }
    };
    structure.fields.iter().map(copy).collect()
}
