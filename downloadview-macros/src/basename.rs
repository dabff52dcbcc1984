//! The template in a basename, `"report-{id:04}.csv"`, read as `format!` reads it.

use proc_macro2::{Span, TokenStream};
use quote::{ToTokens, format_ident};
use syn::{Ident, LitStr, ext::IdentExt, parse::Parser};

use crate::{
    errors::{Errors, did_you_mean, quoted},
    literal,
};

/// A basename written as a literal.
pub(crate) enum Basename {
    /// Without `{name}`s.
    Fixed(String),
    Template(Template),
}

/// A literal that `format!` takes, and what is in it.
pub(crate) struct Template {
    pub(crate) literal: LitStr,
    pieces: Vec<Piece>,
}

/// What the names in a template stand for.
pub(crate) struct Scope {
    /// What it has names for: arguments, or fields.
    things: &'static str,
    names: Vec<(String, TokenStream)>,
}

impl Basename {
    /// Reads and checks the literal; the names are checked by [`Template::resolve`].
    pub(crate) fn parse(literal: &LitStr, errors: &Errors) -> Option<Self> {
        let text = literal.value();
        let pieces = pieces(&text)
            .and_then(|pieces| check(&pieces).map(|()| pieces))
            .map_err(|reason| errors.at(literal, format!("{} {reason}", quoted(&text))))
            .ok()?;
        if names(&pieces).is_empty() {
            return Some(Self::Fixed(fixed_text(&pieces)));
        }
        let literal = literal.clone();
        Some(Self::Template(Template { literal, pieces }))
    }
}

impl Template {
    /// The literal for `format!`, and a value for each name in it; a name that is not in `scope` is a mistake.
    pub(crate) fn resolve(
        &self,
        scope: &Scope,
        errors: &Errors,
    ) -> (LitStr, Vec<(Ident, TokenStream)>) {
        let resolve = |name: &String| {
            let value = scope.value(name);
            if value.is_none() {
                errors.at(&self.literal, scope.unknown(name));
            }
            Some((format_name(name), value?.clone()))
        };
        let values = names(&self.pieces).iter().filter_map(resolve).collect();
        (self.format_literal(), values)
    }

    /// As it was written, unless it names fields by number, which `format!` would take for positions.
    fn format_literal(&self) -> LitStr {
        if !names(&self.pieces).iter().any(|name| is_number(name)) {
            return self.literal.clone();
        }
        let text: String = self.pieces.iter().map(Piece::to_format).collect();
        LitStr::new(&text, self.literal.span())
    }
}

const FIELD: &str = "field";

impl Scope {
    pub(crate) fn of_arguments(bindings: &[Ident]) -> Self {
        // A later binding hides an earlier one of the same name.
        let value = |name: &Ident| (name.unraw().to_string(), name.to_token_stream());
        Self {
            things: "argument",
            names: bindings.iter().rev().map(value).collect(),
        }
    }

    pub(crate) fn of_fields(fields: impl Iterator<Item = (String, TokenStream)>) -> Self {
        Self {
            things: FIELD,
            names: fields.collect(),
        }
    }

    pub(crate) fn knows(&self, name: &Ident) -> bool {
        self.value(&name.unraw().to_string()).is_some()
    }

    /// What should be written for a field that is named as in a template, if it is one.
    pub(crate) fn field(&self, name: &Ident) -> Option<String> {
        let is_field = self.things == FIELD && self.knows(name);
        is_field.then(|| format!("`{name}` is a field: write `self.{name}`"))
    }

    fn value(&self, name: &str) -> Option<&TokenStream> {
        let mut names = self.names.iter();
        names
            .find(|(known, _)| known == name)
            .map(|(_, value)| value)
    }

    fn unknown(&self, name: &str) -> String {
        let known: Vec<&str> = self.names.iter().map(|(known, _)| known.as_str()).collect();
        let words = known.iter().copied().filter(|word| !is_number(word));
        let mut hint = did_you_mean(name, words);
        if hint.is_empty() && !known.is_empty() {
            hint = format!(", only `{}`", known.join("`, `"));
        }
        let things = self.things;
        match known.len() {
            0 => format!("no {things} is called `{name}`: there is none"),
            _ => format!("no {things} is called `{name}`{hint}"),
        }
    }
}

/// Whether `{}`s, or `{:04}`s, stand in it, for which `format!` takes what comes behind.
pub(crate) fn has_positions(literal: &LitStr) -> bool {
    !positions(&literal.value()).is_empty()
}

/// What is wrong with those, and the template with their `names`, if they have some.
pub(crate) fn no_positions<'a>(
    literal: &LitStr,
    names: Option<impl Iterator<Item = &'a Ident>>,
) -> String {
    let text = literal.value();
    let (places, names) = (positions(&text), names.into_iter().flatten());
    let names: Vec<String> = names.map(|name| name.unraw().to_string()).collect();
    if names.len() != places.len() {
        return "only a name can stand in the braces, as in `{id}`; anything else is made by `basename = format!(…)`".to_owned();
    }
    let mut filled = text;
    for (at, name) in places.into_iter().zip(names).rev() {
        filled.insert_str(at, &name);
    }
    format!("the name itself stands in the braces: `basename = {filled:?}`")
}

/// Where they are: behind their braces.
fn positions(text: &str) -> Vec<usize> {
    let mut places = Vec::new();
    let mut chars = text.char_indices().peekable();
    while let Some((at, c)) = chars.next() {
        match (c, chars.peek()) {
            ('{', Some((_, '{'))) => drop(chars.next()),
            ('{', Some((_, '}' | ':'))) => places.push(at + 1),
            _ => {}
        }
    }
    places
}

#[derive(Debug, PartialEq)]
enum Piece {
    Text(String),
    /// `{name:spec}`, and the names that stand in the spec.
    Hole {
        name: String,
        spec: Option<String>,
        in_spec: Vec<String>,
    },
}

impl Piece {
    /// As `format!` takes it, each name being its [`format_name`].
    fn to_format(&self) -> String {
        let (name, spec) = match self {
            Self::Text(text) => return text.replace('{', "{{").replace('}', "}}"),
            Self::Hole { name, spec, .. } => (name, spec),
        };
        let spec = spec
            .as_ref()
            .map_or(String::new(), |spec| format!(":{spec}"));
        format!("{{{}{spec}}}", format_name(name))
    }
}

/// What is wrong completes the sentence that begins with the template.
fn pieces(text: &str) -> Result<Vec<Piece>, String> {
    let (mut pieces, mut rest) = (Vec::new(), text);
    while let Some(at) = rest.find(['{', '}']) {
        push_text(&mut pieces, &rest[..at]);
        let (brace, after) = rest[at..].split_at(1);
        rest = match after.strip_prefix(brace) {
            Some(after) => {
                push_text(&mut pieces, brace);
                after
            }
            None if brace == "}" => {
                return Err("has a `}` that nothing opens; write `}}` for a brace".to_owned());
            }
            None => {
                let (inside, after) = after
                    .split_once('}')
                    .ok_or("has a `{` that nothing closes; write `{{` for a brace")?;
                pieces.push(hole(inside)?);
                after
            }
        };
    }
    push_text(&mut pieces, rest);
    Ok(pieces)
}

fn push_text(pieces: &mut Vec<Piece>, text: &str) {
    match pieces.last_mut() {
        Some(Piece::Text(last)) => last.push_str(text),
        _ => pieces.push(Piece::Text(text.to_owned())),
    }
}

fn hole(inside: &str) -> Result<Piece, String> {
    let (name, spec) = match inside.split_once(':') {
        Some((name, spec)) => (name.trim(), Some(spec.trim_end())),
        None => (inside.trim(), None),
    };
    if let Some(bare) = name.strip_prefix("r#") {
        return Err(format!(
            "has `{{{inside}}}` in it: there, write `{{{bare}}}`"
        ));
    }
    if let Some(field) = name
        .strip_prefix("self.")
        .filter(|field| is_name(field) || is_number(field))
    {
        return Err(format!(
            "has `{{{inside}}}` in it: a field is named without `self`, `{{{field}}}`"
        ));
    }
    if !is_name(name) && !is_number(name) {
        return Err(format!(
            "has `{{{inside}}}` in it: only a name can stand there, as in `{{id}}`"
        ));
    }
    let in_spec = spec.map_or(Some(Vec::new()), spec_names);
    let in_spec = in_spec.ok_or_else(|| {
        format!(
            "has `{{{inside}}}` in it, and that is no format; one for `format!` is `{{{name}:04}}`"
        )
    })?;
    Ok(Piece::Hole {
        name: name.to_owned(),
        spec: spec.map(str::to_owned),
        in_spec,
    })
}

/// The names in `[[fill]align][sign]['#']['0'][width]['.' precision][type]`; `None` where it is something else.
fn spec_names(spec: &str) -> Option<Vec<String>> {
    let is_align = |c| matches!(c, '<' | '^' | '>');
    let mut chars = spec.chars();
    let rest = match (chars.next(), chars.next()) {
        (_, Some(second)) if is_align(second) => chars.as_str(),
        _ => spec.trim_start_matches(is_align),
    };
    let rest = rest.strip_prefix(['+', '-']).unwrap_or(rest);
    let rest = rest.strip_prefix('#').unwrap_or(rest);
    let (width, rest) = count(rest);
    let (precision, rest) = rest.strip_prefix('.').map_or((None, rest), count);
    let kinds = ["", "?", "x?", "X?", "x", "X", "o", "b", "e", "E"];
    let names = width.into_iter().chain(precision).map(str::to_owned);
    kinds.contains(&rest).then(|| names.collect())
}

/// A width or a precision: digits, or a `name$`, which is returned.
fn count(text: &str) -> (Option<&str>, &str) {
    let digits = text.trim_start_matches(|c: char| c.is_ascii_digit());
    match text.trim_start_matches('0').split_once('$') {
        Some((name, rest)) if is_name(name) => (Some(name), rest),
        _ => (None, digits),
    }
}

/// A word; `format!` takes `type` for `r#type`.
fn is_name(text: &str) -> bool {
    let is_keyword_for_good = matches!(text, "self" | "Self" | "super" | "crate" | "_");
    !is_keyword_for_good && Ident::parse_any.parse_str(text).is_ok()
}

/// A field of a tuple struct.
fn is_number(text: &str) -> bool {
    text.parse::<u32>()
        .is_ok_and(|number| number.to_string() == text)
}

/// What the value of `{name}` is called in a call of `format!`.
fn format_name(name: &str) -> Ident {
    if is_number(name) {
        return format_ident!("field{name}");
    }
    syn::parse_str(name).unwrap_or_else(|_| Ident::new_raw(name, Span::call_site()))
}

/// The values are checked when they are known; here their names stand in for them.
fn check(pieces: &[Piece]) -> Result<(), String> {
    let sketch = pieces.iter().map(|piece| match piece {
        Piece::Text(text) | Piece::Hole { name: text, .. } => text.as_str(),
    });
    literal::basename(&sketch.collect::<String>())
}

/// Every name once, in order.
fn names(pieces: &[Piece]) -> Vec<String> {
    let mut names = Vec::new();
    for piece in pieces {
        if let Piece::Hole { name, in_spec, .. } = piece {
            names.extend([name].into_iter().chain(in_spec).cloned());
        }
    }
    let mut seen = std::collections::HashSet::new();
    names.retain(|name| seen.insert(name.clone()));
    names
}

fn fixed_text(pieces: &[Piece]) -> String {
    let text = |piece: &Piece| match piece {
        Piece::Text(text) => text.clone(),
        Piece::Hole { .. } => String::new(),
    };
    pieces.iter().map(text).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names_in(text: &str) -> Vec<String> {
        names(&pieces(text).unwrap())
    }

    #[test]
    fn names_are_found_once_and_in_order() {
        assert_eq!(names_in("{b}-{a:04}-{b:?}.csv"), ["b", "a"]);
        assert_eq!(names_in("{ id }.csv"), ["id"]);
        assert_eq!(names_in("plain.csv"), [""; 0]);
    }

    #[test]
    fn doubled_braces_are_braces() {
        let pieces = pieces("{{a}}.txt").unwrap();
        assert_eq!(fixed_text(&pieces), "{a}.txt");
        assert!(names(&pieces).is_empty());
    }

    #[test]
    fn fields_of_a_tuple_get_names() {
        let format: String = pieces("{0:04}{{x}}-{10}.csv")
            .unwrap()
            .iter()
            .map(Piece::to_format)
            .collect();
        assert_eq!(format, "{field0:04}{{x}}-{field10}.csv");
    }

    #[test]
    fn names_in_a_format_are_found() {
        assert_eq!(
            names_in("{x:>width$.precision$}"),
            ["x", "width", "precision"]
        );
        assert_eq!(names_in("{x:0width$}"), ["x", "width"]);
    }

    #[test]
    fn formats_of_format() {
        for good in [
            "", "04", "?", "#x", "<5", "*^8", "+.3", "08.2", "#010b", "x?", ">>4", "e",
        ] {
            assert!(spec_names(good).is_some(), "{good}");
        }
        for bad in ["q", "4d", "%Y", "..2", "5 5"] {
            assert!(spec_names(bad).is_none(), "{bad}");
        }
    }

    #[test]
    fn mistakes_are_told() {
        for bad in [
            "{", "}", "a{b", "a}b", "{}", "{01}", "{a.b}", "{a:q}", "{a+1}", "{self}", "{r#fn}",
        ] {
            assert!(pieces(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_template_is_no_path() {
        for (text, good) in [
            ("{a}", true),
            ("{a}/b", false),
            ("", false),
            ("{{", true),
            ("a\n{b}", false),
        ] {
            assert_eq!(check(&pieces(text).unwrap()).is_ok(), good, "{text}");
        }
    }
}
