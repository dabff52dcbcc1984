//! The grammar of options: `name`, `name = value` or `name(…)`, separated by commas.
//!
//! The attribute and the derive share it. On a field, an option has no value, because the field is the value.

use downloadview_grammar::{options::OptionName, spelling::closest};
use proc_macro2::{Span, TokenStream};
use quote::{ToTokens, quote};
use syn::{
    Attribute, Ident, Lit, LitStr, Meta, Token,
    ext::IdentExt,
    parse::{ParseStream, Parser},
};

use super::{
    assigned::Assigned,
    recover::{is_end, skip_past_comma, up_to_comma},
    template::{has_positions, no_positions},
    vocabulary::{Target, same, unknown},
};
use crate::errors::Errors;

/// The name of the attribute.
pub(crate) const OURS: &str = "download_view";

/// An option as it is written.
pub(crate) struct Written {
    pub(crate) name: Ident,
    pub(crate) assigned: Assigned,
    /// The index of the field that has the option.
    pub(crate) field: Option<usize>,
}

/// An option with a name that exists.
pub(crate) struct Known {
    pub(crate) option: OptionName,
    pub(crate) written: Written,
}

/// The options of an item.
pub(crate) struct Parsed {
    pub(crate) known: Vec<Known>,
    pub(crate) unknown: Vec<Written>,
    /// True if a part could not be parsed, which may have been another option.
    pub(crate) is_incomplete: bool,
}

impl Parsed {
    /// Parses the options of a function.
    pub(crate) fn of_function(tokens: TokenStream, errors: &Errors) -> Self {
        // The compiler reports `#[download_view = "…"]` itself.
        let written = if is_key_value() {
            Vec::new()
        } else {
            parse(tokens, errors)
        };
        Self::new(written, Target::Function, errors)
    }

    /// Parses the options of a struct, from its own attributes and from those of each field.
    pub(crate) fn of_struct<'a>(
        attributes: &[Attribute],
        fields: impl Iterator<Item = &'a [Attribute]>,
        errors: &Errors,
    ) -> Self {
        let before = errors.count();
        let mut written: Vec<Written> = attributes
            .iter()
            .flat_map(|one| in_attribute(one, errors))
            .collect();
        let mut is_incomplete = attributes.iter().any(is_misspelt);
        for (index, attributes) in fields.enumerate() {
            let options = attributes.iter().flat_map(|one| in_attribute(one, errors));
            written.extend(options.map(|one| Written {
                field: Some(index),
                ..one
            }));
            is_incomplete |= attributes.iter().any(is_misspelt);
        }
        is_incomplete |= errors.count() > before;
        let parsed = Self::new(written, Target::Struct, errors);
        Self {
            is_incomplete,
            ..parsed
        }
    }

    fn new(mut written: Vec<Written>, target: Target, errors: &Errors) -> Self {
        take_positions(&mut written, target, errors);
        let mut parsed = Self {
            known: Vec::new(),
            unknown: Vec::new(),
            is_incomplete: false,
        };
        for one in written {
            match one.recognized(target, errors) {
                Ok(known) => parsed.known.push(known),
                Err(unknown) => parsed.unknown.push(unknown),
            }
        }
        parsed
    }
}

/// Returns true for an attribute whose name is misspelt, which the compiler has reported.
fn is_misspelt(attribute: &Attribute) -> bool {
    let name = attribute.path().get_ident().map(Ident::to_string);
    name.is_some_and(|name| name != OURS && closest(&name, [OURS]).is_some())
}

/// Parses `#[download_view(…)]`, and nothing from other attributes.
fn in_attribute(attribute: &Attribute, errors: &Errors) -> Vec<Written> {
    if !attribute.path().is_ident(OURS) {
        return Vec::new();
    }
    let Meta::List(list) = &attribute.meta else {
        errors.at(
            &attribute.meta,
            "expected options in parentheses: `#[download_view(…)]`",
        );
        return Vec::new();
    };
    parse(list.tokens.clone(), errors)
}

fn parse(tokens: TokenStream, errors: &Errors) -> Vec<Written> {
    let parser = |input: ParseStream<'_>| Ok(list(input, errors));
    errors.check(parser.parse2(tokens)).unwrap_or_default()
}

/// Parses every option. After one that cannot be parsed, it continues at the next comma.
fn list(input: ParseStream<'_>, errors: &Errors) -> Vec<Written> {
    let mut list = Vec::new();
    while !input.is_empty() {
        let before = errors.count();
        list.extend(errors.check(Written::parse(input, errors)));
        if !is_end(input) && errors.count() == before {
            errors.push(no_comma(list.last_mut(), input));
        }
        skip_past_comma(input);
    }
    list
}

/// Returns the error about tokens after an option, which may come from quotes that are not escaped.
fn no_comma(last: Option<&mut Written>, input: ParseStream<'_>) -> syn::Error {
    let is_cut = |text: &LitStr| !text.suffix().is_empty() || input.peek(Lit);
    let text = last.as_ref().and_then(|last| last.assigned.text().cloned());
    let (Some(last), Some(text)) = (last, text.filter(is_cut)) else {
        return input.error("expected `,` between options");
    };
    let rest = up_to_comma(input);
    let written = quote!(#text #rest);
    let inside = written.to_string().replace(' ', "");
    let inside = inside.trim_start_matches('"').trim_end_matches('"');
    let quoted = format!("\"{inside}\"");
    let message = format!(
        "the quotes in the text are not escaped; write `{} = {quoted:?}`",
        last.name
    );
    last.assigned = Assigned::Broken(None);
    syn::Error::new_spanned(written, message)
}

impl Written {
    fn parse(input: ParseStream<'_>, errors: &Errors) -> syn::Result<Self> {
        let name = name(input, errors)?;
        let assigned = Assigned::parse(&name, is_known(&name), input, errors)?;
        Ok(Self {
            name,
            assigned,
            field: None,
        })
    }

    /// Finds the option of this name, or the one that was probably meant.
    ///
    /// The value is checked in both cases, so that a second mistake is reported at once.
    #[expect(clippy::result_large_err, reason = "called once for each option")]
    fn recognized(mut self, target: Target, errors: &Errors) -> Result<Known, Self> {
        if let Some(option) = target.option(&self.name) {
            return Ok(Known {
                option,
                written: self,
            });
        }
        let word = self.name.to_string();
        if !matches!(self.assigned, Assigned::Broken(_)) {
            errors.at(&self.name, unknown(&word, target));
        }
        let Some(option) = same(&word, target) else {
            return Err(self);
        };
        self.name = Ident::new(option.as_str(), self.name.span());
        Ok(Known {
            option,
            written: self,
        })
    }

    /// Returns true for what `format!` would take as the value of a `{}`.
    fn is_position(&self, target: Target) -> bool {
        let is_option =
            target.option(&self.name).is_some() || same(&self.name.to_string(), target).is_some();
        let is_list = matches!(self.assigned, Assigned::List(..) | Assigned::Broken(_));
        !is_option && !is_list && self.field.is_none()
    }
}

fn is_known(name: &Ident) -> bool {
    OptionName::parse(&name.to_string()).is_some()
}

/// Parses the name of an option. A name with `-` for `_` is reported and mended.
fn name(input: ParseStream<'_>, errors: &Errors) -> syn::Result<Ident> {
    let text = input.fork().parse::<LitStr>();
    let example = text.map_or("attachment".to_owned(), |text| {
        format!("basename = {}", text.to_token_stream())
    });
    let message = format!("expected the name of an option, as in `{example}`");
    let nameless = |error: syn::Error| syn::Error::new(error.span(), message);
    let mut name = input.call(Ident::parse_any).map_err(nameless)?;
    let (mut written, is_dashed) = (name.to_token_stream(), input.peek(Token![-]));
    while input.peek(Token![-]) && input.peek2(Ident::peek_any) {
        let (dash, next) = (input.parse::<Token![-]>()?, Ident::parse_any(input)?);
        written.extend(quote!(#dash #next));
        name = Ident::new(&format!("{name}_{next}"), name.span());
    }
    if is_dashed && is_known(&name) {
        errors.at(
            written,
            format!(
                "unknown option `{}`; write `{name}`",
                name.to_string().replace('_', "-")
            ),
        );
    }
    Ok(name)
}

/// Removes what follows a template with `{}`, as the values do in a call of `format!`.
fn take_positions(written: &mut Vec<Written>, target: Target, errors: &Errors) {
    let is_template = |one: &Written| one.assigned.text().is_some_and(has_positions);
    let is_basename = |one: &Written| one.name == OptionName::Basename.as_str() && is_template(one);
    let Some(at) = written.iter().position(is_basename) else {
        return;
    };
    let after = written[at + 1..].iter();
    let count = after.take_while(|one| one.is_position(target)).count();
    let positions: Vec<Written> = written.drain(at + 1..=at + count).collect();
    if let (Some(text), false) = (written[at].assigned.text(), positions.is_empty()) {
        let are_names = positions
            .iter()
            .all(|one| matches!(one.assigned, Assigned::Nothing));
        let names = are_names.then(|| positions.iter().map(|one| &one.name));
        errors.at(text, no_positions(text, names));
        written[at].assigned = Assigned::Broken(None);
    }
}

/// Returns true for `#[download_view = "…"]`, which its tokens do not tell.
pub(crate) fn is_key_value() -> bool {
    let written = Span::call_site().source_text().unwrap_or_default();
    let after = written.split_once(OURS).map(|(_, after)| after);
    after.is_some_and(|after| after.trim_start().starts_with('='))
}
