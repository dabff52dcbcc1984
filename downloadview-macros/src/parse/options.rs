//! The grammar of options: `name`, `name = value` or `name(…)`, separated by commas.
//!
//! The attribute and the derive share it. On a field, the `name` is alone: the field is the value.

use downloadview_grammar::{options::OptionName, spelling::closest};
use proc_macro2::{Span, TokenStream};
use quote::{ToTokens, quote};
use syn::{
    Attribute, Ident, LitStr, Meta, Token,
    ext::IdentExt,
    parse::{ParseStream, Parser},
};

use super::{
    argument::Argument,
    recover::{is_end, skip_past_comma},
    template::{has_positions, no_positions},
    vocabulary::{Place, same, unknown},
};
use crate::errors::Errors;

/// The name of the attribute.
pub(crate) const OURS: &str = "download_view";

/// An option as it is written.
pub(crate) struct Written {
    pub(crate) name: Ident,
    pub(crate) argument: Argument,
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
    /// Set if another option may have been intended, in what could not be parsed.
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
        Self::new(written, Place::Function, errors)
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
        let parsed = Self::new(written, Place::Struct, errors);
        Self {
            is_incomplete,
            ..parsed
        }
    }

    fn new(mut written: Vec<Written>, place: Place, errors: &Errors) -> Self {
        take_positions(&mut written, place, errors);
        let mut parsed = Self {
            known: Vec::new(),
            unknown: Vec::new(),
            is_incomplete: false,
        };
        for one in written {
            match one.recognized(place, errors) {
                Ok(known) => parsed.known.push(known),
                Err(unknown) => parsed.unknown.push(unknown),
            }
        }
        parsed
    }
}

/// Returns true for an attribute that is almost ours, which the compiler has reported.
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
            "options are written `#[download_view(option, …)]`",
        );
        return Vec::new();
    };
    parse(list.tokens.clone(), errors)
}

fn parse(tokens: TokenStream, errors: &Errors) -> Vec<Written> {
    let parser = |input: ParseStream<'_>| Ok(list(input, errors));
    errors.check(parser.parse2(tokens)).unwrap_or_default()
}

/// Parses every option, and goes on after the next comma where one cannot be parsed.
fn list(input: ParseStream<'_>, errors: &Errors) -> Vec<Written> {
    let mut list = Vec::new();
    while !input.is_empty() {
        let before = errors.count();
        list.extend(errors.check(Written::parse(input, errors)));
        if !is_end(input) && errors.count() == before {
            errors.push(input.error("expected `,` between two options"));
        }
        skip_past_comma(input);
    }
    list
}

impl Written {
    fn parse(input: ParseStream<'_>, errors: &Errors) -> syn::Result<Self> {
        let name = name(input, errors)?;
        let argument = Argument::parse(&name, is_known(&name), input, errors)?;
        Ok(Self {
            name,
            argument,
            field: None,
        })
    }

    /// Finds the option of this name, or the one that was meant and takes the same value.
    ///
    /// The value of the latter is checked as well, so that a second mistake in it is reported at once.
    #[expect(clippy::result_large_err, reason = "called once for each option")]
    fn recognized(mut self, place: Place, errors: &Errors) -> Result<Known, Self> {
        if let Some(option) = place.option(&self.name) {
            return Ok(Known {
                option,
                written: self,
            });
        }
        let word = self.name.to_string();
        if !matches!(self.argument, Argument::Broken(_)) {
            errors.at(&self.name, unknown(&word, place));
        }
        let Some(option) = same(&word, place) else {
            return Err(self);
        };
        self.name = Ident::new(option.as_str(), self.name.span());
        Ok(Known {
            option,
            written: self,
        })
    }

    /// Returns true for what `format!` would take as the value of a `{}`.
    fn is_position(&self, place: Place) -> bool {
        let is_option =
            place.option(&self.name).is_some() || same(&self.name.to_string(), place).is_some();
        let is_list = matches!(self.argument, Argument::List(..) | Argument::Broken(_));
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
    let message = format!("an option begins with its name, as in `{example}`");
    let nameless = |error: syn::Error| syn::Error::new(error.span(), message);
    let mut name = input.call(Ident::parse_any).map_err(nameless)?;
    let (mut written, is_dashed) = (name.to_token_stream(), input.peek(Token![-]));
    while input.peek(Token![-]) && input.peek2(Ident::peek_any) {
        let (dash, next) = (input.parse::<Token![-]>()?, Ident::parse_any(input)?);
        written.extend(quote!(#dash #next));
        name = Ident::new(&format!("{name}_{next}"), name.span());
    }
    if is_dashed && is_known(&name) {
        errors.at(written, format!("this option is written `{name}`"));
    }
    Ok(name)
}

/// Removes what follows a template with `{}`, as the values do in a call of `format!`.
fn take_positions(written: &mut Vec<Written>, place: Place, errors: &Errors) {
    let is_template = |one: &Written| one.argument.text().is_some_and(has_positions);
    let is_basename = |one: &Written| one.name == OptionName::Basename.as_str() && is_template(one);
    let Some(at) = written.iter().position(is_basename) else {
        return;
    };
    let after = written[at + 1..].iter();
    let count = after.take_while(|one| one.is_position(place)).count();
    let positions: Vec<Written> = written.drain(at + 1..=at + count).collect();
    if let (Some(text), false) = (written[at].argument.text(), positions.is_empty()) {
        let are_names = positions
            .iter()
            .all(|one| matches!(one.argument, Argument::Nothing));
        let names = are_names.then(|| positions.iter().map(|one| &one.name));
        errors.at(text, no_positions(text, names));
        written[at].argument = Argument::Broken(None);
    }
}

/// Returns true for `#[download_view = "…"]`, which its tokens do not tell.
pub(crate) fn is_key_value() -> bool {
    let written = Span::call_site().source_text().unwrap_or_default();
    let after = written.split_once(OURS).map(|(_, after)| after);
    after.is_some_and(|after| after.trim_start().starts_with('='))
}
