//! The first stage: tokens become the options and the items that the user wrote.

pub(crate) mod assigned;
pub(crate) mod function;
pub(crate) mod options;
pub(crate) mod recover;
pub(crate) mod template;
pub(crate) mod vocabulary;
