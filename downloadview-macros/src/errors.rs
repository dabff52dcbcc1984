//! Collects every mistake, so that the compiler reports them all at once.

use std::{cell::RefCell, fmt::Display, thread};

use downloadview_grammar::spelling::closest;
use proc_macro2::TokenStream;
use quote::ToTokens;

use crate::spans::ungrouped;

/// The mistakes found so far. Dropping them without [`Errors::finish`] panics.
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

    /// Adds a mistake that is underlined from the first to the last of `tokens`.
    pub(crate) fn at(&self, tokens: impl ToTokens, message: impl Display) {
        let tokens = ungrouped(tokens.to_token_stream());
        self.push(syn::Error::new_spanned(tokens, message));
    }

    /// Returns the value of `result`, or collects its error.
    pub(crate) fn check<T>(&self, result: syn::Result<T>) -> Option<T> {
        result.map_err(|error| self.push(error)).ok()
    }

    pub(crate) fn count(&self) -> usize {
        self.0.borrow().as_ref().map_or(0, Vec::len)
    }

    /// Returns tokens that make the compiler report every mistake.
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

/// Returns the user's text between backticks, with its control characters visible.
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

/// Returns `; did you mean …?` if one of `words` is close enough to `written`, else nothing.
pub(crate) fn did_you_mean<'a>(written: &str, words: impl IntoIterator<Item = &'a str>) -> String {
    closest(written, words).map_or_else(String::new, |word| format!("; did you mean `{word}`?"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[should_panic(expected = "not reported")]
    fn forgotten_errors_panic() {
        drop(Errors::new());
    }
}
