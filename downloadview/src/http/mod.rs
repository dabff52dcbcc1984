//! Header values, one in each file. There is no I/O.

pub(crate) mod basename;
pub(crate) mod date;
pub(crate) mod decimal;
pub(crate) mod disposition;
pub(crate) mod entity_tag;
pub(crate) mod fields;
pub(crate) mod media_type;
pub(crate) mod multipart;
pub(crate) mod parsed_disposition;
pub(crate) mod range;
