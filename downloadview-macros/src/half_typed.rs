//! Values that are not finished, or cannot be read: what is said of them, and where the next option begins.

use proc_macro2::{TokenStream, TokenTree};
use quote::quote;
use syn::{
    Expr, Ident, Token,
    parse::{ParseStream, discouraged::Speculative},
};

use crate::{
    errors::Errors,
    options::{Argument, NO_METHOD},
};

pub(crate) fn skip_past_comma(input: ParseStream<'_>) {
    up_to_comma(input);
    // There is one, unless it was the last option.
    let _ = input.parse::<Option<Token![,]>>();
}

pub(crate) fn up_to_comma(input: ParseStream<'_>) -> TokenStream {
    let mut tokens = TokenStream::new();
    while !is_end(input) {
        // A token tree is always there, as the input is not empty.
        tokens.extend(input.parse::<TokenTree>().ok());
    }
    tokens
}

/// Whether an option ends here.
pub(crate) fn is_end(input: ParseStream<'_>) -> bool {
    input.is_empty() || input.peek(Token![,])
}

/// What stands behind the `=`; of what cannot be read, all up to the next comma.
pub(crate) fn value(
    option: &Ident,
    equals: Token![=],
    input: ParseStream<'_>,
    errors: &Errors,
) -> Argument {
    let ahead = input.fork();
    if let Ok(value) = ahead.parse() {
        input.advance_to(&ahead);
        return Argument::Value(value);
    }
    if input.peek(Token![=]) || input.peek(Token![>]) {
        let message = format!("between `{option}` and its value stands `=`, and no more");
        errors.push(input.error(message));
        up_to_comma(input);
        return Argument::Broken(None);
    }
    let tokens = up_to_comma(input);
    errors.push(unreadable(option, equals, &tokens));
    Argument::Broken(begun(tokens))
}

fn unreadable(option: &Ident, equals: Token![=], tokens: &TokenStream) -> syn::Error {
    if tokens.is_empty() {
        let message = format!("the value of `{option}` is missing");
        return syn::Error::new(equals.span, message);
    }
    match syn::parse2::<Expr>(tokens.clone()) {
        Err(error) if !is_unfinished(&error) && option == "content" => {
            syn::Error::new_spanned(tokens, NO_METHOD)
        }
        Err(error) if !is_unfinished(&error) => error,
        _ => {
            let message = format!("the value of `{option}` is not finished");
            syn::Error::new_spanned(quote!(#equals #tokens), message)
        }
    }
}

/// As `syn` words it. (Where it stands says less: of `f(1 2)` all but what is in the parentheses is read.)
pub(crate) fn is_unfinished(error: &syn::Error) -> bool {
    error.to_string().starts_with("unexpected end of input")
}

/// Whether something stands behind the comma in `"X-Name", value`.
pub(crate) fn has_value(tokens: &TokenStream) -> bool {
    let is_comma = |token: &TokenTree| token.to_string() == ",";
    let mut tokens = tokens.clone().into_iter();
    tokens.by_ref().any(|token| is_comma(&token)) && tokens.next().is_some()
}

/// What stands before a last dot, if it is but names.
fn begun(tokens: TokenStream) -> Option<Expr> {
    let mut tokens: Vec<TokenTree> = tokens.into_iter().collect();
    let last = tokens.pop()?;
    let value = syn::parse2(tokens.into_iter().collect()).ok()?;
    (last.to_string() == "." && is_name(&value)).then_some(value)
}

fn is_name(expr: &Expr) -> bool {
    match expr {
        Expr::Path(_) => true,
        Expr::Field(field) => is_name(&field.base),
        _ => false,
    }
}
