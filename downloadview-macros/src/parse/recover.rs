//! Recovers from values that are unfinished or cannot be parsed, at the next option.

use proc_macro2::{TokenStream, TokenTree};
use quote::quote;
use syn::{
    Expr, Ident, Token,
    parse::{Parse, ParseStream, Parser},
};

/// The message about a `content` that is not a name.
pub(crate) const NO_METHOD: &str = "`content` takes the name of a method, as in `content = rows`";

pub(super) fn skip_past_comma(input: ParseStream<'_>) {
    up_to_comma(input);
    // The last option need not have one.
    let _ = input.parse::<Option<Token![,]>>();
}

pub(super) fn up_to_comma(input: ParseStream<'_>) -> TokenStream {
    let mut tokens = TokenStream::new();
    while !is_end(input) {
        // The input is not empty, so there is a token tree.
        tokens.extend(input.parse::<TokenTree>().ok());
    }
    tokens
}

/// Returns true at the end of an option.
pub(super) fn is_end(input: ParseStream<'_>) -> bool {
    input.is_empty() || input.peek(Token![,])
}

/// Returns the error about a value that cannot be parsed.
pub(super) fn unparsed_value(
    option: &Ident,
    equals: Token![=],
    tokens: &TokenStream,
) -> syn::Error {
    if tokens.is_empty() {
        let message = format!("expected a value after `{option} =`");
        return syn::Error::new(equals.span, message);
    }
    let expression = <Expr as Parse>::parse;
    match expression.parse2(tokens.clone()) {
        Err(error) if !is_unfinished(expression, tokens) => {
            if option == "content" {
                syn::Error::new_spanned(tokens, NO_METHOD)
            } else {
                error
            }
        }
        _ => {
            let message = format!("the value of `{option}` is incomplete");
            syn::Error::new_spanned(quote!(#equals #tokens), message)
        }
    }
}

/// Returns true if more tokens at the end would make `tokens` valid for the parser.
pub(crate) fn is_unfinished<P: Parser + Copy>(parser: P, tokens: &TokenStream) -> bool {
    let endings = [
        quote!(x),
        quote!({}),
        quote!(x {}),
        quote!(in x {}),
        quote!(= x {}),
        quote!(else {}),
        quote!(>::x),
        quote!(x > ::x),
        quote!(| x),
        quote!(x | x),
    ];
    let completed = |ending| quote!(#tokens #ending);
    endings
        .into_iter()
        .map(completed)
        .any(|tokens| parser.parse2(tokens).is_ok())
}

/// Returns what precedes a dot at the end, if it consists of names only.
pub(super) fn begun(tokens: TokenStream) -> Option<Expr> {
    let mut tokens: Vec<TokenTree> = tokens.into_iter().collect();
    let last = tokens.pop()?;
    let value = syn::parse2(tokens.into_iter().collect()).ok()?;
    let is_dot = matches!(last, TokenTree::Punct(sign) if sign.as_char() == '.');
    (is_dot && is_name(&value)).then_some(value)
}

fn is_name(expr: &Expr) -> bool {
    match expr {
        Expr::Path(_) => true,
        Expr::Field(field) => is_name(&field.base),
        _ => false,
    }
}
