//! From a checked function and its options to the handler that axum calls.

use proc_macro2::{Span, TokenStream, TokenTree};
use quote::{ToTokens, format_ident, quote, quote_spanned};
use syn::{
    Expr, FnArg, GenericArgument, GenericParam, Ident, LitStr, Path, PathArguments, Signature, Type,
};

use crate::{
    basename::Template,
    errors::Errors,
    fallback,
    function::{Argument, Function, Input, Underline},
    options::{Options, Setting, Value},
};

/// The attribute: with mistakes, what can be made of the item, and the mistakes.
pub(crate) fn expand(options: TokenStream, item: TokenStream) -> TokenStream {
    let errors = Errors::new();
    let options = Options::parse(options, &errors);
    let expanded = expand_item(&options, item, &errors);
    let errors = errors.finish();
    quote!(#expanded #errors)
}

fn expand_item(options: &Options, item: TokenStream, errors: &Errors) -> TokenStream {
    let input = match syn::parse2::<Input>(item.clone()) {
        Ok(input) => input,
        Err(error) => {
            report_unreadable(&item, error, errors);
            return item;
        }
    };
    let Some(function) = Function::check(&input, errors) else {
        return fallback::handler(&input);
    };
    check_together(&function, options, errors);
    Handler::new(&function, options, errors).expand()
}

fn report_unreadable(item: &TokenStream, error: syn::Error, errors: &Errors) {
    let is_function = |token| matches!(token, TokenTree::Ident(word) if word == "fn");
    if item.clone().into_iter().any(is_function) {
        errors.push(error);
    } else {
        let is_keyword =
            |token: &TokenTree| matches!(token, TokenTree::Ident(word) if word != "pub");
        let keyword = item.clone().into_iter().find(is_keyword);
        let message = "`#[download_view]` stands above a function; a struct derives `DownloadView`";
        errors.at(keyword, message);
    }
}

fn check_together(function: &Function, options: &Options, errors: &Errors) {
    if let (Some(blocking), Some(_)) = (&options.blocking, &function.signature.asyncness) {
        let message = "an `async fn` cannot be `blocking`; leave out one of the two words";
        errors.at(blocking, message);
    }
}

/// What the parts of an expansion share. Names that are not the user's are hygienic, so that the user's code sees none of them.
struct Handler<'a> {
    function: &'a Function,
    options: &'a Options,
    errors: &'a Errors,
    /// What the user's function is called where it is emitted.
    callee: Ident,
    view: Ident,
    returned: Ident,
}

impl<'a> Handler<'a> {
    fn new(function: &'a Function, options: &'a Options, errors: &'a Errors) -> Self {
        let name = &function.signature.ident;
        Self {
            function,
            options,
            errors,
            callee: if function.names_self {
                format_ident!("__download_view_{}", name)
            } else {
                name.clone()
            },
            view: hygienic("view"),
            returned: hygienic("returned"),
        }
    }

    fn expand(&self) -> TokenStream {
        let Function {
            outer,
            visibility,
            signature,
            arguments,
            names_self,
            ..
        } = self.function;
        let name = &signature.ident;
        let (generics, where_clause) = (&signature.generics, &signature.generics.where_clause);
        let (parameters, body) = (self.parameters(), self.body());
        // The request is one more than the user wrote.
        let lint = (arguments.len() >= 7).then(|| quote!(#[allow(clippy::too_many_arguments)]));
        let beside = names_self.then(|| self.beside());
        let inside = (!names_self).then(|| self.users_function());
        let (library, private) = (self.library(), self.private());
        quote_spanned! {Span::mixed_site()=>
            #beside
            #(#outer)*
            #lint
            #visibility async fn #name #generics (
                request: #library::DownloadRequest,
                #(#parameters),*
            ) -> #private::Response #where_clause {
                #inside
                #private::answer(async move { #body }.await)
            }
        }
    }

    /// The user's function as it was written. What the lints blame is what makes it a view, which axum would not have asked of it.
    fn users_function(&self) -> TokenStream {
        let Function {
            inner,
            signature,
            body,
            ..
        } = self.function;
        let lints = if signature.asyncness.is_some() {
            quote!(clippy::unused_async)
        } else {
            quote!(clippy::needless_pass_by_value, clippy::unnecessary_wraps)
        };
        let mut signature = signature.clone();
        signature.ident = self.callee.clone();
        self.allow_unused(&mut signature);
        quote! {
            #(#inner)*
            #[allow(#lints)]
            #signature #body
        }
    }

    /// A function inside another cannot see `Self`.
    fn beside(&self) -> TokenStream {
        let is_needed = |attribute: &&syn::Attribute| {
            ["allow", "cfg", "deny", "forbid", "warn"]
                .iter()
                .any(|name| attribute.path().is_ident(name))
        };
        let attributes = self.function.outer.iter().filter(is_needed);
        let function = self.users_function();
        quote!(#(#attributes)* #[doc(hidden)] #function)
    }

    /// An argument that options use is used, whether or not the function uses it too. After a mistake in them nobody can tell.
    fn allow_unused(&self, signature: &mut Signature) {
        let words = self.options.words();
        for (input, argument) in signature.inputs.iter_mut().zip(&self.function.arguments) {
            let bindings = argument.bindings();
            let is_used = bindings
                .iter()
                .any(|name| words.contains(&name.to_string()))
                || self.errors.count() > 0;
            if let (true, FnArg::Typed(input)) = (is_used, input) {
                input
                    .attrs
                    .push(syn::parse_quote!(#[allow(unused_variables)]));
            }
        }
    }

    fn parameters(&self) -> impl Iterator<Item = TokenStream> {
        self.numbered().map(|(name, argument)| {
            let Argument { conditions, ty, .. } = argument;
            quote!(#(#conditions)* #name: #ty)
        })
    }

    fn body(&self) -> TokenStream {
        let (view, private) = (&self.view, self.private());
        let (statics, options) = (self.view_static(), self.request_options());
        let (call, content) = (self.call(), self.content());
        let returned = &self.returned;
        quote_spanned! {Span::mixed_site()=>
            let #view = #statics;
            let options = #options;
            let call = #view.begin(request, options)?;
            let #returned = #call;
            #content
            #private::Ok(call.finish(content).await)
        }
    }

    /// The view's name and its literals, in a block so that the user's expressions do not see the static.
    fn view_static(&self) -> TokenStream {
        let (library, private) = (self.library(), self.private());
        let name = format!("::{}", self.function.signature.ident);
        let literals = self
            .options
            .settings
            .iter()
            .filter_map(|setting| match &setting.value {
                Value::Literal(call) => Some(call),
                _ => None,
            });
        quote_spanned! {Span::mixed_site()=>
            {
                static VIEW: #private::View = #private::View::new(
                    #private::concat!(#private::module_path!(), #name),
                    || #library::Metadata::new() #(#literals)*,
                );
                &VIEW
            }
        }
    }

    /// The options with those that are known only now; these see the arguments by reference.
    fn request_options(&self) -> TokenStream {
        let view = &self.view;
        let settings: Vec<_> = self
            .options
            .settings
            .iter()
            .filter_map(|one| self.setting(one))
            .collect();
        if settings.is_empty() {
            return quote_spanned!(Span::mixed_site()=> #view.options());
        }
        let bindings = self.numbered().map(|(name, argument)| {
            let Argument {
                conditions,
                pattern,
                ..
            } = argument;
            quote!(#(#conditions)* #[allow(unused_variables, clippy::no_effect_underscore_binding)] let #pattern = &#name;)
        });
        quote_spanned! {Span::mixed_site()=>
            {
                #(#bindings)*
                let options = #view.options();
                #(let options = options #settings;)*
                options
            }
        }
    }

    /// A call of the option's setter.
    fn setting(&self, setting: &Setting) -> Option<TokenStream> {
        let option = &setting.option;
        match &setting.value {
            Value::Literal(_) => None,
            Value::Template(template) => Some(self.template(template)),
            Value::Expression(first, value) => Some(self.expression(option, first.as_ref(), value)),
            Value::Callback(closure) => Some(quote!(.#option(#closure))),
        }
    }

    fn template(&self, template: &Template) -> TokenStream {
        let (private, literal) = (self.private(), &template.literal);
        let names = template.resolve(&self.function.bindings(), self.errors);
        quote!(.template(#private::format_args!(#literal, #(#names = #names),*)))
    }

    fn expression(&self, option: &Ident, first: Option<&LitStr>, value: &Expr) -> TokenStream {
        let (name, first, underline) = (hygienic("value"), first.into_iter(), Underline::of(value));
        let opened = self.open("Setting", &name, underline);
        let opened = quote_spanned!(Span::mixed_site()=> match #value { #name => #opened? });
        let value = self.underlined(underline, &quote_spanned!(underline.first=> take), &opened);
        quote_spanned!(Span::mixed_site()=> .#option(#(#first,)* #value))
    }

    /// What the user's function returns.
    fn call(&self) -> TokenStream {
        let Function {
            signature,
            names_self,
            ..
        } = self.function;
        let (view, callee) = (&self.view, &self.callee);
        let scope = names_self.then(|| quote!(Self::));
        let turbofish = turbofish(signature);
        let arguments = self.numbered().map(|(name, argument)| {
            let conditions = &argument.conditions;
            quote!(#(#conditions)* #name)
        });
        let call = quote!(#scope #callee #turbofish (#(#arguments),*));
        match (&signature.asyncness, &self.options.blocking) {
            (Some(_), _) => quote!(#call.await),
            (None, Some(_)) => {
                // What cannot be sent to the pool is what is returned: the error is shown there.
                let blocking = Ident::new("blocking", self.output().0.first);
                quote!(#view.#blocking(move || #call).await?)
            }
            (None, None) => call,
        }
    }

    /// Out of its `Result`s and `Option`s, and into the kind of content that it is.
    fn content(&self) -> TokenStream {
        let (returned, (value, error)) = (&self.returned, self.output());
        let opened = self.open("Returned", returned, error);
        let kind = self.at(value, "Kind", returned);
        let take = quote_spanned!(value.first=> take);
        let taken = self.underlined(value, &take, &quote!(#returned));
        quote_spanned! {Span::mixed_site()=>
            let #returned = #opened?;
            let content = #kind.choose().content(#taken);
        }
    }

    /// Where to show what is wrong with the value that is returned, and what with its error.
    fn output(&self) -> (Underline, Underline) {
        let name = Underline::of(&self.function.signature.ident);
        self.function.output().map_or((name, name), |ty| {
            let (value, error) = parts(ty);
            (Underline::of(value), Underline::of(error.unwrap_or(ty)))
        })
    }

    /// `open(Mode::of(&name).peel().peel().peel(), view, name)`, its first argument shown at the underlined place.
    fn open(&self, mode: &str, name: &Ident, underline: Underline) -> TokenStream {
        let (private, view) = (self.private(), &self.view);
        let layers = self.at(underline, mode, name);
        let layers = quote_spanned!(underline.last=> #layers.peel().peel().peel());
        quote_spanned!(Span::mixed_site()=> #private::open(#layers, #view, #name))
    }

    /// `Question::of(&name)`.
    fn at(&self, underline: Underline, question: &str, name: &Ident) -> TokenStream {
        let question = Ident::new(question, underline.first);
        let of = quote_spanned!(underline.first=> #question::of);
        self.underlined(underline, &of, &quote!(&#name))
    }

    /// A call of a function of `__private`, from its first token at one end to its last at the other.
    fn underlined(
        &self,
        underline: Underline,
        path: &TokenStream,
        argument: &TokenStream,
    ) -> TokenStream {
        let renamed = self.options.library.as_ref();
        let library = renamed.map_or_else(
            || quote_spanned!(underline.first=> ::downloadview),
            |path| located_at(path.to_token_stream(), underline.first),
        );
        let private = quote_spanned!(underline.first=> #library::__private);
        let arguments = quote_spanned!(underline.last=> (#argument));
        quote_spanned!(underline.first=> #private::#path #arguments)
    }

    fn numbered(&self) -> impl Iterator<Item = (Ident, &Argument)> {
        let name = |index| hygienic(&format!("argument{index}"));
        self.function
            .arguments
            .iter()
            .enumerate()
            .map(move |(index, argument)| (name(index), argument))
    }

    fn library(&self) -> TokenStream {
        let path = self.options.library.as_ref().map(Path::to_token_stream);
        path.unwrap_or_else(|| quote!(::downloadview))
    }

    fn private(&self) -> TokenStream {
        let library = self.library();
        quote!(#library::__private)
    }
}

/// A local name that the user's code neither sees nor hides.
fn hygienic(name: &str) -> Ident {
    Ident::new(name, Span::mixed_site())
}

/// The type parameters of the handler, passed on: nothing else need name them.
fn turbofish(signature: &Signature) -> Option<TokenStream> {
    let names: Vec<&Ident> = signature
        .generics
        .params
        .iter()
        .filter_map(|parameter| match parameter {
            GenericParam::Type(parameter) => Some(&parameter.ident),
            GenericParam::Const(parameter) => Some(&parameter.ident),
            GenericParam::Lifetime(_) => None,
        })
        .collect();
    (!names.is_empty()).then(|| quote!(::<#(#names),*>))
}

/// What is in the `Result`s and `Option`s of a type as it is written, and the error of the outermost `Result`.
fn parts(ty: &Type) -> (&Type, Option<&Type>) {
    let (mut value, mut error) = (ty, None);
    while let Some((inner, beside)) = layer(value) {
        (value, error) = (inner, error.or(beside));
    }
    (value, error)
}

fn layer(ty: &Type) -> Option<(&Type, Option<&Type>)> {
    let last = match ty {
        Type::Path(path) => path.path.segments.last()?,
        Type::Group(group) => return layer(&group.elem),
        _ => return None,
    };
    let PathArguments::AngleBracketed(arguments) = &last.arguments else {
        return None;
    };
    let mut types = arguments.args.iter().filter_map(|argument| match argument {
        GenericArgument::Type(ty) => Some(ty),
        _ => None,
    });
    let is_layer = last.ident == "Result" || last.ident == "Option";
    is_layer
        .then(|| Some((types.next()?, types.next())))
        .flatten()
}

/// The same tokens, shown at `span`; what they mean stays.
fn located_at(tokens: TokenStream, span: Span) -> TokenStream {
    let located = |mut token: TokenTree| {
        token.set_span(token.span().located_at(span));
        token
    };
    tokens.into_iter().map(located).collect()
}
