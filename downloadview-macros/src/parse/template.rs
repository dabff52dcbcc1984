//! A template in a basename, such as `"report-{id:04}.csv"`, in the syntax of `format!`.

use std::collections::HashSet;

use proc_macro2::Span;
use quote::format_ident;
use syn::{Expr, Ident, LitStr, ext::IdentExt, parse::Parser};

/// A literal that `format!` takes, with its parts.
#[derive(Clone)]
pub(crate) struct Template {
    literal: LitStr,
    pieces: Vec<Piece>,
}

impl Template {
    /// Parses a literal. The error is the end of a sentence that begins with the literal.
    pub(crate) fn parse(literal: &LitStr) -> Result<Self, String> {
        let pieces = pieces(&literal.value())?;
        let literal = literal.clone();
        Ok(Self { literal, pieces })
    }

    /// Returns every name once, in order.
    pub(crate) fn names(&self) -> Vec<String> {
        names(&self.pieces)
    }

    /// Returns the text with the names in place of their values.
    pub(crate) fn sketch(&self) -> String {
        let text = |piece: &Piece| match piece {
            Piece::Text(text) | Piece::Hole { name: text, .. } => text.clone(),
        };
        self.pieces.iter().map(text).collect()
    }

    /// Returns what follows the last dot, if it is text without values.
    pub(crate) fn extension(&self) -> Option<&str> {
        match self.pieces.last()? {
            Piece::Text(text) => Some(text.rsplit_once('.')?.1),
            Piece::Hole { .. } => None,
        }
    }

    pub(crate) fn literal(&self) -> &LitStr {
        &self.literal
    }

    /// Returns the literal for `format!`, in which fields that are named by number have names.
    pub(crate) fn format_literal(&self) -> LitStr {
        if !self.names().iter().any(|name| is_number(name)) {
            return self.literal.clone();
        }
        let text: String = self.pieces.iter().map(Piece::to_format).collect();
        LitStr::new(&text, self.literal.span())
    }
}

/// Returns true if the text has a `{}` or a `{:04}`, for which `format!` takes an argument.
pub(crate) fn has_positions(literal: &LitStr) -> bool {
    !positions(&literal.value()).is_empty()
}

/// Returns the message about these, with the arguments' names filled in if all of them are names.
pub(crate) fn no_positions<'a>(
    literal: &LitStr,
    names: Option<impl Iterator<Item = &'a Ident>>,
) -> String {
    let text = literal.value();
    let (places, names) = (positions(&text), names.into_iter().flatten());
    let names: Vec<String> = names.map(|name| name.unraw().to_string()).collect();
    if names.len() != places.len() {
        return format!(
            "only names can be used in the braces of a basename; write `basename = format!({text:?}, …)`"
        );
    }
    let mut filled = text;
    for (at, name) in places.into_iter().zip(names).rev() {
        filled.insert_str(at, &name);
    }
    format!("expected names in the braces; write `basename = {filled:?}`")
}

/// Returns the places between their braces.
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

#[derive(Clone)]
enum Piece {
    Text(String),
    /// `{name:spec}`, with the names in the spec.
    Hole {
        name: String,
        spec: Option<String>,
        in_spec: Vec<String>,
    },
}

impl Piece {
    /// Writes the piece for `format!`, each name as its [`format_name`].
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
                return Err("contains an unmatched `}`; to escape it, write `}}`".to_owned());
            }
            None => {
                let (inside, after) = after
                    .split_once('}')
                    .ok_or("contains an unmatched `{`; to escape it, write `{{`")?;
                pieces.push(hole(text, inside)?);
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

/// Parses the inside of `{…}` in `text`.
fn hole(text: &str, inside: &str) -> Result<Piece, String> {
    let (name, spec) = match inside.split_once(':') {
        Some((name, spec)) => (name.trim(), Some(spec.trim_end())),
        None => (inside.trim(), None),
    };
    if let Some(bare) = name.strip_prefix("r#") {
        return Err(format!("contains `{{{inside}}}`; write `{{{bare}}}`"));
    }
    if let Some(field) = name
        .strip_prefix("self.")
        .filter(|field| is_name(field) || is_number(field))
    {
        return Err(format!(
            "contains `{{{inside}}}`; write `{{{field}}}`, without `self`"
        ));
    }
    if !is_name(name) && !is_number(name) {
        return Err(no_name(text, inside, name));
    }
    let in_spec = spec.map_or(Some(Vec::new()), spec_names);
    let in_spec = in_spec.ok_or_else(|| {
        format!(
            "contains `{{{inside}}}`, which has an invalid format; a valid one is `{{{name}:04}}`"
        )
    })?;
    Ok(Piece::Hole {
        name: name.to_owned(),
        spec: spec.map(str::to_owned),
        in_spec,
    })
}

/// Returns the problem with a `{…}` that holds something else than a name, with a call of `format!` if it is an expression.
fn no_name(text: &str, inside: &str, written: &str) -> String {
    let hole = format!("{{{inside}}}");
    let is_expression = matches!(
        syn::parse_str(written),
        Ok(Expr::Field(_) | Expr::MethodCall(_))
    );
    if !is_expression {
        return format!(
            "contains `{hole}`, but only names can be used in the braces, as in `{{id}}`"
        );
    }
    let template = text.replace(&hole, &hole.replace(written, ""));
    format!(
        "contains `{hole}`, but only names can be used in the braces; write `basename = format!({template:?}, {written})`"
    )
}

/// Returns the names in `[[fill]align][sign]['#']['0'][width]['.' precision][type]`.
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

/// Splits off a width or a precision, which is digits or a `name$`.
fn count(text: &str) -> (Option<&str>, &str) {
    let digits = text.trim_start_matches(|c: char| c.is_ascii_digit());
    match text.trim_start_matches('0').split_once('$') {
        Some((name, rest)) if is_name(name) => (Some(name), rest),
        _ => (None, digits),
    }
}

/// Returns true for a word; `format!` takes `type` for `r#type`.
fn is_name(text: &str) -> bool {
    let is_keyword_for_good = matches!(text, "self" | "Self" | "super" | "crate" | "_");
    !is_keyword_for_good && Ident::parse_any.parse_str(text).is_ok()
}

/// Returns true for the name of a field of a tuple struct.
pub(crate) fn is_number(text: &str) -> bool {
    text.parse::<u32>()
        .is_ok_and(|number| number.to_string() == text)
}

/// Returns the name of the value of `{name}` in a call of `format!`.
pub(crate) fn format_name(name: &str) -> Ident {
    if is_number(name) {
        return format_ident!("field{name}");
    }
    syn::parse_str(name).unwrap_or_else(|_| Ident::new_raw(name, Span::call_site()))
}

fn names(pieces: &[Piece]) -> Vec<String> {
    let mut names = Vec::new();
    for piece in pieces {
        if let Piece::Hole { name, in_spec, .. } = piece {
            names.extend([name].into_iter().chain(in_spec).cloned());
        }
    }
    let mut seen = HashSet::new();
    names.retain(|name| seen.insert(name.clone()));
    names
}

/// Returns the names that a format string captures, whatever else is in it.
///
/// Unlike a basename, the string may be malformed: the macro that takes it reports that.
pub(crate) fn captures(text: &str) -> Vec<String> {
    let text = text.replace("{{", "").replace("}}", "");
    let holes = text.split('{').skip(1);
    let inside = holes.filter_map(|hole| Some(hole.split_once('}')?.0));
    inside.flat_map(captures_in_hole).collect()
}

fn captures_in_hole(inside: &str) -> Vec<String> {
    let (name, spec) = inside.split_once(':').unwrap_or((inside, ""));
    let in_spec = spec_names(spec.trim_end()).unwrap_or_default();
    let names = [name.trim().to_owned()].into_iter().chain(in_spec);
    names.filter(|name| is_name(name)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn template(text: &str) -> Result<Template, String> {
        Template::parse(&LitStr::new(text, Span::call_site()))
    }

    fn names_in(text: &str) -> Vec<String> {
        template(text).unwrap().names()
    }

    #[test]
    fn names_are_found_once_and_in_order() {
        assert_eq!(names_in("{b}-{a:04}-{b:?}.csv"), ["b", "a"]);
        assert_eq!(names_in("{ id }.csv"), ["id"]);
        assert_eq!(names_in("plain.csv"), [""; 0]);
    }

    #[test]
    fn doubled_braces_are_braces() {
        let template = template("{{a}}.txt").unwrap();
        assert_eq!(template.sketch(), "{a}.txt");
        assert!(template.names().is_empty());
    }

    #[test]
    fn fields_of_a_tuple_get_names() {
        let format = template("{0:04}{{x}}-{10}.csv")
            .unwrap()
            .format_literal()
            .value();
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
    fn malformed_templates_are_refused() {
        for bad in [
            "{", "}", "a{b", "a}b", "{}", "{01}", "{a.b}", "{a:q}", "{a+1}", "{self}", "{r#fn}",
        ] {
            assert!(pieces(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn captures_of_format_strings_are_found() {
        for (text, names) in [
            (
                "{a}-{b:>width$.precision$}",
                &["a", "b", "width", "precision"][..],
            ),
            ("{} {0} {{a}} {type}", &["type"]),
            ("{a", &[]),
            ("no braces", &[]),
        ] {
            assert_eq!(captures(text), names, "{text}");
        }
    }
}
