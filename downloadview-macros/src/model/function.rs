//! A function that can be a view.

use proc_macro2::{Span, TokenStream, TokenTree};
use quote::{ToTokens, TokenStreamExt, quote, quote_spanned};
use syn::{
    Attribute, FnArg, Ident, Lifetime, ParenthesizedGenericArguments, Pat, PatIdent, PatReference,
    PatType, PathArguments, ReturnType, Signature, Stmt, Token, Type, TypeFnPtr, TypeImplTrait,
    TypeReference, Visibility,
    parse::{ParseStream, Parser},
    parse_quote_spanned,
    visit::{self, Visit},
    visit_mut::{self, VisitMut},
};

use super::{
    attributes::{is_named, route},
    options::Options,
    output,
    scope::Scope,
    uses,
};
use crate::{errors::Errors, parse::function::Input};

/// The limit of axum, minus one for the request.
const MOST_ARGUMENTS: usize = 15;

pub(crate) struct Function {
    /// Attributes of the handler, which describe the item to others.
    pub(crate) outer: Vec<Attribute>,
    /// Attributes of the user's function.
    pub(crate) inner: Vec<Attribute>,
    pub(crate) visibility: Visibility,
    pub(crate) signature: Signature,
    pub(crate) body: TokenStream,
    pub(crate) arguments: Vec<Argument>,
    /// The `Self` in the function or in an option, which a nested function cannot see.
    pub(crate) names_self: Option<Ident>,
}

pub(crate) struct Argument {
    /// The `#[cfg]` attributes.
    pub(crate) conditions: Vec<Attribute>,
    /// The pattern for a reference to the argument, which binds the names that options see.
    pub(crate) pattern: Pat,
    pub(crate) ty: Type,
}

impl Function {
    /// Reports a signature that a view cannot have, and returns `None` for it.
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

    /// Reports an `async fn` that is `blocking`.
    pub(crate) fn check_blocking(&self, options: &Options, errors: &Errors) {
        if let (Some(blocking), Some(_)) = (&options.blocking, &self.signature.asyncness) {
            let message =
                "an `async fn` cannot be `blocking`; remove `blocking`, or remove `async`";
            errors.at(blocking, message);
        }
    }

    /// Returns the names that options see.
    pub(crate) fn scope(&self) -> Scope {
        Scope::of_arguments(&self.bindings())
    }

    /// Returns every name that the arguments bind.
    fn bindings(&self) -> Vec<Ident> {
        self.arguments.iter().flat_map(Argument::bindings).collect()
    }

    /// Returns the return type, unless it is left out.
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
        uses::bindings(&self.pattern)
    }

    /// Returns true if the type has a lifetime that is not `'static`.
    pub(crate) fn borrows(&self) -> bool {
        let mut lifetimes = Lifetimes(false);
        lifetimes.visit_type(&self.ty);
        lifetimes.0
    }

    /// Returns a statement that uses what the pattern binds.
    ///
    /// Without `borrow` it copies references. A reference to a reference could not be held across an `.await`.
    pub(crate) fn used(&self, borrow: Option<Token![&]>) -> TokenStream {
        let conditions = &self.conditions;
        let names = self.bindings().into_iter();
        // A `_name` may be unused.
        let names = names.filter(|name| !name.to_string().starts_with('_'));
        quote_spanned!(Span::mixed_site()=> #(#conditions)* let _ = (#(#borrow #names,)*);)
    }
}

/// Inserts statements before those of the user, but after items, because a lint wants items first.
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

/// Splits off inner attributes and the items that follow them.
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
        let message = "duplicate `#[download_view]`; put all options into one attribute";
        errors.at(second.path(), message);
    }
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
        errors.at(
            variadic,
            "a view cannot be variadic; write an extractor in place of `...`",
        );
    }
}

fn check_inputs(signature: &Signature, errors: &Errors) {
    for input in &signature.inputs {
        match input {
            FnArg::Receiver(receiver) => errors.at(
                receiver,
                "a view cannot take `self`; take extractors as arguments, or derive `DownloadView` for the type",
            ),
            FnArg::Typed(argument) => check_argument(argument, errors),
        }
    }
    check_bodies(signature, errors);
    if let Some(extra) = certain(signature).nth(MOST_ARGUMENTS) {
        let message = format!(
            "a view takes at most {MOST_ARGUMENTS} arguments; combine some of them in a tuple, or in a struct that derives `FromRequestParts`"
        );
        errors.at(extra, message);
    }
}

/// Returns the arguments that have no `#[cfg]`.
fn certain(signature: &Signature) -> impl Iterator<Item = &PatType> {
    signature.inputs.iter().filter_map(|input| match input {
        FnArg::Typed(argument) if argument.attrs.is_empty() => Some(argument),
        _ => None,
    })
}

/// Reports an extractor of the body that is not the last argument. axum would not explain the error.
fn check_bodies(signature: &Signature, errors: &Errors) {
    let mut arguments = certain(signature).collect::<Vec<_>>().into_iter();
    while let Some(PatType { ty, .. }) = arguments.next() {
        let Some(name) = taker_of_body(ty).filter(|_| arguments.clone().next().is_some()) else {
            continue;
        };
        let message = match arguments.clone().find_map(|other| taker_of_body(&other.ty)) {
            Some(other) => {
                format!("`{name}` and `{other}` both consume the request body; remove one of them")
            }
            None => format!("`{name}` consumes the request body, so it must be the last argument"),
        };
        errors.at(ty, message);
    }
}

/// Returns the name of an extractor of the body. `debug_handler` recognizes the same names.
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

/// Reports types that cannot be extractors for any state of the router.
fn check_argument(argument: &PatType, errors: &Errors) {
    let ty = &argument.ty;
    AnonymousTypes(errors).visit_type(ty);
    if borrows_from_the_request(ty) {
        let message = "a view cannot borrow from the request; use an extractor of an owned value, such as `Path<String>`";
        errors.at(ty, message);
    } else if let Some(primitive) = primitive(ty) {
        let pattern = argument.pat.to_token_stream();
        let message = format!(
            "`{primitive}` is not an extractor; for a path parameter use `Path({pattern}): Path<{primitive}>`"
        );
        errors.at(ty, message);
    }
}

/// Returns true for a reference, even as a type parameter of an extractor such as `Path<&str>`.
fn borrows_from_the_request(ty: &Type) -> bool {
    let mut references = BorrowedTypes(false);
    references.visit_type(ty);
    references.0
}

/// Finds a reference that is not `'static`, outside of the signatures of functions.
struct BorrowedTypes(bool);

impl Visit<'_> for BorrowedTypes {
    fn visit_type_reference(&mut self, reference: &TypeReference) {
        self.0 |= !is_static(reference);
    }

    fn visit_type_fn_ptr(&mut self, _: &TypeFnPtr) {}

    fn visit_parenthesized_generic_arguments(&mut self, _: &ParenthesizedGenericArguments) {}
}

fn is_static(reference: &TypeReference) -> bool {
    let lifetime = reference.lifetime.as_ref();
    lifetime.is_some_and(|lifetime| lifetime.ident == "static")
}

/// Finds a lifetime that is not `'static`, even if it is elided.
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

/// Returns the name of a number type, `bool` or `char`.
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

/// Returns the `Self` that the function or an option names, outside of nested items.
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

/// Returns the pattern for a reference to the same value, which binds references and has no `mut` and no `ref`.
///
/// If it destructures references, Rust requires each reference in it to be explicit.
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

/// Finds an `&` in a pattern.
struct References(bool);

impl Visit<'_> for References {
    fn visit_pat_reference(&mut self, _: &PatReference) {
        self.0 = true;
    }
}

/// Puts `ref`, or nothing, before every name.
struct ByReference(Option<Token![ref]>);

impl VisitMut for ByReference {
    fn visit_pat_ident_mut(&mut self, pattern: &mut PatIdent) {
        pattern.by_ref = self.0;
        pattern.mutability = None;
        visit_mut::visit_pat_ident_mut(self, pattern);
    }

    /// The span avoids a lint against `&ref`, which the user did not write.
    fn visit_pat_reference_mut(&mut self, pattern: &mut PatReference) {
        pattern.and_token.span = Span::mixed_site();
        visit_mut::visit_pat_reference_mut(self, pattern);
    }
}

/// Reports `impl Trait`, because axum could not infer the type to extract.
struct AnonymousTypes<'e>(&'e Errors);

impl Visit<'_> for AnonymousTypes<'_> {
    fn visit_type_impl_trait(&mut self, ty: &TypeImplTrait) {
        self.0.at(
            ty,
            "`impl Trait` cannot be used as an argument of a view; use a type parameter, and write `get(view::<Type>)`",
        );
    }
}
