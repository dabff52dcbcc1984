//! The steps that both expansions take: from options to metadata, and from what was returned to content.

use proc_macro2::{Span, TokenStream, TokenTree};
use quote::{ToTokens, quote, quote_spanned};
use syn::{Expr, ExprClosure, Ident, LitStr, Token, Type, ext::IdentExt};

use crate::{
    basename::{Scope, Template},
    errors::Errors,
    function::Underline,
    options::{Options, Setting, Value, is_constant, words},
    output::value_and_error,
    value::in_groups,
};

/// What the parts of an expansion share. Names that are not the user's are hygienic, so that the user's code sees none of them.
pub(crate) struct Steps<'a> {
    pub(crate) options: &'a Options,
    pub(crate) errors: &'a Errors,
    scope: Scope,
    pub(crate) view: Ident,
    pub(crate) returned: Ident,
    /// What closures may be given copies of.
    copies: Vec<Copied>,
}

/// A name, and how it is bound to a copy of what options see by reference.
pub(crate) struct Copied {
    pub(crate) name: Ident,
    pub(crate) binding: TokenStream,
}

impl<'a> Steps<'a> {
    pub(crate) fn new(options: &'a Options, errors: &'a Errors, scope: Scope) -> Self {
        Self {
            options,
            errors,
            scope,
            view: hygienic("view"),
            returned: hygienic("returned"),
            copies: Vec::new(),
        }
    }

    pub(crate) fn with_copies(self, copies: Vec<Copied>) -> Self {
        Self { copies, ..self }
    }

    /// The view's name (an expression) and literals, in a block so that the user's expressions do not see the static.
    pub(crate) fn view_static<'t>(
        &self,
        name: &TokenStream,
        literals: impl IntoIterator<Item = &'t TokenStream>,
    ) -> TokenStream {
        let private = self.private();
        let literals = literals.into_iter();
        quote_spanned! {Span::mixed_site()=>
            {
                static VIEW: #private::View =
                    #private::View::new(#name, |metadata| metadata #(#literals)*);
                &VIEW
            }
        }
    }

    /// The options with those that are known only now; these see what `bindings` bind.
    pub(crate) fn request_options(&self, bindings: &TokenStream) -> TokenStream {
        let view = &self.view;
        let mut settings: Vec<&Setting> = self.options.settings.iter().collect();
        // Who listens is told of an option that fails, wherever it stands.
        settings.sort_by_key(|one| one.option != "on_finish");
        let settings: Vec<(bool, TokenStream)> = settings
            .into_iter()
            .filter_map(|one| Some((one.value.waits(), self.setting(one)?)))
            .collect();
        let refused = &self.options.refused;
        if settings.is_empty() && refused.is_empty() {
            return quote_spanned!(Span::mixed_site()=> #view.options());
        }
        // One that waits has bindings of its own: a reference to what is not `Sync`, as a request, cannot outlast the wait.
        let groups = settings.chunk_by(|(one_waits, _), (next_waits, _)| !one_waits && !next_waits);
        let scopes = groups.map(|group| {
            let settings = group.iter().map(|(_, setting)| setting);
            quote_spanned! {Span::mixed_site()=>
                let options = {
                    #bindings
                    #(#settings)*
                    options
                };
            }
        });
        let refused = (!refused.is_empty())
            .then(|| quote_spanned!(Span::mixed_site()=> { #bindings #(let _ = &#refused;)* }));
        quote_spanned! {Span::mixed_site()=>
            {
                #refused
                let options = #view.options();
                #(#scopes)*
                options
            }
        }
    }

    /// A statement that calls the option's setter.
    fn setting(&self, setting: &Setting) -> Option<TokenStream> {
        let option = &setting.option;
        match &setting.value {
            Value::Literal(_) => None,
            Value::Template(template) => Some(set(&self.template(template))),
            Value::Expression(None, value) if self.is_unquoted(option, value) => {
                let text = value.to_token_stream().to_string().replace(' ', "");
                let message = format!("put it in quotes: `{option} = {text:?}`");
                self.errors.at(value, message);
                None
            }
            Value::Expression(first, value) => {
                if let Some((name, problem)) = self.field_without_self(value) {
                    self.errors.at(name, problem);
                    return None;
                }
                Some(self.expression(option, first.as_ref(), value))
            }
            Value::Callback(value) if self.is_argument(value) => {
                Some(self.expression(option, None, value))
            }
            Value::Callback(value) => {
                let told = match in_groups(value) {
                    Expr::Closure(closure) => self.lasting(closure),
                    value => value.to_token_stream(),
                };
                let told = self.call_at(Underline::of(option), &["needs", "on_finish"], &told);
                Some(set(&quote!(.#option(#told))))
            }
        }
    }

    /// The name with which it begins, where that is one of a field.
    fn field_without_self<'e>(&self, value: &'e Expr) -> Option<(&'e Ident, String)> {
        let name = match value {
            Expr::Path(path) => path.path.get_ident()?,
            Expr::Field(field) => return self.field_without_self(&field.base),
            Expr::MethodCall(call) => return self.field_without_self(&call.receiver),
            Expr::Reference(reference) => return self.field_without_self(&reference.expr),
            Expr::Await(waited) => return self.field_without_self(&waited.base),
            _ => return None,
        };
        Some((name, self.scope.field(name)?))
    }

    /// Whether it is text whose quotes were forgotten: `text/csv`, `no-store`, `hello.txt`.
    fn is_unquoted(&self, option: &Ident, value: &Expr) -> bool {
        let is_unknown =
            |word: &&Ident| *word != "self" && !is_constant(word) && !self.scope.knows(word);
        let is_text = matches!(value, Expr::Binary(_) | Expr::Field(_)) && takes(option) == "Text";
        is_text && words_between_signs(value).is_some_and(|words| words.iter().any(is_unknown))
    }

    /// Whether it is what options see by reference.
    fn is_argument(&self, value: &Expr) -> bool {
        let Expr::Path(path) = value else {
            return false;
        };
        let mut copies = self.copies.iter();
        copies.any(|copied| path.path.is_ident(&copied.name))
    }

    /// A closure that outlives the view: what it names is copied, and moved into it.
    fn lasting(&self, closure: &ExprClosure) -> TokenStream {
        let words = words(closure);
        let is_named = |copied: &&Copied| words.contains(&copied.name.unraw().to_string());
        let named = self.copies.iter().filter(is_named);
        let copies: Vec<_> = named.map(|one| &one.binding).collect();
        let place = Underline::of(closure).first;
        let mut closure = closure.clone();
        closure.capture.get_or_insert(Token![move](place));
        if copies.is_empty() {
            return closure.into_token_stream();
        }
        quote_spanned!(place=> { #(#copies)* #closure })
    }

    fn template(&self, template: &Template) -> TokenStream {
        let private = self.private();
        let (literal, values) = template.resolve(&self.scope, self.errors);
        let names = values.iter().map(|(name, _)| name);
        let place = literal.span();
        let values = values
            .iter()
            .map(|(_, value)| located_at(value.clone(), place));
        quote!(.template(#private::format_args!(#literal, #(#names = #values),*)))
    }

    fn expression(&self, option: &Ident, first: Option<&LitStr>, value: &Expr) -> TokenStream {
        let (name, first, underline) = (hygienic("value"), first.into_iter(), Underline::of(value));
        let opened = self.open("Setting", &name, underline);
        // What is held elsewhere is looked at, not taken.
        let borrow = is_place(value).then(|| quote_spanned!(underline.first=> &));
        // In parentheses, or a struct literal could not stand there.
        let (private, view) = (self.private(), &self.view);
        let opened = quote_spanned! {Span::mixed_site()=>
            match #borrow (#value) {
                #name => match #opened {
                    #private::Ok(#name) => #name,
                    #private::Err(answer) => {
                        return #private::Err(#private::From::from(#view.stop(options, answer)));
                    }
                }
            }
        };
        let value = self.check(underline, &["needs", takes(option), "value"], &opened);
        quote_spanned! {Span::mixed_site()=>
            let #name = #value;
            let options = options.#option(#(#first,)* #name);
        }
    }

    /// What was returned, out of its `Result`s and `Option`s, as the kind of content that it is.
    pub(crate) fn content(&self, call: &TokenStream, places: Places, on_pool: bool) -> TokenStream {
        let (view, private, returned) = (&self.view, self.private(), &self.returned);
        let opened = self.open("Returned", returned, places.error);
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

    /// The kind of content that the value is, or what it lacks.
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

    /// Takes the value out of its layers, having checked their error at the underlined place.
    fn open(&self, mode: &str, name: &Ident, underline: Underline) -> TokenStream {
        let (private, view) = (self.private(), &self.view);
        let layers = self.at(underline, mode, name);
        // Three layers; a reference to those of a setting is one more.
        let reference = (mode == "Setting").then(|| quote!(.peel()));
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

    /// `Question::of(&name)`.
    pub(crate) fn at(&self, underline: Underline, question: &str, name: &Ident) -> TokenStream {
        self.call_at(underline, &[question, "of"], &quote!(&#name))
    }

    /// A call of a trait's own function. Callee and argument are underlined alike, or rustc would mark both.
    pub(crate) fn check(
        &self,
        underline: Underline,
        path: &[&str],
        argument: &TokenStream,
    ) -> TokenStream {
        let argument = self.call_at(underline, &["take"], argument);
        self.call_at(underline, path, &argument)
    }

    /// A call of a function of `__private`, from its first token at one end to its last at the other.
    pub(crate) fn call_at(
        &self,
        underline: Underline,
        path: &[&str],
        argument: &TokenStream,
    ) -> TokenStream {
        let callee = self.path_at(underline, path);
        let arguments = quote_spanned!(underline.last=> (#argument));
        quote!(#callee #arguments)
    }

    /// A path in `__private`, likewise.
    pub(crate) fn path_at(
        &self,
        Underline { first, last }: Underline,
        path: &[&str],
    ) -> TokenStream {
        // Where the library has another name, all of a view say so in one place.
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

    pub(crate) fn private(&self) -> TokenStream {
        private(self.options)
    }
}

/// Where to show what is wrong with a value that is returned, and what with its error.
#[derive(Clone, Copy)]
pub(crate) struct Places {
    pub(crate) value: Underline,
    error: Underline,
}

impl Places {
    /// The type is not known.
    pub(crate) fn of_name(name: &Ident) -> Self {
        let name = Underline::of(name);
        Self {
            value: name,
            error: name,
        }
    }

    pub(crate) fn of_type(ty: &Type) -> Self {
        let (value, error) = value_and_error(ty);
        Self {
            value: Underline::of(value),
            error: Underline::of(error.unwrap_or(ty)),
        }
    }
}

/// A local name that the user's code neither sees nor hides.
pub(crate) fn hygienic(name: &str) -> Ident {
    Ident::new(name, Span::mixed_site())
}

/// The path of what expansions call, outside of a block: of a library that is renamed it is shown where that is said.
pub(crate) fn library(options: &Options) -> TokenStream {
    let renamed = options.library.as_ref();
    renamed.map_or_else(
        || quote!(::downloadview::__private),
        |path| quote_spanned!(Underline::of(path).first=> #path::__private),
    )
}

/// Where the library is renamed, its name in a block. What was imported in vain is missed but once, however often it is named.
pub(crate) fn imports(options: &Options) -> Option<TokenStream> {
    let path = options.library.as_ref()?;
    let place = Underline::of(path).first;
    let name = imported(place);
    // Of what is missing before the last step but one the compiler says the same as in a path elsewhere, and shows both as one.
    Some(quote_spanned!(place=> use #path::__private::itself::itself as #name;))
}

/// An item, in a block where the library is imported.
pub(crate) fn importing(options: &Options, item: &TokenStream) -> TokenStream {
    match imports(options) {
        Some(imports) => quote!(const _: () = { #imports #item };),
        None => item.clone(),
    }
}

fn imported(place: Span) -> Ident {
    Ident::new("__downloadview", place)
}

/// The same path, where [`imports`] stands in the block.
pub(crate) fn private(options: &Options) -> TokenStream {
    if options.library.is_some() {
        imported(Span::call_site()).into_token_stream()
    } else {
        quote!(::downloadview::__private)
    }
}

/// `self.revision`, `prices.all[0]`: taken as it is, it would be moved out of what is only lent.
fn is_place(expr: &Expr) -> bool {
    match expr {
        Expr::Field(_) | Expr::Index(_) => true,
        Expr::Paren(inner) => is_place(&inner.expr),
        Expr::Group(inner) => is_place(&inner.expr),
        _ => false,
    }
}

/// Those of `text/csv`, `hello-world.txt` or `W/"v1"`; `None` where there is more than words and signs.
fn words_between_signs(value: &Expr) -> Option<Vec<&Ident>> {
    match value {
        Expr::Lit(_) => Some(Vec::new()),
        Expr::Path(path) => Some(vec![path.path.get_ident()?]),
        Expr::Field(field) => words_between_signs(&field.base),
        Expr::Binary(signed) => {
            let mut words = words_between_signs(&signed.left)?;
            words.extend(words_between_signs(&signed.right)?);
            Some(words)
        }
        _ => None,
    }
}

/// A statement that calls a setter of the options.
fn set(call: &TokenStream) -> TokenStream {
    quote_spanned!(Span::mixed_site()=> let options = options #call;)
}

/// The trait of the values that an option takes.
fn takes(option: &Ident) -> &'static str {
    const TRAITS: [(&str, &str); 6] = [
        ("attachment", "Flag"),
        ("header", "FieldValue"),
        ("last_modified", "Time"),
        ("on_finish", "Callback"),
        ("size", "Size"),
        ("stall_timeout", "Timeout"),
    ];
    let found = TRAITS.iter().find(|(name, _)| option == name);
    found.map_or("Text", |(_, name)| name)
}

/// The same tokens, shown at `span`; what they mean stays.
fn located_at(tokens: TokenStream, span: Span) -> TokenStream {
    let located = |mut token: TokenTree| {
        token.set_span(token.span().located_at(span));
        token
    };
    tokens.into_iter().map(located).collect()
}
