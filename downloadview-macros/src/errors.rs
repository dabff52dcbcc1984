//! Collects every mistake, so that the user sees them all at once, and finds the word that was meant.

use std::{cell::RefCell, fmt::Display, thread};

use proc_macro2::{Delimiter, TokenStream, TokenTree};
use quote::ToTokens;

/// The mistakes found so far. They cannot be forgotten: dropped without [`Errors::finish`], it panics.
pub(crate) struct Errors(RefCell<Option<Vec<syn::Error>>>);

impl Errors {
    pub(crate) fn new() -> Self {
        Self(RefCell::new(Some(Vec::new())))
    }

    pub(crate) fn push(&self, error: syn::Error) {
        if let Some(errors) = &mut *self.0.borrow_mut() {
            errors.push(error);
        }
    }

    /// A mistake, underlined from the first to the last of `tokens`.
    pub(crate) fn at(&self, tokens: impl ToTokens, message: impl Display) {
        let tokens = ungrouped(tokens.to_token_stream());
        self.push(syn::Error::new_spanned(tokens, message));
    }

    /// The value, unless it is a mistake.
    pub(crate) fn check<T>(&self, result: syn::Result<T>) -> Option<T> {
        result.map_err(|error| self.push(error)).ok()
    }

    pub(crate) fn count(&self) -> usize {
        self.0.borrow().as_ref().map_or(0, Vec::len)
    }

    /// Every mistake as tokens that make the compiler report it.
    pub(crate) fn finish(self) -> TokenStream {
        let errors = self.0.take().unwrap_or_default();
        errors.iter().map(syn::Error::to_compile_error).collect()
    }
}

impl Drop for Errors {
    fn drop(&mut self) {
        assert!(
            self.0.get_mut().is_none() || thread::panicking(),
            "errors were collected and not reported"
        );
    }
}

/// The same without the invisible groups that a `macro_rules!` puts round its fragments: they stand in the macro, and what is in
/// them where it was written.
pub(crate) fn ungrouped(tokens: TokenStream) -> TokenStream {
    let inside = |token| match token {
        TokenTree::Group(group) if group.delimiter() == Delimiter::None => {
            ungrouped(group.stream())
        }
        token => token.into(),
    };
    tokens.into_iter().flat_map(inside).collect()
}

/// A text of the user's, between backticks, with its control characters visible.
pub(crate) fn quoted(text: &str) -> String {
    let visible = |c: char| {
        if c.is_control() {
            c.escape_default().to_string()
        } else {
            c.to_string()
        }
    };
    match text {
        "" => "`\"\"`".to_owned(),
        text => format!("`{}`", text.chars().map(visible).collect::<String>()),
    }
}

/// `; did you mean …?` where one of `words` is close enough to `written`, else nothing.
pub(crate) fn did_you_mean<'a>(written: &str, words: impl IntoIterator<Item = &'a str>) -> String {
    closest(written, words).map_or_else(String::new, |word| format!("; did you mean `{word}`?"))
}

/// The word that the fewest slips of the finger away from `written`, at most one in three letters.
pub(crate) fn closest<'a>(
    written: &str,
    words: impl IntoIterator<Item = &'a str>,
) -> Option<&'a str> {
    words
        .into_iter()
        .map(|word| {
            (
                distance(&written.to_lowercase(), &word.to_lowercase()),
                word,
            )
        })
        .min_by_key(|(distance, _)| *distance)
        .filter(|(distance, word)| *distance <= word.chars().count().max(3) / 3)
        .map(|(_, word)| word)
}

/// Letters to insert, drop, change or swap with their neighbour (optimal string alignment).
fn distance(a: &str, b: &str) -> usize {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    let mut rows = vec![(0..=b.len()).collect::<Vec<_>>()];
    for i in 1..=a.len() {
        let mut row = vec![i];
        for j in 1..=b.len() {
            let changed = rows[i - 1][j - 1] + usize::from(a[i - 1] != b[j - 1]);
            let mut best = changed.min(rows[i - 1][j] + 1).min(row[j - 1] + 1);
            if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                best = best.min(rows[i - 2][j - 2] + 1);
            }
            row.push(best);
        }
        rows.push(row);
    }
    rows[a.len()][b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    const WORDS: [&str; 4] = ["basename", "attachment", "etag", "size"];

    #[test]
    fn a_slip_of_the_finger_is_mended() {
        for (written, meant) in [
            ("basenme", "basename"),
            ("atachment", "attachment"),
            ("attachmnet", "attachment"),
            ("eTag", "etag"),
            ("siez", "size"),
        ] {
            assert_eq!(closest(written, WORDS), Some(meant), "{written}");
        }
    }

    #[test]
    fn another_word_is_not_guessed_at() {
        for written in ["filename", "x", "compression", "tags"] {
            assert_eq!(closest(written, WORDS), None, "{written}");
        }
    }

    #[test]
    #[should_panic(expected = "not reported")]
    fn forgotten_errors_panic() {
        drop(Errors::new());
    }
}
