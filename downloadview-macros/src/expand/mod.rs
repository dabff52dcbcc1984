//! The third stage: the model of a view becomes the tokens of its handler or of its trait.

mod fallback;
mod function;
mod steps;
mod structure;

pub(crate) use function::expand as function;
pub(crate) use structure::expand as structure;
