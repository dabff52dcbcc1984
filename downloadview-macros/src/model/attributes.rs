//! Divides the attributes of a function between the handler and the user's function.

use syn::{Attribute, Meta, Path, Token, parse_quote, punctuated::Punctuated};

/// Divides attributes between the handler and the user's function, which is nested unless it names `Self`.
pub(super) fn route(
    attributes: &[Attribute],
    names_self: bool,
) -> (Vec<Attribute>, Vec<Attribute>) {
    let is_outer = |meta: &Meta| is_outer(meta.path());
    if !names_self {
        let inner = select(attributes, &|meta| kept(meta, !is_outer(meta)));
        return (
            select(attributes, &|meta| kept(meta, is_outer(meta))),
            inner,
        );
    }
    let outer = select(attributes, &|meta| match expectation(meta) {
        Some(lints) => lints_of(lints, is_dead_code),
        None => kept(meta, is_outer(meta)),
    });
    let inner = select(attributes, &|meta| match expectation(meta) {
        Some(lints) => lints_of(lints, |lint| !is_dead_code(lint)),
        None => kept(meta, !is_outer(meta) || is_shared(meta.path())),
    });
    (outer, inner)
}

fn kept(meta: &Meta, is_kept: bool) -> Option<Meta> {
    is_kept.then(|| meta.clone())
}

/// Returns the attributes that `keep` returns, including those inside of `cfg_attr`.
fn select(attributes: &[Attribute], keep: &dyn Fn(&Meta) -> Option<Meta>) -> Vec<Attribute> {
    let part = |attribute: &Attribute| {
        let meta = part(&attribute.meta, keep)?;
        Some(Attribute {
            meta,
            ..attribute.clone()
        })
    };
    attributes.iter().filter_map(part).collect()
}

fn part(meta: &Meta, keep: &dyn Fn(&Meta) -> Option<Meta>) -> Option<Meta> {
    let Some((condition, metas)) = conditional(meta) else {
        return keep(meta);
    };
    let kept: Vec<Meta> = metas.iter().filter_map(|meta| part(meta, keep)).collect();
    (!kept.is_empty()).then(|| parse_quote!(cfg_attr(#condition, #(#kept),*)))
}

/// Returns the lints of an `expect`, with its reason.
fn expectation(meta: &Meta) -> Option<Vec<Meta>> {
    let list = meta.require_list().ok()?;
    let parser = Punctuated::<Meta, Token![,]>::parse_terminated;
    let lints = list
        .path
        .is_ident("expect")
        .then(|| list.parse_args_with(parser))?;
    lints.ok().map(|lints| lints.into_iter().collect())
}

/// Returns an `expect` with the lints that are kept, because two functions cannot fulfil one expectation.
fn lints_of(lints: Vec<Meta>, is_kept: impl Fn(&Meta) -> bool) -> Option<Meta> {
    let (reasons, lints): (Vec<_>, Vec<_>) = lints
        .into_iter()
        .partition(|lint| matches!(lint, Meta::NameValue(_)));
    let lints: Vec<Meta> = lints.into_iter().filter(is_kept).collect();
    let lints = lints.iter().chain(&reasons);
    (lints.clone().count() > reasons.len()).then(|| parse_quote!(expect(#(#lints),*)))
}

/// Returns true for the lint about unused functions, which is about the handler.
fn is_dead_code(lint: &Meta) -> bool {
    lint.path().is_ident("dead_code")
}

/// Splits a `cfg_attr` into its condition and its attributes.
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

/// Returns true for attributes of the handler, which describe the item or apply to all of it.
fn is_outer(path: &Path) -> bool {
    let names = ["debug_handler", "deprecated", "doc", "expect", "must_use"];
    is_shared(path) || last_is_one_of(path, &names)
}

/// Returns true for attributes of both functions, if they are siblings.
fn is_shared(path: &Path) -> bool {
    last_is_one_of(path, &["allow", "cfg", "deny", "forbid", "warn"])
}

fn last_is_one_of(path: &Path, names: &[&str]) -> bool {
    let last = path.segments.last();
    last.is_some_and(|last| names.iter().any(|name| last.ident == name))
}

/// Compares the last word of the attribute's path.
pub(crate) fn is_named(attribute: &Attribute, name: &str) -> bool {
    let last = attribute.path().segments.last();
    last.is_some_and(|last| last.ident == name)
}
