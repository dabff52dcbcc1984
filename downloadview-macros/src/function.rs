//! A function as it was written, and as a view that can be expanded.

use proc_macro2::{Span, TokenStream, TokenTree};
use quote::{ToTokens, TokenStreamExt, quote, quote_spanned};
use syn::{
    Attribute, FnArg, Ident, Lifetime, Meta, Pat, PatIdent, PatReference, PatType, Path,
    PathArguments, ReturnType, Signature, Stmt, Token, Type, TypeImplTrait, TypeReference,
    Visibility,
    parse::{Parse, ParseStream, Parser},
    parse_quote, parse_quote_spanned,
    punctuated::Punctuated,
    token::Brace,
    visit::{self, Visit},
    visit_mut::{self, VisitMut},
};

use crate::{
    errors::{Errors, ungrouped},
    options::Options,
    output,
};

/// As many as axum passes to a handler, less the request that a view needs.
const MOST_ARGUMENTS: usize = 15;

/// A function as it was written. Its body is not read, so that half a body does no harm.
#[derive(Clone)]
pub(crate) struct Input {
    pub(crate) attributes: Vec<Attribute>,
    pub(crate) visibility: Visibility,
    pub(crate) signature: Signature,
    pub(crate) body: TokenStream,
}

/// A function that can be a view.
pub(crate) struct Function {
    /// Attributes of the handler: what is said of the item as others see it.
    pub(crate) outer: Vec<Attribute>,
    /// Attributes of the user's function.
    pub(crate) inner: Vec<Attribute>,
    pub(crate) visibility: Visibility,
    pub(crate) signature: Signature,
    pub(crate) body: TokenStream,
    pub(crate) arguments: Vec<Argument>,
    /// The function or an option names `Self`, which a function inside another cannot see, nor what comes with it.
    pub(crate) names_self: Option<Ident>,
}

/// An argument, and the pattern by which options see it.
pub(crate) struct Argument {
    /// Its `#[cfg]`s.
    pub(crate) conditions: Vec<Attribute>,
    pub(crate) pattern: Pat,
    pub(crate) ty: Type,
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

/// In braces, unless it is still to be typed.
fn body(input: ParseStream<'_>) -> syn::Result<TokenStream> {
    if input.is_empty() || input.peek(Brace) || input.peek(Token![;]) {
        input.parse()
    } else {
        Err(input.error("expected the body of the function"))
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

/// What an item that cannot be read is called, from what stands before its arguments.
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

impl Function {
    /// `None` where the signature cannot be that of a view.
    pub(crate) fn check(input: &Input, options: &Options, errors: &Errors) -> Option<Self> {
        let before = errors.count();
        check_attributes(&input.attributes, errors);
        check_qualifiers(&input.signature, errors);
        check_inputs(&input.signature, errors);
        output::check(&input.signature, errors);
        if errors.count() > before {
            return None;
        }
        let names_self = names_self(input, options);
        let (outer, inner) = route(&input.attributes, names_self.is_some());
        Some(Self {
            outer,
            inner,
            visibility: input.visibility.clone(),
            signature: input.signature.clone(),
            body: input.body.clone(),
            arguments: input
                .signature
                .inputs
                .iter()
                .filter_map(Argument::read)
                .collect(),
            names_self,
        })
    }

    /// Every name that the arguments bind.
    pub(crate) fn bindings(&self) -> Vec<Ident> {
        self.arguments.iter().flat_map(Argument::bindings).collect()
    }

    /// The type of what it returns, unless that is left out.
    pub(crate) fn output(&self) -> Option<&Type> {
        match &self.signature.output {
            ReturnType::Type(_, ty) => Some(ty),
            ReturnType::Default => None,
        }
    }
}

impl Argument {
    fn read(input: &FnArg) -> Option<Self> {
        let FnArg::Typed(PatType { attrs, pat, ty, .. }) = input else {
            return None;
        };
        let is_condition = |attribute: &&Attribute| attribute.path().is_ident("cfg");
        Some(Self {
            conditions: attrs.iter().filter(is_condition).cloned().collect(),
            pattern: by_reference(pat),
            ty: (**ty).clone(),
        })
    }

    pub(crate) fn bindings(&self) -> Vec<Ident> {
        let mut bindings = Bindings(Vec::new());
        bindings.visit_pat(&self.pattern);
        bindings.0
    }

    /// Whether its type has a lifetime that is not `'static`.
    pub(crate) fn borrows(&self) -> bool {
        let mut lifetimes = Lifetimes(false);
        lifetimes.visit_type(&self.ty);
        lifetimes.0
    }

    /// A statement that uses what it binds: copied where that is references already, as one to a reference may not wait for others.
    pub(crate) fn used(&self, borrow: Option<Token![&]>) -> TokenStream {
        let conditions = &self.conditions;
        let names = self.bindings().into_iter();
        // Nobody misses a `_name`.
        let names = names.filter(|name| !name.to_string().starts_with('_'));
        quote_spanned!(Span::mixed_site()=> #(#conditions)* let _ = (#(#borrow #names,)*);)
    }
}

/// The body with statements put before the user's own; items it begins with stay in front, where lints want them.
pub(crate) fn body_that_uses(body: &TokenStream, used: &TokenStream) -> TokenStream {
    let parser = |input: ParseStream<'_>| {
        let inside;
        let brace = syn::braced!(inside in input);
        let (mut head, rest) = (items_in_front(&inside)?, inside.parse::<TokenStream>()?);
        head.extend([used.clone(), rest]);
        let mut body = TokenStream::new();
        brace.surround(&mut body, |tokens| tokens.extend(head));
        Ok(body)
    };
    if used.is_empty() {
        return body.clone();
    }
    parser.parse2(body.clone()).unwrap_or_else(|_| body.clone())
}

/// Inner attributes, and the items behind them.
fn items_in_front(input: ParseStream<'_>) -> syn::Result<TokenStream> {
    let mut tokens = TokenStream::new();
    tokens.append_all(input.call(Attribute::parse_inner)?);
    while let Ok(Stmt::Item(item)) = input.fork().parse() {
        input.parse::<Stmt>()?;
        item.to_tokens(&mut tokens);
    }
    Ok(tokens)
}

fn check_attributes(attributes: &[Attribute], errors: &Errors) {
    let is_ours = |attribute: &&Attribute| is_named(attribute, "download_view");
    for second in attributes.iter().filter(is_ours) {
        let message = "`#[download_view]` stands here twice; put all options into one";
        errors.at(second.path(), message);
    }
}

/// By the last word of its path.
pub(crate) fn is_named(attribute: &Attribute, name: &str) -> bool {
    let last = attribute.path().segments.last();
    last.is_some_and(|last| last.ident == name)
}

fn check_qualifiers(signature: &Signature, errors: &Errors) {
    let name = &signature.ident;
    let refuse = |token: &dyn ToTokens, what: &str| {
        errors.at(
            token,
            format!("a view cannot be {what}; write `async fn {name}` or `fn {name}`"),
        );
    };
    if let Some(token) = &signature.constness {
        refuse(token, "`const`");
    }
    match &signature.safety {
        syn::Safety::Unsafe(token) => refuse(token, "`unsafe`"),
        syn::Safety::Safe(token) => refuse(token, "`safe`"),
        syn::Safety::Default => {}
    }
    if let Some(abi) = &signature.abi {
        refuse(abi, "`extern`");
    }
    if let Some(variadic) = &signature.variadic {
        errors.at(variadic, "a view takes extractors, not `...`");
    }
}

fn check_inputs(signature: &Signature, errors: &Errors) {
    for input in &signature.inputs {
        match input {
            FnArg::Receiver(receiver) => errors.at(
                receiver,
                "a view has no `self`: take what it needs as arguments, or derive `DownloadView` for the type",
            ),
            FnArg::Typed(argument) => check_argument(argument, errors),
        }
    }
    check_bodies(signature, errors);
    if let Some(extra) = certain(signature).nth(MOST_ARGUMENTS) {
        let message = format!(
            "a view takes at most {MOST_ARGUMENTS} arguments; put several in one tuple or in a struct that derives `FromRequestParts`"
        );
        errors.at(extra, message);
    }
}

/// The arguments that are there whatever is configured.
fn certain(signature: &Signature) -> impl Iterator<Item = &PatType> {
    signature.inputs.iter().filter_map(|input| match input {
        FnArg::Typed(argument) if argument.attrs.is_empty() => Some(argument),
        _ => None,
    })
}

/// The extractor that takes the body is the last. (Otherwise it is no handler, and axum does not say why.)
fn check_bodies(signature: &Signature, errors: &Errors) {
    let mut arguments = certain(signature).collect::<Vec<_>>().into_iter();
    while let Some(PatType { ty, .. }) = arguments.next() {
        let Some(name) = taker_of_body(ty).filter(|_| arguments.clone().next().is_some()) else {
            continue;
        };
        let message = match arguments.clone().find_map(|other| taker_of_body(&other.ty)) {
            Some(other) => format!(
                "`{name}` takes the body of the request, and so does `{other}`: keep one of them"
            ),
            None => format!("`{name}` takes the body of the request: make it the last argument"),
        };
        errors.at(ty, message);
    }
}

/// The name of one of axum's extractors that take the body, as `debug_handler` knows them.
fn taker_of_body(ty: &Type) -> Option<&Ident> {
    let Type::Path(path) = ty else {
        return None;
    };
    let last = path.path.segments.last()?;
    let is_of_a_type =
        matches!(&last.arguments, PathArguments::AngleBracketed(types) if types.args.len() == 1);
    let known: &[&str] = match last.arguments {
        PathArguments::None => &["Bytes", "Multipart", "String"],
        _ if is_of_a_type => &["Form", "Json"],
        _ => &[],
    };
    known
        .iter()
        .any(|name| last.ident == name)
        .then_some(&last.ident)
}

/// What can be no extractor, whatever the state of the router.
fn check_argument(argument: &PatType, errors: &Errors) {
    let ty = &argument.ty;
    AnonymousTypes(errors).visit_type(ty);
    if matches!(&**ty, Type::Reference(reference) if !is_static(reference)) {
        let message = "a view cannot borrow from the request: take the value itself, in an extractor such as `Path<String>`";
        errors.at(ty, message);
    } else if let Some(primitive) = primitive(ty) {
        let pattern = argument.pat.to_token_stream();
        let message = format!(
            "`{primitive}` is no extractor; a part of the path is `Path({pattern}): Path<{primitive}>`, a field of the query comes in a `Query<…>`"
        );
        errors.at(ty, message);
    }
}

fn is_static(reference: &TypeReference) -> bool {
    let lifetime = reference.lifetime.as_ref();
    lifetime.is_some_and(|lifetime| lifetime.ident == "static")
}

/// Whether there is a lifetime that is not `'static`, be it left out.
struct Lifetimes(bool);

impl Visit<'_> for Lifetimes {
    fn visit_lifetime(&mut self, lifetime: &Lifetime) {
        self.0 |= lifetime.ident != "static";
    }

    fn visit_type_reference(&mut self, reference: &TypeReference) {
        self.0 |= !is_static(reference);
        visit::visit_type_reference(self, reference);
    }
}

/// The name of a number, a `bool` or a `char`.
fn primitive(ty: &Type) -> Option<&Ident> {
    const PRIMITIVES: [&str; 16] = [
        "bool", "char", "f32", "f64", "i8", "i16", "i32", "i64", "i128", "isize", "u8", "u16",
        "u32", "u64", "u128", "usize",
    ];
    let Type::Path(path) = ty else {
        return None;
    };
    let name = path.path.get_ident()?;
    PRIMITIVES
        .iter()
        .any(|primitive| name == primitive)
        .then_some(name)
}

/// Attributes of the handler and of the user's function, which stands in it, or beside it because of a `Self`.
fn route(attributes: &[Attribute], names_self: bool) -> (Vec<Attribute>, Vec<Attribute>) {
    if !names_self {
        let inner = select(attributes, |path| !is_outer(path));
        return (select(attributes, is_outer), inner);
    }
    let outer = select(attributes, |path| is_outer(path) && !is_expectation(path));
    let inner = select(attributes, |path| {
        !is_outer(path) || is_shared(path) || is_expectation(path)
    });
    (outer, inner)
}

/// What of the attributes is to be kept, in a `cfg_attr` too.
fn select(attributes: &[Attribute], keep: fn(&Path) -> bool) -> Vec<Attribute> {
    let part = |attribute: &Attribute| {
        let meta = part(&attribute.meta, keep)?;
        Some(Attribute {
            meta,
            ..attribute.clone()
        })
    };
    attributes.iter().filter_map(part).collect()
}

fn part(meta: &Meta, keep: fn(&Path) -> bool) -> Option<Meta> {
    let Some((condition, metas)) = conditional(meta) else {
        return keep(meta.path()).then(|| meta.clone());
    };
    let kept: Vec<Meta> = metas.iter().filter_map(|meta| part(meta, keep)).collect();
    (!kept.is_empty()).then(|| parse_quote!(cfg_attr(#condition, #(#kept),*)))
}

/// The condition of a `cfg_attr`, and what it holds for.
fn conditional(meta: &Meta) -> Option<(Meta, Vec<Meta>)> {
    let Meta::List(list) = meta else {
        return None;
    };
    let parser = Punctuated::<Meta, Token![,]>::parse_terminated;
    let is_conditional = list.path.is_ident("cfg_attr");
    let metas = is_conditional.then(|| list.parse_args_with(parser).ok());
    let mut metas = metas.flatten()?.into_iter();
    Some((metas.next()?, metas.collect()))
}

/// Said of the handler: of the item as others see it, or of all that is in it.
fn is_outer(path: &Path) -> bool {
    let names = ["debug_handler", "deprecated", "doc", "expect", "must_use"];
    is_shared(path) || last_is_one_of(path, &names)
}

/// Said of the user's function as well, where that stands beside the handler.
fn is_shared(path: &Path) -> bool {
    last_is_one_of(path, &["allow", "cfg", "deny", "forbid", "warn"])
}

/// Said of the user's function only, where that stands beside the handler: both cannot meet an expectation.
fn is_expectation(path: &Path) -> bool {
    path.is_ident("expect")
}

fn last_is_one_of(path: &Path, names: &[&str]) -> bool {
    let last = path.segments.last();
    last.is_some_and(|last| names.iter().any(|name| last.ident == name))
}

/// The `Self` that the function itself or an option names; an item in them has one of its own.
fn names_self(input: &Input, options: &Options) -> Option<Ident> {
    let mut visitor = NamesSelf(None);
    for value in options.expressions() {
        visitor.visit_expr(value);
    }
    let Input {
        signature, body, ..
    } = input;
    if find_self(quote!(#signature #body)).is_none() {
        return visitor.0;
    }
    visitor.visit_signature(signature);
    if let Ok(block) = syn::parse2::<syn::Block>(body.clone()) {
        visitor.visit_block(&block);
    }
    visitor.0
}

fn find_self(tokens: TokenStream) -> Option<Ident> {
    tokens.into_iter().find_map(|token| match token {
        TokenTree::Ident(word) if word == "Self" => Some(word),
        TokenTree::Group(group) => find_self(group.stream()),
        _ => None,
    })
}

struct NamesSelf(Option<Ident>);

impl Visit<'_> for NamesSelf {
    fn visit_ident(&mut self, word: &Ident) {
        if word == "Self" {
            self.0.get_or_insert_with(|| word.clone());
        }
    }

    fn visit_macro(&mut self, node: &syn::Macro) {
        self.0 = self.0.take().or_else(|| find_self(node.tokens.clone()));
        visit::visit_macro(self, node);
    }

    fn visit_item(&mut self, _: &syn::Item) {}
}

/// The pattern for a reference to the same value, which binds references: `mut` and `ref` cannot stand in it, and are of no use.
/// Where it takes references apart, Rust wants every reference in it written out.
fn by_reference(pattern: &Pat) -> Pat {
    let mut pattern = pattern.clone();
    let mut references = References(false);
    references.visit_pat(&pattern);
    let written = references.0.then(|| Token![ref](Span::mixed_site()));
    ByReference(written).visit_pat_mut(&mut pattern);
    if references.0 {
        pattern = parse_quote_spanned!(Span::mixed_site()=> &#pattern);
    }
    pattern
}

/// Whether a pattern has an `&` in it.
struct References(bool);

impl Visit<'_> for References {
    fn visit_pat_reference(&mut self, _: &PatReference) {
        self.0 = true;
    }
}

/// What stands before every name.
struct ByReference(Option<Token![ref]>);

impl VisitMut for ByReference {
    fn visit_pat_ident_mut(&mut self, pattern: &mut PatIdent) {
        pattern.by_ref = self.0;
        pattern.mutability = None;
        visit_mut::visit_pat_ident_mut(self, pattern);
    }

    /// A lint against `&ref` is not about what the user wrote.
    fn visit_pat_reference_mut(&mut self, pattern: &mut PatReference) {
        pattern.and_token.span = Span::mixed_site();
        visit_mut::visit_pat_reference_mut(self, pattern);
    }
}

struct Bindings(Vec<Ident>);

impl Visit<'_> for Bindings {
    fn visit_pat_ident(&mut self, pattern: &PatIdent) {
        self.0.push(pattern.ident.clone());
        visit::visit_pat_ident(self, pattern);
    }
}

/// Refuses `impl Trait`, which leaves axum without a type to extract.
struct AnonymousTypes<'e>(&'e Errors);

impl Visit<'_> for AnonymousTypes<'_> {
    fn visit_type_impl_trait(&mut self, ty: &TypeImplTrait) {
        self.0.at(
            ty,
            "axum has to know the type of an argument: name it, or make it a type parameter and write `get(view::<Type>)`",
        );
    }
}

/// Where an error about a type or an expression is shown: from its first token to its last.
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
        // One hygiene for both, or a name declared at one could not be used at the other.
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
