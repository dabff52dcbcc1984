//! The attribute and the derive of `downloadview`; use them through that crate.
