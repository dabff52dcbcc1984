//! A function as it is written, and the start of one that is still being typed.

use proc_macro2::{TokenStream, TokenTree};
use quote::{ToTokens, TokenStreamExt};
use syn::{
    Attribute, Ident, Signature, Token, Visibility,
    parse::{Parse, ParseStream},
    token::Brace,
};

/// A function whose body is not parsed, so that a half-typed body does no harm.
#[derive(Clone)]
pub(crate) struct Input {
    pub(crate) attributes: Vec<Attribute>,
    pub(crate) visibility: Visibility,
    pub(crate) signature: Signature,
    pub(crate) body: TokenStream,
}

impl Parse for Input {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        Ok(Self {
            attributes: input.call(Attribute::parse_outer)?,
            visibility: input.parse()?,
            signature: input.parse()?,
            body: input.call(body)?,
        })
    }
}

/// Parses a body in braces, or nothing if it is not typed yet.
fn body(input: ParseStream<'_>) -> syn::Result<TokenStream> {
    if input.is_empty() || input.peek(Brace) || input.peek(Token![;]) {
        input.parse()
    } else {
        Err(input.error("expected a function body"))
    }
}

impl ToTokens for Input {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        tokens.append_all(&self.attributes);
        self.visibility.to_tokens(tokens);
        self.signature.to_tokens(tokens);
        self.body.to_tokens(tokens);
    }
}

/// The name and the visibility of a function whose rest cannot be parsed.
pub(crate) struct Head {
    pub(crate) visibility: Visibility,
    pub(crate) name: Ident,
}

impl Parse for Head {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        input.call(Attribute::parse_outer)?;
        let visibility = input.parse()?;
        while !input.peek(Token![fn]) {
            input.parse::<TokenTree>()?;
        }
        input.parse::<Token![fn]>()?;
        let name = input.parse()?;
        input.parse::<TokenStream>()?;
        Ok(Self { visibility, name })
    }
}

/// The words with which an item that cannot be parsed begins.
pub(crate) struct Words {
    /// The first word other than `pub`.
    pub(crate) keyword: Option<Ident>,
    /// Set if one of the words is `fn`.
    pub(crate) is_function: bool,
}

impl Words {
    pub(crate) fn of(item: TokenStream) -> Self {
        // After these signs, a `fn` is part of a type or a value.
        let is_head = |token: &TokenTree| match token {
            TokenTree::Punct(sign) => !matches!(sign.as_char(), ':' | '=' | ';'),
            _ => true,
        };
        let word = |token: TokenTree| match token {
            TokenTree::Ident(word) if word != "pub" => Some(word),
            _ => None,
        };
        let mut words = item
            .into_iter()
            .take_while(is_head)
            .filter_map(word)
            .peekable();
        Self {
            keyword: words.peek().cloned(),
            is_function: words.any(|word| word == "fn"),
        }
    }
}
