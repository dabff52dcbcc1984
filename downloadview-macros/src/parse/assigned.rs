//! The part of an option after its name, such as `= "report.csv"`.

use proc_macro2::{TokenStream, TokenTree};
use quote::quote;
use syn::{
    Expr, ExprLit, Ident, Lit, LitStr, Token,
    ext::IdentExt,
    parse::{ParseStream, discouraged::Speculative},
    token::Paren,
};

use super::recover::{begun, is_end, unparsed_value, up_to_comma};
use crate::errors::Errors;

/// The value that is assigned to an option.
pub(crate) enum Assigned {
    Nothing,
    Value(Expr),
    List(Paren, TokenStream),
    /// The tokens after an unknown name, which are skipped.
    Unread,
    /// A mistake that has been reported. Of `id.`, the part before the dot is kept for the completion in editors.
    Broken(Option<Expr>),
}

impl Assigned {
    /// Parses what follows the name of an option. `is_known` is true if there is an option of this name.
    pub(super) fn parse(
        option: &Ident,
        is_known: bool,
        input: ParseStream<'_>,
        errors: &Errors,
    ) -> syn::Result<Self> {
        if input.peek(Paren) {
            let content;
            let paren = syn::parenthesized!(content in input);
            return Ok(Self::List(paren, content.parse()?));
        }
        if let Some(equals) = input.parse::<Option<Token![=]>>()? {
            return Ok(Self::value(option, equals, input, errors));
        }
        if is_end(input) || input.peek(Ident::peek_any) {
            return Ok(Self::Nothing);
        }
        if !is_known {
            up_to_comma(input);
            return Ok(Self::Unread);
        }
        let token: TokenTree = input.parse()?;
        let message = format!("expected `=` or `,` after `{option}`, found `{token}`");
        errors.at(token, message);
        Ok(Self::Broken(None))
    }

    /// Parses the value after `=`, or skips all up to the next comma.
    fn value(option: &Ident, equals: Token![=], input: ParseStream<'_>, errors: &Errors) -> Self {
        let ahead = input.fork();
        if let Ok(value) = ahead.parse() {
            input.advance_to(&ahead);
            return Self::Value(value);
        }
        if input.peek(Token![=]) || input.peek(Token![>]) {
            let second = input.parse::<TokenTree>().ok();
            let found = second.as_ref().map(ToString::to_string).unwrap_or_default();
            let message = format!("expected `=` after `{option}`, found `={found}`");
            errors.at(quote!(#equals #second), message);
            up_to_comma(input);
            return Self::Broken(None);
        }
        let tokens = up_to_comma(input);
        errors.push(unparsed_value(option, equals, &tokens));
        Self::Broken(begun(tokens))
    }

    /// Returns the text of a literal value.
    pub(crate) fn text(&self) -> Option<&LitStr> {
        match self {
            Self::Value(value) => match literal_of(value)? {
                Lit::Str(text) => Some(text),
                _ => None,
            },
            _ => None,
        }
    }
}

/// Returns the literal that an expression is.
pub(crate) fn literal_of(expr: &Expr) -> Option<&Lit> {
    match without_groups(expr) {
        // The compiler has reported literals such as `'v1'`.
        Expr::Lit(ExprLit {
            lit: Lit::Verbatim(_),
            ..
        }) => None,
        Expr::Lit(ExprLit { lit, .. }) => Some(lit),
        _ => None,
    }
}

/// Removes the invisible groups that a `macro_rules!` puts round `$value:expr`.
pub(crate) fn without_groups(expr: &Expr) -> &Expr {
    match expr {
        Expr::Group(group) => without_groups(&group.expr),
        expr => expr,
    }
}
