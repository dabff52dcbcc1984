//! From a checked function and its options to the handler that axum calls.

use proc_macro2::{Span, TokenStream, TokenTree};
use quote::{format_ident, quote, quote_spanned};
use syn::{GenericParam, Ident, Signature, Token, ext::IdentExt};

use crate::{
    basename::Scope,
    errors::Errors,
    fallback,
    function::{Argument, Function, Input, Underline, body_that_uses, is_named},
    options::{Options, is_key_value},
    steps::{Copied, Places, Steps, hygienic, imports, library},
};

/// The attribute: with mistakes, what can be made of the item, and the mistakes.
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
        Err(error) => return unreadable(item, error, errors),
    };
    let options = Options::parse(options, errors);
    let Some(function) = Function::check(&input, &options, errors) else {
        return fallback::handler(&input);
    };
    check_together(&function, &options, errors);
    Handler::new(&function, &options, errors).expand()
}

/// What is no function, or one that is still typed: of that the compiler has told already.
fn unreadable(item: TokenStream, error: syn::Error, errors: &Errors) -> TokenStream {
    // Behind these, a `fn` is but part of a type or a value.
    let is_head = |token: &TokenTree| !matches!(token.to_string().as_str(), ":" | "=" | ";");
    let word = |token: TokenTree| match token {
        TokenTree::Ident(word) if word != "pub" => Some(word),
        _ => None,
    };
    let head = item.clone().into_iter().take_while(is_head);
    let mut words = head.filter_map(word);
    if words.clone().any(|word| word == "fn") {
        if let Ok(head) = syn::parse2(item.clone()) {
            return fallback::unreadable(&head, &item);
        }
        errors.push(error);
        return item;
    }
    let keyword = words.next();
    if keyword.as_ref().is_some_and(|word| word == "let") {
        // That no attribute stands above a statement, the compiler has told.
        return item;
    }
    let advice = match keyword.as_ref().map(Ident::to_string).as_deref() {
        Some("impl" | "mod" | "trait") => "; move it to a function in here",
        Some("struct" | "enum" | "union") => "; a type derives `DownloadView`",
        _ => "",
    };
    errors.at(
        keyword,
        format!("`#[download_view]` stands above a function{advice}"),
    );
    item
}

fn check_together(function: &Function, options: &Options, errors: &Errors) {
    if let (Some(blocking), Some(_)) = (&options.blocking, &function.signature.asyncness) {
        let message = "an `async fn` cannot be `blocking`; leave out one of the two words";
        errors.at(blocking, message);
    }
}

/// The function, and the steps that make a view of it.
struct Handler<'a> {
    function: &'a Function,
    steps: Steps<'a>,
    /// What the user's function is called where it is emitted.
    callee: Ident,
}

impl<'a> Handler<'a> {
    fn new(function: &'a Function, options: &'a Options, errors: &'a Errors) -> Self {
        let name = &function.signature.ident;
        let steps = Steps::new(options, errors, Scope::of_arguments(&function.bindings()));
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
            arguments,
            names_self,
            ..
        } = self.function;
        let name = &signature.ident;
        // The request is one more than the user wrote. Of eight arguments the user's own function is blamed as well.
        let lint = (arguments.len() == 7).then(|| quote!(#[allow(clippy::too_many_arguments)]));
        let (generics, where_clause) = (&signature.generics, &signature.generics.where_clause);
        let (parameters, body) = (self.parameters(), self.body());
        let beside = names_self.is_some().then(|| self.beside());
        let inside = names_self.is_none().then(|| self.users_function());
        let (library, imports) = (library(self.steps.options), imports(self.steps.options));
        let private = self.steps.private();
        let answer = quote_spanned! {Span::mixed_site()=>
            #inside
            #private::answer(async move { #body }.await)
        };
        let [keyword, output, answer] = self.sent(&quote!(#library::Response), &answer);
        quote_spanned! {Span::mixed_site()=>
            #beside
            #(#outer)*
            #lint
            #visibility #keyword fn #name #generics (
                request: #library::DownloadRequest,
                #(#parameters),*
            ) -> #output #where_clause {
                #imports
                #answer
            }
        }
    }

    /// What makes the handler async: its keyword, what it returns and its body.
    ///
    /// As an `async fn` it would be no handler if something in it may not go to another thread, and axum could not say what. So it
    /// returns a future that is said to be `Send`: then the compiler shows what is not, and nothing is wrong with the route.
    fn sent(&self, response: &TokenStream, answer: &TokenStream) -> [TokenStream; 3] {
        if !self.is_send_for_certain() {
            return [quote!(async), response.clone(), answer.clone()];
        }
        let (library, place) = (library(self.steps.options), self.places().value);
        let send = quote_spanned!(place.last=> #library::Send);
        let output =
            quote_spanned!(place.first=> impl #library::Future<Output = #response> + #send);
        let answer = quote_spanned!(Span::mixed_site()=> async move { #answer });
        [TokenStream::new(), output, answer]
    }

    /// Not if it is generic, be it by a `Self`: some types may be `Send`, others not. What checks handlers finds that out by itself.
    /// Nor if it borrows: before edition 2024, what it returns would have to name each lifetime.
    fn is_send_for_certain(&self) -> bool {
        let Function {
            outer,
            signature,
            arguments,
            names_self,
            ..
        } = self.function;
        let mut outer = outer.iter();
        signature.generics.params.is_empty()
            && names_self.is_none()
            && !arguments.iter().any(Argument::borrows)
            && !outer.any(|one| is_named(one, "debug_handler"))
    }

    /// The user's function as it was written. An argument that options use is used.
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
        // Without a body, the compiler shows what was written.
        let has_body = |token| matches!(token, TokenTree::Group(_));
        if body.clone().into_iter().any(has_body) {
            mark_as_made(&mut signature);
        }
        quote!(#(#inner)* #signature #body)
    }

    /// A function inside another cannot see `Self`.
    fn beside(&self) -> TokenStream {
        let function = self.users_function();
        quote!(#[doc(hidden)] #function)
    }

    /// Whether options use an argument. After a mistake in them nobody can tell.
    fn is_used(&self, argument: &Argument) -> bool {
        let words = self.steps.options.words();
        let bindings = argument.bindings();
        let mut names = bindings.iter().map(|name| name.unraw().to_string());
        names.any(|name| words.contains(&name)) || self.steps.errors.count() > 0
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
        let statics = self.steps.view_static(&name, self.steps.options.literals());
        let options = self.steps.request_options(&self.bindings());
        let on_pool = self.function.signature.asyncness.is_none();
        let content = self.steps.content(&self.call(), self.places(), on_pool);
        quote_spanned! {Span::mixed_site()=>
            let #view = #statics;
            let options = #options;
            let call = #view.begin(request, options)?;
            #content
            #private::Ok(call.finish(content).await)
        }
    }

    /// Options see the arguments by reference.
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

    /// A call of the user's function.
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

    fn places(&self) -> Places {
        let name = || Places::of_name(&self.function.signature.ident);
        self.function.output().map_or_else(name, Places::of_type)
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

/// What makes it a view, axum would not have asked of it: lints that blame a function for its form leave alone what a macro made.
fn mark_as_made(signature: &mut Signature) {
    signature.fn_token.span = Span::mixed_site();
    if let Some(token) = &mut signature.asyncness {
        token.span = Span::mixed_site();
    }
}

/// What arguments bind, as closures see it. (What cannot be copied is shown at the argument's type.)
fn copies(function: &Function, steps: &Steps<'_>) -> Vec<Copied> {
    let private = steps.private();
    let copy = |(argument, name): (&Argument, Ident)| {
        let asked = steps.path_at(Underline::of(&argument.ty), &["needs", "Copied", "check"]);
        let conditions = &argument.conditions;
        let binding = quote_spanned! {Span::mixed_site()=>
            #(#conditions)* let #name = #private::Copies::of(#name).copy(#name, #asked);
            #(#conditions)* let _ = &#name;
        };
        Copied { name, binding }
    };
    let arguments = function.arguments.iter();
    let names = arguments.flat_map(|one| one.bindings().into_iter().map(move |name| (one, name)));
    names.map(copy).collect()
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

#[cfg(test)]
mod tests {
    use super::*;

    /// What is emitted, and how many mistakes are told.
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
            let (text, told) = expanded(options, "async fn rows(id: Path<u32>) -> String { a }");
            assert_eq!(told, mistakes, "{options}: {text}");
            assert!(text.contains("fn rows (request"), "{options}: {text}");
        }
    }

    #[test]
    fn what_stands_before_a_dot_is_there_for_an_editor() {
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
    fn what_cannot_be_a_view_is_still_a_handler() {
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
    fn what_is_no_function_is_emitted_as_it_is() {
        for item in ["struct Rows { a: u8 }", "impl Rows { }", "async fn", "pub"] {
            let (text, mistakes) = expanded("", item);
            let tokens: TokenStream = item.parse().unwrap();
            assert_eq!(mistakes, 1, "{text}");
            assert!(text.starts_with(&tokens.to_string()), "{text}");
        }
    }
}
