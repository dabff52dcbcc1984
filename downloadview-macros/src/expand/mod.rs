//! The third stage: turns the model of a view into the tokens of its handler or its trait.

mod fallback;
mod function;
mod steps;
mod structure;

pub(crate) use function::expand as function;
pub(crate) use structure::expand as structure;
