//! The second stage: checks what was parsed, and builds the model of a view.

pub(crate) mod attributes;
mod expression;
pub(crate) mod function;
mod literal;
pub(crate) mod options;
pub(crate) mod output;
mod reader;
pub(crate) mod scope;
pub(crate) mod settings;
pub(crate) mod structure;
pub(crate) mod uses;
pub(crate) mod value;
