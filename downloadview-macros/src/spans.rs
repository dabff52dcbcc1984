//! Spans, which decide where errors are shown and which names user code can see.

use proc_macro2::{Delimiter, Span, TokenStream, TokenTree};
use quote::ToTokens;
use syn::Ident;

/// The first and the last token of a type or an expression, between which an error is underlined.
#[derive(Clone, Copy)]
pub(crate) struct Underline {
    pub(crate) first: Span,
    pub(crate) last: Span,
}

impl Underline {
    pub(crate) fn of(tokens: &impl ToTokens) -> Self {
        let mut tokens = ungrouped(tokens.to_token_stream()).into_iter();
        let first = tokens.next();
        let last = tokens.last().map(|token| end(&token));
        let (first, whole) = first.map_or((Span::call_site(), None), |token| {
            (start(&token), Some(end(&token)))
        });
        // With different hygiene, a name that is declared at one end could not be used at the other.
        let last = last.or(whole).unwrap_or(first).resolved_at(first);
        Self { first, last }
    }
}

fn start(token: &TokenTree) -> Span {
    match token {
        TokenTree::Group(group) => group.span_open(),
        token => token.span(),
    }
}

fn end(token: &TokenTree) -> Span {
    match token {
        TokenTree::Group(group) => group.span_close(),
        token => token.span(),
    }
}

/// Removes the invisible groups that a `macro_rules!` puts round its fragments.
///
/// The spans of the groups are in the macro. The tokens inside keep the spans of the user's code.
pub(crate) fn ungrouped(tokens: TokenStream) -> TokenStream {
    let inside = |token| match token {
        TokenTree::Group(group) if group.delimiter() == Delimiter::None => {
            ungrouped(group.stream())
        }
        token => token.into(),
    };
    tokens.into_iter().flat_map(inside).collect()
}

/// Returns a local name that user code cannot see and cannot shadow.
pub(crate) fn hygienic(name: &str) -> Ident {
    Ident::new(name, Span::mixed_site())
}

/// Moves tokens to `span`, without changing what their names resolve to.
pub(crate) fn located_at(tokens: TokenStream, span: Span) -> TokenStream {
    let located = |mut token: TokenTree| {
        token.set_span(token.span().located_at(span));
        token
    };
    tokens.into_iter().map(located).collect()
}
