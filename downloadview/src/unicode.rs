//! Properties of characters from the feature `unicode-normalization`, and what is done without it.

#[cfg(feature = "unicode-normalization")]
pub(crate) use unicode_normalization::char::{decompose_compatible, is_combining_mark};

/// Returns true for the combining marks of Latin, Greek and Cyrillic letters.
#[cfg(not(feature = "unicode-normalization"))]
pub(crate) fn is_combining_mark(c: char) -> bool {
    matches!(c, '\u{300}'..='\u{36f}')
}

/// Decomposes nothing, so a letter beyond ASCII becomes `_` in the name for old clients.
#[cfg(not(feature = "unicode-normalization"))]
pub(crate) fn decompose_compatible(_: char, _: impl FnMut(char)) {}

/// Returns the characters of a text with accented letters taken apart, so that all ways of writing a text give the same.
#[cfg(all(feature = "zip", feature = "unicode-normalization"))]
pub(crate) fn decomposed(text: &str) -> impl Iterator<Item = char> {
    unicode_normalization::UnicodeNormalization::nfd(text)
}

/// Returns the characters of a text as they are.
#[cfg(all(feature = "zip", not(feature = "unicode-normalization")))]
pub(crate) fn decomposed(text: &str) -> impl Iterator<Item = char> {
    text.chars()
}
