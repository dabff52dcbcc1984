//! From a checked struct and its options to its `DownloadView`.

use proc_macro2::{Span, TokenStream};
use quote::{ToTokens, quote, quote_spanned};
use syn::{DeriveInput, Expr, Ident, WherePredicate, ext::IdentExt, parse_quote};

use crate::{
    basename::Scope,
    errors::Errors,
    fallback,
    function::Underline,
    options::{Options, Source, Value},
    steps::{Copied, Places, Steps, hygienic, importing},
    structure::{Field, Structure, bounded},
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
    let mut options = Options::of_struct(&structure.attributes, &structure.fields, errors);
    options.settings.retain_mut(|one| {
        let before = errors.count();
        detach(&mut one.value, &structure, errors);
        errors.count() == before
    });
    check_together(&structure, &options, errors);
    View::new(&structure, &options, errors).expand()
}

/// A closure outlives the view, and has copies of the fields that it names.
fn detach(value: &mut Value, structure: &Structure, errors: &Errors) {
    if let Value::Callback(Expr::Closure(closure)) = value {
        let tokens = structure.detached(closure.to_token_stream(), errors);
        if let Ok(detached) = syn::parse2(tokens) {
            *closure = detached;
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
        generics.make_where_clause().predicates.extend(self.parts());
        let (parameters, arguments, where_clause) = generics.split_for_impl();
        let view = quote_spanned! {Span::mixed_site()=>
            #[automatically_derived]
            impl #parameters #private::DownloadView for #name #arguments #where_clause {
                #metadata
                #content
            }
        };
        importing(self.steps.options, &view)
    }

    /// What is asked of each field, at its type. The compiler takes it as given for the rest, so that it complains of nothing else.
    /// (Of a generic type that would be too much: what holds for some lifetimes is not given for all.)
    fn parts(&self) -> Vec<WherePredicate> {
        let Structure {
            generics, fields, ..
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
            fields.iter().map(asked).collect()
        } else {
            Vec::new()
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
            self.waiting(&quote!(metadata(&#receiver)), "Metadata", &body)
        } else {
            self.ready(&quote!(metadata(&#receiver)), "Metadata", &body)
        }
    }

    fn content(&self) -> TokenStream {
        let receiver = &self.structure.receiver;
        match &self.steps.options.content {
            Some(Source::Method(method)) => {
                let body = self.content_of(&self.call(method), Places::of_name(method), true);
                self.waiting(&quote!(content(#receiver)), "Content", &body)
            }
            Some(Source::Field(field)) => {
                let body = self.content_of(&field.place(), Places::of_type(&field.ty), false);
                self.ready(&quote!(content(#receiver)), "Content", &body)
            }
            None => fallback::content(&self.steps.private()),
        }
    }

    fn content_of(&self, value: &TokenStream, places: Places, on_pool: bool) -> TokenStream {
        let (view, private) = (&self.steps.view, self.steps.private());
        let statics = self.steps.view_static(&self.name(), []);
        let content = self.steps.content(value, places, on_pool);
        quote_spanned! {Span::mixed_site()=>
            let #view = #statics;
            #content
            #private::Ok(content)
        }
    }

    /// A function of the trait, in which something is waited for.
    fn waiting(&self, signature: &TokenStream, output: &str, body: &TokenStream) -> TokenStream {
        let output = self.output(output);
        quote_spanned!(Span::mixed_site()=> async fn #signature -> #output { #body })
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
