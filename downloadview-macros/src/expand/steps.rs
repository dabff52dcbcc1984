//! The steps that both expansions share: from options to metadata, and from a returned value to content.

use proc_macro2::{Span, TokenStream};
use quote::{ToTokens, quote, quote_spanned};
use syn::{Expr, ExprClosure, Ident, LitStr, Path, Token, Type, ext::IdentExt};

use crate::{
    model::{
        options::Options,
        output::value_and_error,
        settings::{Computed, ComputedValue, Settings},
        uses::names_used,
        value::{Expression, Takes},
    },
    parse::argument::without_groups,
    spans::{Underline, hygienic, located_at},
};

/// The state that the parts of an expansion share. Its names are hygienic, so that user code sees none of them.
pub(super) struct Steps<'a> {
    pub(super) options: &'a Options,
    pub(super) settings: &'a Settings,
    pub(super) view: Ident,
    returned: Ident,
    /// The values of which closures may have copies.
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
                static VIEW: #private::View =
                    #private::View::new(#name, |metadata| metadata #(#literals)*);
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
        // A value that waits has its own bindings: a reference to a value that is not `Sync`, such as a request, cannot
        // be held over the wait.
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
        let opened = self.open(Layers::Setting, &local, underline);
        // A value that is held elsewhere is borrowed, not moved.
        let borrow = is_place(value).then(|| quote_spanned!(underline.first=> &));
        // Without parentheses, a struct literal could not be matched on.
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
    pub(super) fn content(&self, call: &TokenStream, places: Places, on_pool: bool) -> TokenStream {
        let (view, private, returned) = (&self.view, self.private(), &self.returned);
        let opened = self.open(Layers::Returned, returned, places.error);
        let content = self.kind(places.value);
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

    /// Converts the value by its kind, or makes the compiler report what it lacks.
    fn kind(&self, underline: Underline) -> TokenStream {
        let returned = &self.returned;
        let asked = [
            &["IntoContent", "into_content"][..],
            &["IntoChunk", "check"],
            &["needs", "SourceError", "check"],
            &["needs", "Movable", "check"],
            &["needs", "Something", "check"],
        ];
        let asked = asked.map(|path| self.path_at(underline, path));
        let kind = self.at(underline, "Kind", returned);
        quote_spanned!(Span::mixed_site()=> #kind.choose().content(#returned, #(#asked),*))
    }

    /// Unwraps the layers of a value, having checked their error at the underlined place.
    fn open(&self, layers: Layers, name: &Ident, underline: Underline) -> TokenStream {
        let (private, view) = (self.private(), &self.view);
        // There are three layers, and one more for a reference to those of a setting.
        let (question, reference) = match layers {
            Layers::Returned => ("Returned", None),
            Layers::Setting => ("Setting", Some(quote!(.peel()))),
        };
        let layers = self.at(underline, question, name);
        let error = quote_spanned!(Span::mixed_site()=> layers.error());
        let check = self.check(underline, &["needs", "ViewError", "check"], &error);
        quote_spanned! {Span::mixed_site()=>
            {
                let layers = #layers.peel().peel().peel()#reference;
                #check;
                #private::open(layers, #view, #name)
            }
        }
    }

    /// Returns `Question::of(&name)`.
    pub(super) fn at(&self, underline: Underline, question: &str, name: &Ident) -> TokenStream {
        self.call_at(underline, &[question, "of"], &quote!(&#name))
    }

    /// Returns a call of a trait's own function, with callee and argument underlined alike, or rustc would mark both.
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

    /// Returns a path in `__private`, likewise.
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

/// The places of errors about a returned value and about its error.
#[derive(Clone, Copy)]
pub(super) struct Places {
    pub(super) value: Underline,
    error: Underline,
}

impl Places {
    /// Returns both places for a value whose type is unknown.
    pub(super) fn of_name(name: &Ident) -> Self {
        let name = Underline::of(name);
        Self {
            value: name,
            error: name,
        }
    }

    pub(super) fn of_type(ty: &Type) -> Self {
        let (value, error) = value_and_error(ty);
        Self {
            value: Underline::of(value),
            error: Underline::of(error.unwrap_or(ty)),
        }
    }
}

/// A value with layers, named as in `__private`.
#[derive(Clone, Copy)]
enum Layers {
    Returned,
    Setting,
}

/// Returns the path of `__private` outside of a block; of a renamed library, errors are shown at its path.
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

/// Imports a renamed library in a block. However often the name is used, a wrong path is reported once.
pub(super) fn imports(library: Option<&Path>) -> Option<TokenStream> {
    let path = library?;
    let place = Underline::of(path).first;
    let name = imported(place);
    // With a missing segment before the last two, the error is the same as for a path elsewhere, and shown once.
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
        Takes::Callback => "Callback",
        Takes::FieldValue => "FieldValue",
        Takes::Flag => "Flag",
        Takes::Size => "Size",
        Takes::Text => "Text",
        Takes::Time => "Time",
        Takes::Timeout => "Timeout",
    }
}

/// Returns a statement that calls a setter of the options.
fn set(call: &TokenStream) -> TokenStream {
    quote_spanned!(Span::mixed_site()=> let options = options #call;)
}
