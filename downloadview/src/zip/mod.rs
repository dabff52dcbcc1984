//! `Zip`: many files as one archive.

#![allow(dead_code)]
mod layout;
mod names;
mod record;
