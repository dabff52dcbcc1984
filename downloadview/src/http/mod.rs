//! Header values, one in each file. No I/O.

pub(crate) mod basename;
pub(crate) mod disposition;
pub(crate) mod fields;
pub(crate) mod multipart;
pub(crate) mod parsed_disposition;
