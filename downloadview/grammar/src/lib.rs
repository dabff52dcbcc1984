//! The grammar of header values and options, shared by the runtime and the macros of `downloadview`.
//!
//! This crate is not public API: it changes without notice. Use `downloadview` instead.
//!
//! The attribute checks a literal when it is compiled, and a setter checks the same value at run time. Both call the
//! functions of this crate, so they always agree. The text of an error is the end of a sentence that begins with the value.

pub mod cache_control;
pub mod date;
pub mod entity_tag;
pub mod field;
pub mod media_type;
pub mod options;
pub mod spelling;
pub mod table;
pub mod token;
