//! The template in a basename, `"report-{id:04}.csv"`, read as `format!` reads it.

use syn::{Ident, LitStr};

use crate::{
    errors::{Errors, did_you_mean},
    literal,
};

/// A basename written as a literal.
pub(crate) enum Basename {
    /// Without `{name}`s.
    Fixed(String),
    Template(Template),
}

/// A literal that `format!` takes, and the names in it.
pub(crate) struct Template {
    pub(crate) literal: LitStr,
    pub(crate) names: Vec<String>,
}

impl Basename {
    /// Reads and checks the literal; the names are checked by [`Template::resolve`].
    pub(crate) fn parse(literal: &LitStr, errors: &Errors) -> Option<Self> {
        let text = literal.value();
        let pieces = pieces(&text)
            .and_then(|pieces| check(&pieces).map(|()| pieces))
            .map_err(|reason| errors.at(literal, format!("`{text}` {reason}")))
            .ok()?;
        let names = names(&pieces);
        if names.is_empty() {
            return Some(Self::Fixed(fixed_text(&pieces)));
        }
        let literal = literal.clone();
        Some(Self::Template(Template { literal, names }))
    }
}

impl Template {
    /// The `known` identifiers that the template names, each once; a name that is none of them is a mistake.
    pub(crate) fn resolve(&self, known: &[Ident], errors: &Errors) -> Vec<Ident> {
        let resolve = |name: &String| {
            let found = known.iter().rev().find(|ident| *ident == name);
            if found.is_none() {
                self.unknown(name, known, errors);
            }
            found.cloned()
        };
        self.names.iter().filter_map(resolve).collect()
    }

    fn unknown(&self, name: &str, known: &[Ident], errors: &Errors) {
        let known: Vec<String> = known.iter().map(Ident::to_string).collect();
        let mut message = format!("no argument is called `{name}`");
        message += &did_you_mean(name, known.iter().map(String::as_str));
        errors.at(&self.literal, message);
    }
}

#[derive(Debug, PartialEq)]
enum Piece {
    Text(String),
    /// `{name:spec}`, and the names that stand in the spec.
    Hole {
        name: String,
        in_spec: Vec<String>,
    },
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
    if !is_name(name) {
        return Err(format!(
            "has `{{{inside}}}` in it: only the name of an argument can stand there, as in `{{id}}`"
        ));
    }
    let in_spec = spec.map_or(Some(Vec::new()), spec_names);
    let in_spec = in_spec
        .ok_or_else(|| format!("has `{{{inside}}}` in it, whose format `format!` does not know"))?;
    Ok(Piece::Hole {
        name: name.to_owned(),
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

fn is_name(text: &str) -> bool {
    syn::parse_str::<Ident>(text).is_ok()
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
        if let Piece::Hole { name, in_spec } = piece {
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
            "{", "}", "a{b", "a}b", "{}", "{0}", "{a.b}", "{a:q}", "{a+1}", "{self}",
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
