//! JSON and JSON Lines.

use std::{fmt, io::Write};

use serde::{Serialize, Serializer};

use super::error::RowError;

/// Writes a row as JSON.
pub(super) fn write<T: Serialize + ?Sized>(out: &mut Vec<u8>, row: &T) -> Result<(), RowError> {
    let mut serializer = serde_json::Serializer::new(out);
    row.serialize(Row(&mut serializer))
        .map_err(|error| RowError::new(error.to_string()))
}

/// Refuses a `Result` as a row, and passes everything else on to `serde_json`.
///
/// `Result` implements `Serialize`, so a failure of the source could become a row unnoticed.
struct Row<'a, W>(&'a mut serde_json::Serializer<W>);

type Inner<'a, W> = &'a mut serde_json::Serializer<W>;

macro_rules! pass_on {
    ($($name:ident($($argument:ident: $type:ty),*) -> $ok:ident;)*) => {$(
        fn $name(self, $($argument: $type),*) -> Result<Self::$ok, serde_json::Error> {
            self.0.$name($($argument),*)
        }
    )*};
}

impl<'a, W: Write> Serializer for Row<'a, W> {
    type Ok = ();
    type Error = serde_json::Error;
    type SerializeSeq = <Inner<'a, W> as Serializer>::SerializeSeq;
    type SerializeTuple = <Inner<'a, W> as Serializer>::SerializeTuple;
    type SerializeTupleStruct = <Inner<'a, W> as Serializer>::SerializeTupleStruct;
    type SerializeTupleVariant = <Inner<'a, W> as Serializer>::SerializeTupleVariant;
    type SerializeMap = <Inner<'a, W> as Serializer>::SerializeMap;
    type SerializeStruct = <Inner<'a, W> as Serializer>::SerializeStruct;
    type SerializeStructVariant = <Inner<'a, W> as Serializer>::SerializeStructVariant;

    pass_on! {
        serialize_bool(value: bool) -> Ok;
        serialize_i8(value: i8) -> Ok;
        serialize_i16(value: i16) -> Ok;
        serialize_i32(value: i32) -> Ok;
        serialize_i64(value: i64) -> Ok;
        serialize_i128(value: i128) -> Ok;
        serialize_u8(value: u8) -> Ok;
        serialize_u16(value: u16) -> Ok;
        serialize_u32(value: u32) -> Ok;
        serialize_u64(value: u64) -> Ok;
        serialize_u128(value: u128) -> Ok;
        serialize_f32(value: f32) -> Ok;
        serialize_f64(value: f64) -> Ok;
        serialize_char(value: char) -> Ok;
        serialize_str(value: &str) -> Ok;
        serialize_bytes(value: &[u8]) -> Ok;
        serialize_none() -> Ok;
        serialize_unit() -> Ok;
        serialize_unit_struct(name: &'static str) -> Ok;
        serialize_unit_variant(name: &'static str, index: u32, variant: &'static str) -> Ok;
        serialize_seq(len: Option<usize>) -> SerializeSeq;
        serialize_tuple(len: usize) -> SerializeTuple;
        serialize_tuple_struct(name: &'static str, len: usize) -> SerializeTupleStruct;
        serialize_tuple_variant(name: &'static str, index: u32, variant: &'static str, len: usize) -> SerializeTupleVariant;
        serialize_map(len: Option<usize>) -> SerializeMap;
        serialize_struct(name: &'static str, len: usize) -> SerializeStruct;
        serialize_struct_variant(name: &'static str, index: u32, variant: &'static str, len: usize) -> SerializeStructVariant;
    }

    fn collect_str<T: fmt::Display + ?Sized>(self, value: &T) -> Result<(), serde_json::Error> {
        self.0.collect_str(value)
    }

    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<(), serde_json::Error> {
        value.serialize(self)
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(
        self,
        name: &'static str,
        value: &T,
    ) -> Result<(), serde_json::Error> {
        if name.starts_with("$serde_json::") {
            return self.0.serialize_newtype_struct(name, value);
        }
        value.serialize(self)
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        name: &'static str,
        index: u32,
        variant: &'static str,
        value: &T,
    ) -> Result<(), serde_json::Error> {
        super::refuse_result::<serde_json::Error>(name, variant)?;
        self.0
            .serialize_newtype_variant(name, index, variant, value)
    }
}
