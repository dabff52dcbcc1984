//! Expands the attribute, from a function and its options to the handler that axum calls.

use proc_macro2::{Delimiter, Group, Span, TokenStream, TokenTree};
use quote::{format_ident, quote, quote_spanned};
use syn::{GenericParam, Ident, Signature, Token, ext::IdentExt};

use super::{
    fallback,
    steps::{Copied, OutputSpans, Steps, imports, private_of_item},
};
use crate::{
    errors::Errors,
    model::{
        attributes::is_named,
        function::{Argument, Function, body_that_uses},
        options::Options,
        settings::Settings,
    },
    parse::{
        function::{Input, Words},
        options::is_key_value,
    },
    spans::{Underline, hygienic},
};

/// Expands the attribute. A function with mistakes becomes as much of a handler as can be compiled.
pub(crate) fn expand(options: TokenStream, item: TokenStream) -> TokenStream {
    let errors = Errors::new();
    let expanded = expand_item(options, item, &errors);
    let errors = errors.finish();
    let advice = is_key_value().then(fallback::advice);
    quote!(#expanded #errors #advice)
}

fn expand_item(options: TokenStream, item: TokenStream, errors: &Errors) -> TokenStream {
    let input = match syn::parse2::<Input>(item.clone()) {
        Ok(input) => input,
        Err(error) => return not_a_function(item, error, errors),
    };
    let options = Options::of_function(options, errors);
    let Some(function) = Function::check(&input, &options, errors) else {
        return fallback::handler(&input);
    };
    function.check_blocking(&options, errors);
    let settings = Settings::new(&options, &function.scope(), errors);
    Handler::new(&function, &options, &settings).expand()
}

/// Expands an item that is not a function, or a function that the compiler could not parse and has reported.
fn not_a_function(item: TokenStream, error: syn::Error, errors: &Errors) -> TokenStream {
    let Words {
        keyword,
        is_function,
    } = Words::of(item.clone());
    if is_function {
        if let Ok(head) = syn::parse2(item.clone()) {
            return fallback::half_typed(&head, &item);
        }
        errors.push(error);
        return item;
    }
    let advice = match keyword.as_ref().map(Ident::to_string).as_deref() {
        // The compiler has reported the attribute of a statement.
        Some("let") => return item,
        Some(block @ ("impl" | "mod" | "trait")) => {
            format!("; move it to a function in this `{block}`")
        }
        Some("struct" | "enum" | "union") => {
            "; for a type, write `#[derive(DownloadView)]`".to_owned()
        }
        _ => String::new(),
    };
    let message = format!("`#[download_view]` can only be applied to functions{advice}");
    errors.at(keyword, message);
    item
}

/// A function, and the steps that make it a view.
struct Handler<'a> {
    function: &'a Function,
    steps: Steps<'a>,
    /// The name under which the user's function is emitted.
    callee: Ident,
}

impl<'a> Handler<'a> {
    fn new(function: &'a Function, options: &'a Options, settings: &'a Settings) -> Self {
        let name = &function.signature.ident;
        let steps = Steps::new(options, settings);
        let copies = copies(function, &steps);
        Self {
            function,
            steps: steps.with_copies(copies),
            callee: if function.names_self.is_some() {
                format_ident!("__download_view_{}", name)
            } else {
                name.clone()
            },
        }
    }

    fn expand(&self) -> TokenStream {
        let Function {
            outer,
            visibility,
            signature,
            ..
        } = self.function;
        let (name, generics) = (&signature.ident, &signature.generics);
        let where_clause = &generics.where_clause;
        let (lint, parameters) = (self.lint(), self.parameters());
        let beside = self.is_beside().then(|| self.beside());
        let (library, imports) = (self.library(), imports(self.steps.options.library.as_ref()));
        let [keyword, output, answer] = self.sent();
        let inside = (!self.is_beside()).then(|| self.users_function());
        let body = self.braced(quote!(#imports #inside #answer));
        quote_spanned! {Span::mixed_site()=>
            #beside
            #(#outer)*
            #lint
            #visibility #keyword #name #generics (
                request: #library::DownloadRequest,
                #(#parameters),*
            ) -> #output #where_clause #body
        }
    }

    /// Returns the body of the handler, in braces that are placed where the user's body ends.
    ///
    /// The compiler reports an unused function only if its first and last tokens are the user's.
    fn braced(&self, statements: TokenStream) -> Group {
        let mut body = Group::new(Delimiter::Brace, statements);
        body.set_span(Underline::of(&self.function.body).last);
        body
    }

    /// Allows an eighth argument, the request, if the user's function has as many as a lint allows.
    fn lint(&self) -> Option<TokenStream> {
        let is_at_limit = self.function.arguments.len() == 7;
        is_at_limit.then(|| quote!(#[allow(clippy::too_many_arguments)]))
    }

    /// Returns true if the user's function is a sibling of the handler, because it names `Self`.
    fn is_beside(&self) -> bool {
        self.function.names_self.is_some()
    }

    /// Returns the path of `__private` for the signature of the handler.
    fn library(&self) -> TokenStream {
        private_of_item(self.steps.options.library.as_ref())
    }

    /// Returns what makes the handler async: its keyword, its return type and its body.
    ///
    /// An `async fn` is not a handler if its future is not `Send`, and axum does not show the reason. So the handler
    /// returns a future with the bound `Send`, and the compiler reports the value that is not `Send`.
    fn sent(&self) -> [TokenStream; 3] {
        let (library, place) = (self.library(), self.output_spans().value);
        let keyword = self.function.signature.fn_token;
        let (private, body) = (self.steps.private(), self.body());
        let answer = quote_spanned! {Span::mixed_site()=>
            #private::answer(async move { #body }.await)
        };
        if !self.is_send_for_certain() {
            let asyncness = Token![async](keyword.span);
            let response = quote_spanned!(place.last=> #library::Response);
            return [quote!(#asyncness #keyword), response, answer];
        }
        let send = quote_spanned!(place.last=> #library::Send);
        let output = quote_spanned!(place.first=> impl #library::Future<Output = #library::Response> + #send);
        let answer = quote_spanned!(Span::mixed_site()=> async move { #answer });
        [quote!(#keyword), output, answer]
    }

    /// Returns false for a handler whose future is `Send` for some types only, and for one that borrows.
    ///
    /// Before edition 2024, the return type of a handler that borrows would have to name each lifetime. `debug_handler`
    /// needs an `async fn`, and so does `must_use`, which is redundant on a future.
    fn is_send_for_certain(&self) -> bool {
        let Function {
            outer,
            signature,
            arguments,
            ..
        } = self.function;
        let mut outer = outer.iter();
        signature.generics.params.is_empty()
            && !self.is_beside()
            && !arguments.iter().any(Argument::borrows)
            && !outer.any(|one| is_named(one, "debug_handler") || is_named(one, "must_use"))
    }

    /// Returns the user's function, in which the arguments that options use count as used.
    fn users_function(&self) -> TokenStream {
        let Function {
            inner,
            signature,
            body,
            ..
        } = self.function;
        let used = self.function.arguments.iter();
        let used = used.filter(|argument| self.is_used(argument));
        let borrow = Some(Token![&](Span::mixed_site()));
        let body = body_that_uses(body, &used.map(|argument| argument.used(borrow)).collect());
        let mut signature = signature.clone();
        signature.ident = self.callee.clone();
        // The compiler reports a function without a body itself.
        let has_body = |token| matches!(token, TokenTree::Group(_));
        if body.clone().into_iter().any(has_body) {
            mark_as_made(&mut signature);
        }
        quote!(#(#inner)* #signature #body)
    }

    /// Returns the user's function for an `impl`, since a nested function cannot see `Self`.
    fn beside(&self) -> TokenStream {
        let function = self.users_function();
        quote!(#[doc(hidden)] #function)
    }

    /// Returns true if options use an argument.
    fn is_used(&self, argument: &Argument) -> bool {
        let bindings = argument.bindings();
        let mut names = bindings.iter().map(|name| name.unraw().to_string());
        names.any(|name| self.steps.settings.uses(&name))
    }

    fn parameters(&self) -> impl Iterator<Item = TokenStream> {
        self.numbered().map(|(name, argument)| {
            let Argument { conditions, ty, .. } = argument;
            quote!(#(#conditions)* #name: #ty)
        })
    }

    fn body(&self) -> TokenStream {
        let (view, private) = (&self.steps.view, self.steps.private());
        let name = format!("::{}", self.function.signature.ident);
        let name = quote!(#private::concat!(#private::module_path!(), #name));
        let statics = self.steps.view_static(&name, &self.steps.settings.literals);
        let literals = quote_spanned!(Span::mixed_site()=> #view.options().observed(&request));
        let options = self.steps.request_options(literals, &self.bindings());
        let on_pool = self.function.signature.asyncness.is_none();
        let content = self
            .steps
            .content(&self.call(), self.output_spans(), on_pool);
        quote_spanned! {Span::mixed_site()=>
            let #view = #statics;
            let options = #options;
            let call = #view.begin(request, options)?;
            #content
            #private::Ok(call.finish(content).await)
        }
    }

    /// Binds references to the arguments, which options see.
    fn bindings(&self) -> TokenStream {
        let bindings = self.numbered().map(|(name, argument)| {
            let Argument {
                conditions,
                pattern,
                ..
            } = argument;
            let used = argument.used(None);
            quote_spanned!(Span::mixed_site()=> #(#conditions)* let (#pattern,) = (&#name,); #used)
        });
        quote_spanned!(Span::mixed_site()=> #(#bindings)*)
    }

    /// Returns a call of the user's function.
    fn call(&self) -> TokenStream {
        let Function {
            signature,
            names_self,
            ..
        } = self.function;
        let callee = &self.callee;
        let scope = names_self.as_ref().map(|word| quote!(<#word>::));
        let turbofish = turbofish(signature);
        let arguments = self.numbered().map(|(name, argument)| {
            let conditions = &argument.conditions;
            quote!(#(#conditions)* #name)
        });
        let call = quote!(#scope #callee #turbofish (#(#arguments),*));
        if signature.asyncness.is_some() {
            quote!(#call.await)
        } else {
            call
        }
    }

    fn output_spans(&self) -> OutputSpans {
        let name = || OutputSpans::of_name(&self.function.signature.ident);
        self.function
            .output()
            .map_or_else(name, OutputSpans::of_type)
    }

    fn numbered(&self) -> impl Iterator<Item = (Ident, &Argument)> {
        let name = |index, argument: &Argument| {
            let mut name = hygienic(&format!("argument{index}"));
            name.set_span(name.span().located_at(Underline::of(&argument.ty).first));
            name
        };
        let arguments = self.function.arguments.iter().enumerate();
        arguments.map(move |(index, argument)| (name(index, argument), argument))
    }
}

/// Gives a function the span of a macro, so that lints ignore the form that a view requires.
fn mark_as_made(signature: &mut Signature) {
    signature.fn_token.span = Span::mixed_site();
    if let Some(token) = &mut signature.asyncness {
        token.span = Span::mixed_site();
    }
}

/// Returns copies of the arguments for closures. An argument that cannot be cloned is reported at its type.
fn copies(function: &Function, steps: &Steps<'_>) -> Vec<Copied> {
    let private = steps.private();
    let copy = |(argument, name): (&Argument, Ident)| {
        let asked = steps.path_at(
            Underline::of(&argument.ty),
            &["needs", "CallbackCapture", "check"],
        );
        let conditions = &argument.conditions;
        let binding = quote_spanned! {Span::mixed_site()=>
            #(#conditions)* let #name = #private::Capture::of(#name).clone_for_callback(#name, #asked);
            #(#conditions)* let _ = &#name;
        };
        Copied { name, binding }
    };
    let arguments = function.arguments.iter();
    let names = arguments.flat_map(|one| one.bindings().into_iter().map(move |name| (one, name)));
    names.map(copy).collect()
}

/// Returns the type parameters of the handler for the call, which may not be able to infer them.
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

#[cfg(test)]
mod tests {
    use super::*;

    /// Returns what is emitted, and the number of errors.
    fn expanded(options: &str, item: &str) -> (String, usize) {
        let tokens = expand(options.parse().unwrap(), item.parse().unwrap());
        let text = tokens.to_string();
        let mistakes = text.matches("compile_error").count();
        (text, mistakes)
    }

    #[test]
    fn a_view_stays_a_handler_while_its_options_are_typed() {
        for (options, mistakes) in [
            ("", 0),
            ("a", 1),
            ("attachment,", 0),
            ("attachment, base", 1),
            ("basename =", 1),
            ("basename = , attachment", 1),
            ("basename = \"a\" atta", 1),
            ("etag = tag.", 1),
            ("etag = &, attachment", 1),
            ("on_finish = |outcome|", 1),
            ("etag.", 1),
            ("header(\"X-Rows\", tag.)", 1),
            ("etag = tag(), size = rows.len() as", 1),
            ("header()", 1),
            ("header(\"X-Rows\", )", 1),
            (", ,", 2),
            ("=", 1),
        ] {
            let (text, count) = expanded(options, "async fn rows(id: Path<u32>) -> String { a }");
            assert_eq!(count, mistakes, "{options}: {text}");
            assert!(text.contains("fn rows (request"), "{options}: {text}");
        }
    }

    #[test]
    fn part_before_a_dot_is_emitted_for_editors() {
        for (options, value) in [
            ("etag = id.", "& id"),
            ("etag = id.name., attachment", "& id . name"),
        ] {
            let (text, _) = expanded(options, "async fn rows(id: Path<u32>) -> String { a }");
            assert!(text.contains(&format!("let _ = {value} ;")), "{text}");
        }
    }

    #[test]
    fn a_body_that_is_still_typed_is_emitted_as_it_is() {
        for body in [
            "{ let name = }",
            "{ number. }",
            "{ if }",
            "{ match x { Some( ) } }",
        ] {
            let (text, mistakes) = expanded("attachment", &format!("fn rows() -> String {body}"));
            let body: TokenStream = body.parse().unwrap();
            assert_eq!(mistakes, 0, "{text}");
            assert!(text.contains(&body.to_string()), "{text}");
        }
    }

    #[test]
    fn item_that_cannot_be_a_view_is_still_a_handler() {
        for signature in [
            "const fn rows() -> String",
            "unsafe extern \"C\" fn rows() -> String",
            "fn rows(rows: ...) -> String",
            "fn rows(name: &str) -> String",
            "fn rows(name: impl Text) -> String",
            "fn rows()",
        ] {
            let (text, mistakes) = expanded("", &format!("{signature} {{ a }}"));
            assert!(mistakes > 0, "{text}");
            assert!(text.contains("async fn rows ()"), "{text}");
        }
    }

    #[test]
    fn a_signature_that_is_still_typed_is_a_handler_and_left_to_the_compiler() {
        for signature in [
            "async fn rows(id) -> String { a }",
            "async fn rows(Path(id): ) -> String { a }",
            "pub fn rows ->",
            "async fn rows(): String { a }",
        ] {
            let (text, mistakes) = expanded("", signature);
            assert_eq!(mistakes, 0, "{text}");
            assert!(text.contains("async fn rows ()"), "{text}");
        }
    }

    #[test]
    fn item_that_is_not_a_function_is_emitted_unchanged() {
        for item in ["struct Rows { a: u8 }", "impl Rows { }", "async fn", "pub"] {
            let (text, mistakes) = expanded("", item);
            let tokens: TokenStream = item.parse().unwrap();
            assert_eq!(mistakes, 1, "{text}");
            assert!(text.starts_with(&tokens.to_string()), "{text}");
        }
    }
}
