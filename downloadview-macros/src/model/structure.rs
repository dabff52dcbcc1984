//! A struct that can be a view.

use std::iter::Peekable;

use proc_macro2::{Delimiter, Group, Span, TokenStream, TokenTree, token_stream::IntoIter};
use quote::{ToTokens, TokenStreamExt, quote, quote_spanned};
use syn::{
    Attribute, Data, DeriveInput, Expr, Fields, GenericParam, Generics, Ident, Index, Member, Meta,
    Token, Type, ext::IdentExt, parse_quote, parse_quote_spanned,
};

use super::{output::unsized_field, scope::Scope};
use crate::{
    errors::Errors,
    spans::{Underline, hygienic},
};

const NO_SELF: &str = "this closure can only use fields of `self`, such as `self.name`; compute other values in a block: `{ let id = self.id(); move |outcome| … }`";

pub(crate) struct Structure {
    pub(crate) attributes: Vec<Attribute>,
    pub(crate) name: Ident,
    pub(crate) generics: Generics,
    pub(crate) fields: Vec<Field>,
    /// The `self` that the user's expressions name.
    pub(crate) receiver: Ident,
}

/// A field of such a struct.
#[derive(Clone)]
pub(crate) struct Field {
    pub(crate) attributes: Vec<Attribute>,
    /// Errors about its value are shown here.
    pub(crate) ty: Type,
    member: Member,
    receiver: Ident,
}

impl Structure {
    /// Reports an enum or a union, and returns `None` for it.
    pub(crate) fn check(input: &DeriveInput, errors: &Errors) -> Option<Self> {
        let name = &input.ident;
        let fields = match &input.data {
            Data::Struct(data) => &data.fields,
            Data::Enum(data) => return refuse(data.enum_token, name, errors),
            Data::Union(data) => return refuse(data.union_token, name, errors),
        };
        let receiver = receiver(&input.attrs);
        let mut attributes = input.attrs.clone();
        for attribute in &mut attributes {
            if let Meta::List(list) = &mut attribute.meta {
                list.tokens = with_receiver(list.tokens.clone(), &receiver);
            }
        }
        Some(Self {
            attributes,
            name: name.clone(),
            generics: input.generics.clone(),
            fields: Field::all(fields, &receiver),
            receiver,
        })
    }

    /// Reports a struct whose size is not known at compile time, and returns true for it.
    pub(crate) fn is_unsized(&self, errors: &Errors) -> bool {
        let last = self.fields.last();
        let problem = last.and_then(|field| Some((field, unsized_field(&field.ty)?)));
        if let Some((field, problem)) = &problem {
            errors.at(&field.ty, problem);
        }
        problem.is_some()
    }

    /// Returns the names that templates see.
    pub(crate) fn scope(&self) -> Scope {
        let fields = self.fields.iter();
        Scope::of_fields(fields.map(|field| (field.name(), field.place())))
    }

    /// Rewrites a closure that outlives the view: each `self.field` becomes its copy of the field.
    ///
    /// Any other use of `self` is a mistake.
    pub(super) fn detached(&self, tokens: TokenStream, errors: &Errors) -> TokenStream {
        let mut tokens = tokens.into_iter().peekable();
        let mut detached = TokenStream::new();
        while let Some(token) = tokens.next() {
            match token {
                TokenTree::Ident(word) if word == "self" => {
                    detached.extend(self.copy_of(&word, &mut tokens, errors));
                }
                TokenTree::Group(group) => {
                    let inside = self.detached(group.stream(), errors);
                    detached.append(regrouped(&group, inside));
                }
                token => detached.append(token),
            }
        }
        detached
    }

    /// Returns the copy for `self.field`. The compiler reports a field that does not exist.
    fn copy_of(
        &self,
        word: &Ident,
        rest: &mut Peekable<IntoIter>,
        errors: &Errors,
    ) -> Option<TokenStream> {
        let is_dot =
            |token: &TokenTree| matches!(token, TokenTree::Punct(sign) if sign.as_char() == '.');
        let dot = rest.next_if(is_dot);
        let name = dot.as_ref().and_then(|_| rest.next());
        let is_call = matches!(rest.peek(), Some(TokenTree::Group(group)) if group.delimiter() == Delimiter::Parenthesis);
        let Some(name) = name.filter(|_| !is_call) else {
            errors.at(word, NO_SELF);
            return None;
        };
        let written = name.to_string();
        let is_named = |field: &&Field| field.name() == written.trim_start_matches("r#");
        let Some(field) = self.fields.iter().find(is_named) else {
            return Some(quote!(#word #dot #name));
        };
        let mut copy = field.copy();
        copy.set_span(name.span().resolved_at(copy.span()));
        Some(copy.into_token_stream())
    }
}

impl Field {
    fn all(fields: &Fields, receiver: &Ident) -> Vec<Self> {
        let members = fields.members().zip(fields);
        let read = |(member, field): (Member, &syn::Field)| Self {
            attributes: field.attrs.clone(),
            ty: field.ty.clone(),
            member,
            receiver: receiver.clone(),
        };
        members.map(read).collect()
    }

    /// Returns the name that templates use.
    pub(crate) fn name(&self) -> String {
        match &self.member {
            Member::Named(name) => name.unraw().to_string(),
            Member::Unnamed(index) => index.index.to_string(),
        }
    }

    /// Returns the name of a closure's copy.
    pub(crate) fn copy(&self) -> Ident {
        hygienic(&format!("self_{}", self.name()))
    }

    /// Returns `self.field`.
    pub(crate) fn place(&self) -> TokenStream {
        let Underline { first, last } = Underline::of(&self.ty);
        let mut receiver = self.receiver.clone();
        receiver.set_span(first.resolved_at(receiver.span()));
        let mut member = self.member.clone();
        match &mut member {
            Member::Named(name) => name.set_span(name.span().located_at(last)),
            Member::Unnamed(Index { span, .. }) => *span = last,
        }
        quote_spanned!(first=> #receiver.#member)
    }

    /// Returns `&self.field`.
    pub(crate) fn lent(&self) -> Expr {
        let place = self.place();
        parse_quote_spanned!(Underline::of(&self.ty).first=> &#place)
    }
}

/// Adds `bounds` to type parameters and `'static` to lifetimes, since a view outlives its request.
pub(crate) fn bounded(generics: &Generics, bounds: &TokenStream) -> Generics {
    let mut bounded = generics.clone();
    let predicates = &mut bounded.make_where_clause().predicates;
    for parameter in &generics.params {
        match parameter {
            GenericParam::Lifetime(parameter) => {
                let lifetime = &parameter.lifetime;
                predicates.push(parse_quote!(#lifetime: 'static));
            }
            GenericParam::Type(parameter) => {
                let name = &parameter.ident;
                predicates.push(parse_quote!(#name: #bounds));
            }
            GenericParam::Const(_) => {}
        }
    }
    bounded
}

fn refuse<T>(keyword: impl ToTokens, name: &Ident, errors: &Errors) -> Option<T> {
    let kind = keyword.to_token_stream();
    let message = format!(
        "`DownloadView` can only be derived for structs; for this `{kind}`, write `impl DownloadView for {name}`"
    );
    errors.at(keyword, message);
    None
}

/// Returns the `self` of the options. In a `macro_rules!`, it differs from a `self` that the macro writes.
fn receiver(attributes: &[Attribute]) -> Ident {
    let tokens = attributes.iter().map(ToTokens::to_token_stream);
    let used = tokens.collect::<TokenStream>();
    let sense = find_self(used).unwrap_or_else(Span::call_site);
    Token![self](Span::call_site().resolved_at(sense)).into()
}

fn find_self(tokens: TokenStream) -> Option<Span> {
    tokens.into_iter().find_map(|token| match token {
        TokenTree::Ident(word) if word == "self" => Some(word.span()),
        TokenTree::Group(group) => find_self(group.stream()),
        _ => None,
    })
}

/// Makes every `self` in the tokens resolve to the receiver, even if a macro wrote it.
fn with_receiver(tokens: TokenStream, receiver: &Ident) -> TokenStream {
    let meant = |mut token: TokenTree| match token {
        TokenTree::Ident(ref mut word) if word == "self" => {
            word.set_span(word.span().resolved_at(receiver.span()));
            token
        }
        TokenTree::Group(group) => {
            let tokens = with_receiver(group.stream(), receiver);
            regrouped(&group, tokens).into()
        }
        token => token,
    };
    tokens.into_iter().map(meant).collect()
}

/// Returns a group in the place of another, with other tokens in it.
fn regrouped(group: &Group, tokens: TokenStream) -> Group {
    let mut regrouped = Group::new(group.delimiter(), tokens);
    regrouped.set_span(group.span());
    regrouped
}
