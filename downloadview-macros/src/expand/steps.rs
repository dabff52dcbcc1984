//! The steps that both expansions share, from options to metadata and from a returned value to content.

use proc_macro2::{Span, TokenStream};
use quote::{ToTokens, quote, quote_spanned};
use syn::{Expr, ExprClosure, Ident, LitStr, Path, Token, Type, ext::IdentExt};

use crate::{
    model::{
        options::Options,
        output::{need_of_error, need_of_value, value_and_error},
        settings::{Computed, ComputedValue, Settings},
        uses::names_used,
        value::{Expression, Takes},
    },
    parse::assigned::without_groups,
    spans::{Underline, hygienic, located_at},
};

/// The traits in `__private::needs` of which a returned value may lack one, in the order of `Choice::content`.
const NEEDS: [&str; 13] = [
    "DownloadError",
    "EmptyContent",
    "DisplayContent",
    "PathContent",
    "CollectionContent",
    "ItemsContent",
    "WriterClosure",
    "AsyncWriterContent",
    "CommandContent",
    "FutureContent",
    "SendContent",
    "SharedContent",
    "ChannelContent",
];

/// The trait of the errors that a view can return.
const VIEW_ERROR: &str = "ViewError";

/// The state that the parts of an expansion share. Its names are hygienic, so that user code sees none of them.
pub(super) struct Steps<'a> {
    pub(super) options: &'a Options,
    pub(super) settings: &'a Settings,
    pub(super) view: Ident,
    returned: Ident,
    /// The values that closures may use as copies.
    copies: Vec<Copied>,
}

/// A name, and the statement that binds it to a copy of what options see by reference.
pub(super) struct Copied {
    pub(super) name: Ident,
    pub(super) binding: TokenStream,
}

impl<'a> Steps<'a> {
    pub(super) fn new(options: &'a Options, settings: &'a Settings) -> Self {
        Self {
            options,
            settings,
            view: hygienic("view"),
            returned: hygienic("returned"),
            copies: Vec::new(),
        }
    }

    pub(super) fn with_copies(self, copies: Vec<Copied>) -> Self {
        Self { copies, ..self }
    }

    /// Returns the static of the view, in a block so that the user's expressions do not see it.
    pub(super) fn view_static(&self, name: &TokenStream, literals: &[TokenStream]) -> TokenStream {
        let private = self.private();
        quote_spanned! {Span::mixed_site()=>
            {
                static VIEW: #private::StaticView =
                    #private::StaticView::new(#name, |metadata| metadata #(#literals)*);
                &VIEW
            }
        }
    }

    /// Returns the options of one request: `literals`, and values that see what `bindings` bind.
    pub(super) fn request_options(
        &self,
        literals: TokenStream,
        bindings: &TokenStream,
    ) -> TokenStream {
        let computed = &self.settings.computed;
        let refused = &self.options.refused;
        if computed.is_empty() && refused.is_empty() {
            return literals;
        }
        // A value that awaits has separate bindings. A reference to a value that is not `Sync`, such as a request,
        // cannot be held across an `.await`.
        let groups = computed.chunk_by(|one, next| !one.waits && !next.waits);
        let scopes = groups.map(|group| self.scope(group, bindings));
        let refused = (!refused.is_empty())
            .then(|| quote_spanned!(Span::mixed_site()=> { #bindings #(let _ = &#refused;)* }));
        quote_spanned! {Span::mixed_site()=>
            {
                #refused
                let options = #literals;
                #(#scopes)*
                options
            }
        }
    }

    /// Returns a block that sets options to values.
    fn scope(&self, group: &[Computed], bindings: &TokenStream) -> TokenStream {
        let setters = group.iter().map(|one| self.setter(one));
        quote_spanned! {Span::mixed_site()=>
            let options = {
                #bindings
                #(#setters)*
                options
            };
        }
    }

    /// Returns a statement that sets an option to its value.
    fn setter(&self, computed: &Computed) -> TokenStream {
        let name = &computed.name;
        match &computed.value {
            ComputedValue::Basename(literal, values) => set(&self.template(literal, values)),
            ComputedValue::Expression(expression) => self.expression(computed, expression),
            ComputedValue::Callback(value) => {
                let callback = match without_groups(value) {
                    Expr::Closure(closure) => self.lasting(closure),
                    value => value.to_token_stream(),
                };
                let path = ["needs", "on_finish"];
                let callback = self.call_at(Underline::of(name), &path, &callback);
                set(&quote!(.#name(#callback)))
            }
        }
    }

    /// Returns a closure that outlives the view, with copies of the values that it uses.
    fn lasting(&self, closure: &ExprClosure) -> TokenStream {
        let used = names_used(&Expr::Closure(closure.clone()));
        let is_used = |copied: &&Copied| used.contains(&copied.name.unraw().to_string());
        let copies: Vec<_> = self
            .copies
            .iter()
            .filter(is_used)
            .map(|one| &one.binding)
            .collect();
        let place = Underline::of(closure).first;
        let mut closure = closure.clone();
        closure.capture.get_or_insert(Token![move](place));
        if copies.is_empty() {
            return closure.into_token_stream();
        }
        quote_spanned!(place=> { #(#copies)* #closure })
    }

    fn template(&self, literal: &LitStr, values: &[(Ident, TokenStream)]) -> TokenStream {
        let private = self.private();
        let names = values.iter().map(|(name, _)| name);
        let place = literal.span();
        let values = values
            .iter()
            .map(|(_, value)| located_at(value.clone(), place));
        quote!(.template(#private::format_args!(#literal, #(#names = #values),*)))
    }

    fn expression(&self, computed: &Computed, expression: &Expression) -> TokenStream {
        let Expression {
            takes,
            header_name,
            value,
        } = expression;
        let (local, underline) = (hygienic("value"), Underline::of(value));
        let opened = self.unwrap(Layers::OptionValue, &local, (VIEW_ERROR, underline));
        // A field or an element is borrowed, not moved.
        let borrow = is_place(value).then(|| quote_spanned!(underline.first=> &));
        // A struct literal needs parentheses after `match`.
        let (private, view, name) = (self.private(), &self.view, &computed.name);
        let opened = quote_spanned! {Span::mixed_site()=>
            match #borrow (#value) {
                #local => match #opened {
                    #private::Ok(#local) => #local,
                    #private::Err(answer) => {
                        return #private::Err(#private::From::from(#view.stop(&options, answer)));
                    }
                }
            }
        };
        let value = self.check(underline, &["needs", need(*takes), "value"], &opened);
        let call = match takes {
            Takes::Size | Takes::Text | Takes::Time | Takes::Timeout => {
                quote_spanned!(Span::mixed_site()=> .set(#private::Metadata::#name, #local))
            }
            Takes::Callback | Takes::FieldValue | Takes::Flag => {
                let header_name = header_name.iter();
                quote_spanned!(Span::mixed_site()=> .#name(#(#header_name,)* #local))
            }
        };
        let set = set(&call);
        quote_spanned! {Span::mixed_site()=>
            let #local = #value;
            #set
        }
    }

    /// Returns statements that unwrap a returned value and convert it to content.
    pub(super) fn content(
        &self,
        call: &TokenStream,
        spans: OutputSpans,
        on_pool: bool,
    ) -> TokenStream {
        let (view, private, returned) = (&self.view, self.private(), &self.returned);
        let opened = self.unwrap(Layers::Returned, returned, (spans.error_need, spans.error));
        let content = self.convert(spans);
        let content = quote_spanned! {Span::mixed_site()=>
            let #returned = #call;
            let content = match #opened {
                #private::Ok(#returned) => #private::Ok(#content),
                #private::Err(stop) => stop.into_content(),
            };
        };
        if on_pool && self.options.blocking.is_some() {
            quote_spanned! {Span::mixed_site()=>
                let content = #view.blocking(move || { #content content }).await;
            }
        } else {
            content
        }
    }

    /// Converts the value to content by its type, or makes the compiler report what it lacks.
    fn convert(&self, spans: OutputSpans) -> TokenStream {
        let (returned, underline) = (&self.returned, spans.value);
        let whole = match spans.value_need {
            Some(name) => vec!["needs", name, "into_content"],
            None => vec!["IntoContent", "into_content"],
        };
        let parts = NEEDS.iter().map(|name| vec!["needs", name, "check"]);
        let needs = [whole, vec!["IntoChunk", "check"]].into_iter().chain(parts);
        let needs = needs.map(|path| self.path_at(underline, &path));
        let kind = self.at(underline, "ContentKind", returned);
        let (sent, named) = (self.check_sent(underline), self.named(underline));
        quote_spanned! {Span::mixed_site()=>
            {
                let kind = #kind.choose().settle()#named;
                #sent
                kind.content(#returned, #(#needs),*)
            }
        }
    }

    /// Refuses rows under a literal name whose extension is not that of a table.
    fn named(&self, underline: Underline) -> Option<TokenStream> {
        let name = self.options.no_table()?;
        let check = self.path_at(underline, &["needs", name, "check"]);
        Some(quote_spanned!(Span::mixed_site()=> .named(#check)))
    }

    /// Converts the value to a `&dyn Send`, so that the compiler reports it if it cannot be sent between threads.
    fn check_sent(&self, Underline { first, last }: Underline) -> TokenStream {
        let (private, returned) = (self.private(), &self.returned);
        let kind = quote_spanned!(Span::mixed_site()=> &kind);
        let kind = self.call_at(Underline { first, last: first }, &["take"], &kind);
        // Both ends of this call have the user's hygiene, or the compiler would show the attribute too.
        let (method, arguments) = (
            Ident::new("sent", last),
            quote_spanned!(last=> (&#returned)),
        );
        quote_spanned!(Span::mixed_site()=> let _: &(dyn #private::Send) = #kind.#method #arguments;)
    }

    /// Unwraps the layers of a value, and checks their error at the underlined place.
    fn unwrap(
        &self,
        layers: Layers,
        name: &Ident,
        (need, underline): (&str, Underline),
    ) -> TokenStream {
        let (private, view) = (self.private(), &self.view);
        // There are three layers, and one more for a reference to those of an option's value.
        let (of, reference) = match layers {
            Layers::Returned => ("Returned", None),
            Layers::OptionValue => ("OptionValue", Some(quote!(.unwrap_layer()))),
        };
        let is_option = matches!(layers, Layers::OptionValue);
        let layers = self.at(underline, of, name);
        let ask = |need, method: TokenStream| {
            let asked = quote_spanned!(Span::mixed_site()=> layers.#method());
            self.check(underline, &["needs", need, "check"], &asked)
        };
        let error = ask(need, quote!(error));
        let future = is_option.then(|| ask("AwaitedValue", quote!(future)));
        let checks = [Some(error), future].into_iter().flatten();
        quote_spanned! {Span::mixed_site()=>
            {
                let layers = #layers.unwrap_layer().unwrap_layer().unwrap_layer()#reference;
                #(#checks;)*
                #private::unwrap(layers, #view, #name)
            }
        }
    }

    /// Returns `name::of(&value)`, a call of a function of `__private`.
    pub(super) fn at(&self, underline: Underline, question: &str, name: &Ident) -> TokenStream {
        self.call_at(underline, &[question, "of"], &quote!(&#name))
    }

    /// Returns a call of a trait's function. Callee and argument have the same underline, or rustc would mark both.
    pub(super) fn check(
        &self,
        underline: Underline,
        path: &[&str],
        argument: &TokenStream,
    ) -> TokenStream {
        let argument = self.call_at(underline, &["take"], argument);
        self.call_at(underline, path, &argument)
    }

    /// Returns a call of a function of `__private`, whose first and last tokens are those of the underline.
    pub(super) fn call_at(
        &self,
        underline: Underline,
        path: &[&str],
        argument: &TokenStream,
    ) -> TokenStream {
        let callee = self.path_at(underline, path);
        let arguments = quote_spanned!(underline.last=> (#argument));
        quote!(#callee #arguments)
    }

    /// Returns a path in `__private`, whose first and last tokens are those of the underline.
    pub(super) fn path_at(
        &self,
        Underline { first, last }: Underline,
        path: &[&str],
    ) -> TokenStream {
        // The path of a renamed library is imported, so that a wrong one is reported once.
        let name = Ident::new("downloadview", Span::call_site());
        let private = if self.options.library.is_some() {
            imported(first).into_token_stream()
        } else {
            quote_spanned!(first=> ::#name::__private)
        };
        let mut path: Vec<Ident> = path.iter().map(|name| Ident::new(name, first)).collect();
        if let Some(name) = path.last_mut() {
            name.set_span(last);
        }
        quote_spanned!(first=> #private #(::#path)*)
    }

    pub(super) fn private(&self) -> TokenStream {
        private(self.options.library.as_ref())
    }
}

/// The spans of errors about a returned value and its error, and the traits that report them.
#[derive(Clone, Copy)]
pub(super) struct OutputSpans {
    pub(super) value: Underline,
    value_need: Option<&'static str>,
    error: Underline,
    error_need: &'static str,
}

impl OutputSpans {
    /// Returns the spans of a value whose type is unknown.
    pub(super) fn of_name(name: &Ident) -> Self {
        let name = Underline::of(name);
        Self {
            value: name,
            value_need: None,
            error: name,
            error_need: VIEW_ERROR,
        }
    }

    pub(super) fn of_type(ty: &Type) -> Self {
        let (value, error) = value_and_error(ty);
        Self {
            value: Underline::of(value),
            value_need: need_of_value(value),
            error: Underline::of(error.unwrap_or(ty)),
            error_need: error.and_then(need_of_error).unwrap_or(VIEW_ERROR),
        }
    }
}

/// A value in `Result`s and `Option`s, named as in `__private`.
#[derive(Clone, Copy)]
enum Layers {
    Returned,
    OptionValue,
}

/// Returns the path of `__private` outside of a block. Errors about a renamed library are shown at its path.
pub(super) fn private_of_item(library: Option<&Path>) -> TokenStream {
    library.map_or_else(
        || quote!(::downloadview::__private),
        |path| quote_spanned!(Underline::of(path).first=> #path::__private),
    )
}

/// Returns the path of `__private` in a block that has [`imports`].
pub(super) fn private(library: Option<&Path>) -> TokenStream {
    if library.is_some() {
        imported(Span::call_site()).into_token_stream()
    } else {
        quote!(::downloadview::__private)
    }
}

/// Imports a renamed library in a block, so that a wrong path is reported once.
pub(super) fn imports(library: Option<&Path>) -> Option<TokenStream> {
    let path = library?;
    let place = Underline::of(path).first;
    let name = imported(place);
    // The path ends in two segments that always exist, so the error is equal to that of other paths, and shown once.
    Some(quote_spanned!(place=> use #path::__private::itself::itself as #name;))
}

/// Returns an item, in a block that imports a renamed library.
pub(super) fn importing(library: Option<&Path>, item: &TokenStream) -> TokenStream {
    match imports(library) {
        Some(imports) => quote!(const _: () = { #imports #item };),
        None => item.clone(),
    }
}

fn imported(place: Span) -> Ident {
    Ident::new("__downloadview", place)
}

/// Returns true for `self.revision` or `prices.all[0]`, which cannot be moved out of a reference.
fn is_place(expr: &Expr) -> bool {
    match expr {
        Expr::Field(_) | Expr::Index(_) => true,
        Expr::Paren(inner) => is_place(&inner.expr),
        Expr::Group(inner) => is_place(&inner.expr),
        _ => false,
    }
}

/// Returns the name of the trait in `__private::needs`.
fn need(takes: Takes) -> &'static str {
    match takes {
        Takes::Callback => "FinishCallback",
        Takes::FieldValue => "HeaderFieldValue",
        Takes::Flag => "BoolValue",
        Takes::Size => "SizeValue",
        Takes::Text => "TextValue",
        Takes::Time => "TimeValue",
        Takes::Timeout => "DurationValue",
    }
}

/// Returns a statement that calls a setter of the options.
fn set(call: &TokenStream) -> TokenStream {
    quote_spanned!(Span::mixed_site()=> let options = options #call;)
}
