//! The serializer of a row, which converts values to cells.

use std::fmt;

use serde::{
    Serialize, Serializer,
    ser::{
        Impossible, SerializeMap, SerializeSeq, SerializeStruct, SerializeStructVariant,
        SerializeTuple, SerializeTupleStruct, SerializeTupleVariant,
    },
};

use super::{
    csv::Cells,
    error::RowError,
    key::Key,
    table::{ByKey, Table},
};

/// Writes a row to the table.
#[inline]
pub(super) fn write_row<T: Serialize + ?Sized>(table: &mut Table, row: &T) -> Result<(), RowError> {
    table.row(|table| row.serialize(Node::row(table)))
}

/// A value within a row: a single cell or a nested value.
pub(super) struct Node<'a> {
    table: &'a mut Table,
    /// The length of the path to the struct or the map that holds the value.
    prefix: usize,
    key: Key,
}

/// The fields of a struct.
pub(super) struct Fields<'a> {
    table: &'a mut Table,
    prefix: usize,
    /// The key of the struct if its only field is written in its place.
    transparent: Option<Key>,
}

/// The entries of a map.
pub(super) struct Entries<'a> {
    table: &'a mut Table,
    prefix: usize,
    by_key: ByKey,
}

/// The elements of a tuple or a list that is a row.
pub(super) struct Elements<'a> {
    table: &'a mut Table,
    next: usize,
}

type Written = Result<(), RowError>;

impl<'a> Node<'a> {
    #[inline]
    pub(super) fn row(table: &'a mut Table) -> Self {
        table.path.clear();
        Self {
            table,
            prefix: 0,
            key: Key::Row,
        }
    }

    #[inline]
    fn cell(self, write: impl FnOnce(&mut Cells) -> Written) -> Written {
        self.table.cell(self.prefix, self.key, write)
    }

    #[inline]
    fn integer(self, number: impl itoa::Integer) -> Written {
        self.cell(|cells| {
            cells.plain(itoa::Buffer::new().format(number));
            Ok(())
        })
    }

    fn empty(self) -> Written {
        self.table.empty(self.prefix, self.key)
    }

    /// Returns the length of the path to the values in this one.
    #[inline]
    fn inner_prefix(&mut self) -> usize {
        match self.key {
            Key::Row => 0,
            _ if self.table.needs_path() => {
                self.table.path.push('.');
                self.table.path.len()
            }
            key => self.prefix + key.len() + 1,
        }
    }

    #[inline]
    fn fields(mut self) -> Fields<'a> {
        if self.key == Key::Row {
            self.table.name_cells();
        }
        Fields {
            prefix: self.inner_prefix(),
            table: self.table,
            transparent: None,
        }
    }

    fn elements(self) -> Result<Elements<'a>, RowError> {
        if self.key != Key::Row {
            return Err(self.table.refuse("a list in a cell"));
        }
        Ok(Elements {
            table: self.table,
            next: 0,
        })
    }
}

macro_rules! integers {
    ($($name:ident: $type:ty),*) => {$(
        #[inline]
        fn $name(self, number: $type) -> Written {
            self.integer(number)
        }
    )*};
}

impl<'a> Serializer for Node<'a> {
    type Ok = ();
    type Error = RowError;
    type SerializeSeq = Elements<'a>;
    type SerializeTuple = Elements<'a>;
    type SerializeTupleStruct = Elements<'a>;
    type SerializeTupleVariant = Elements<'a>;
    type SerializeMap = Entries<'a>;
    type SerializeStruct = Fields<'a>;
    type SerializeStructVariant = Fields<'a>;

    integers! {
        serialize_i8: i8, serialize_i16: i16, serialize_i32: i32, serialize_i64: i64, serialize_i128: i128,
        serialize_u8: u8, serialize_u16: u16, serialize_u32: u32, serialize_u64: u64, serialize_u128: u128
    }

    #[inline]
    fn serialize_bool(self, value: bool) -> Written {
        self.cell(|cells| {
            cells.plain(if value { "true" } else { "false" });
            Ok(())
        })
    }

    #[inline]
    fn serialize_f32(self, number: f32) -> Written {
        self.cell(|cells| {
            cells.float(number, number.is_finite());
            Ok(())
        })
    }

    #[inline]
    fn serialize_f64(self, number: f64) -> Written {
        self.cell(|cells| {
            cells.float(number, number.is_finite());
            Ok(())
        })
    }

    fn serialize_char(self, value: char) -> Written {
        self.cell(|cells| cells.text(value.encode_utf8(&mut [0; 4])))
    }

    #[inline]
    fn serialize_str(self, text: &str) -> Written {
        self.cell(|cells| cells.text(text))
    }

    fn collect_str<T: fmt::Display + ?Sized>(self, value: &T) -> Written {
        self.cell(|cells| cells.display(value))
    }

    fn serialize_bytes(self, _: &[u8]) -> Written {
        Err(self.table.refuse("bytes in a cell"))
    }

    fn serialize_none(self) -> Written {
        self.empty()
    }

    #[inline]
    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Written {
        value.serialize(self)
    }

    fn serialize_unit(self) -> Written {
        self.empty()
    }

    fn serialize_unit_struct(self, _: &'static str) -> Written {
        self.empty()
    }

    fn serialize_unit_variant(self, _: &'static str, _: u32, variant: &'static str) -> Written {
        self.serialize_str(variant)
    }

    #[inline]
    fn serialize_newtype_struct<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        value: &T,
    ) -> Written {
        value.serialize(self)
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        name: &'static str,
        _: u32,
        variant: &'static str,
        value: &T,
    ) -> Written {
        super::refuse_result::<RowError>(name, variant)?;
        value.serialize(self)
    }

    fn serialize_seq(self, _: Option<usize>) -> Result<Elements<'a>, RowError> {
        self.elements()
    }

    fn serialize_tuple(self, _: usize) -> Result<Elements<'a>, RowError> {
        self.elements()
    }

    fn serialize_tuple_struct(self, _: &'static str, _: usize) -> Result<Elements<'a>, RowError> {
        self.elements()
    }

    fn serialize_tuple_variant(
        self,
        _: &'static str,
        _: u32,
        _: &'static str,
        _: usize,
    ) -> Result<Elements<'a>, RowError> {
        self.elements()
    }

    fn serialize_map(mut self, _: Option<usize>) -> Result<Entries<'a>, RowError> {
        let by_key = self.table.begin_map(self.prefix, self.key);
        if self.key == Key::Row {
            self.table.name_cells();
        }
        let prefix = match by_key {
            // The path already leads into the map.
            ByKey(true) => self.table.path.len(),
            ByKey(false) => self.inner_prefix(),
        };
        Ok(Entries {
            table: self.table,
            prefix,
            by_key,
        })
    }

    #[inline]
    fn serialize_struct(self, name: &'static str, _: usize) -> Result<Fields<'a>, RowError> {
        if name.starts_with("$serde_json::private::") {
            // It is a number of arbitrary precision or raw JSON, whose only field is text.
            return Ok(Fields {
                table: self.table,
                prefix: self.prefix,
                transparent: Some(self.key),
            });
        }
        Ok(self.fields())
    }

    fn serialize_struct_variant(
        self,
        _: &'static str,
        _: u32,
        _: &'static str,
        _: usize,
    ) -> Result<Fields<'a>, RowError> {
        Ok(self.fields())
    }
}

impl Fields<'_> {
    #[inline]
    fn node(&mut self, name: &'static str) -> Node<'_> {
        if let Some(key) = self.transparent {
            return Node {
                table: self.table,
                prefix: self.prefix,
                key,
            };
        }
        if self.table.needs_path() {
            self.table.path.truncate(self.prefix);
            self.table.path.push_str(name);
        }
        Node {
            table: self.table,
            prefix: self.prefix,
            key: Key::Field(name),
        }
    }
}

macro_rules! fields {
    ($($name:ident),*) => {$(
        impl $name for Fields<'_> {
            type Ok = ();
            type Error = RowError;

            #[inline]
            fn serialize_field<T: Serialize + ?Sized>(&mut self, name: &'static str, value: &T) -> Written {
                value.serialize(self.node(name))
            }

            fn skip_field(&mut self, name: &'static str) -> Written {
                self.node(name).empty()
            }

            fn end(self) -> Written {
                Ok(())
            }
        }
    )*};
}

fields!(SerializeStruct, SerializeStructVariant);

impl SerializeMap for Entries<'_> {
    type Ok = ();
    type Error = RowError;

    fn serialize_key<T: Serialize + ?Sized>(&mut self, key: &T) -> Written {
        self.table.path.truncate(self.prefix);
        key.serialize(PathEnd(&mut self.table.path))
    }

    fn serialize_value<T: Serialize + ?Sized>(&mut self, value: &T) -> Written {
        value.serialize(Node {
            table: self.table,
            prefix: self.prefix,
            key: Key::OfMap,
        })
    }

    fn end(self) -> Written {
        self.table.end_map(&self.by_key);
        Ok(())
    }
}

impl Elements<'_> {
    #[inline]
    fn element<T: Serialize + ?Sized>(&mut self, value: &T) -> Written {
        let key = Key::Element(self.next);
        self.next += 1;
        if self.table.needs_path() {
            self.table.path.clear();
            self.table.path.push_str(&key.text());
        }
        value.serialize(Node {
            table: self.table,
            prefix: 0,
            key,
        })
    }
}

macro_rules! elements {
    ($($name:ident: $method:ident),*) => {$(
        impl $name for Elements<'_> {
            type Ok = ();
            type Error = RowError;

            #[inline]
            fn $method<T: Serialize + ?Sized>(&mut self, value: &T) -> Written {
                self.element(value)
            }

            fn end(self) -> Written {
                Ok(())
            }
        }
    )*};
}

elements!(
    SerializeSeq: serialize_element,
    SerializeTuple: serialize_element,
    SerializeTupleStruct: serialize_field,
    SerializeTupleVariant: serialize_field
);

/// Adds the key of a map to a path.
struct PathEnd<'a>(&'a mut String);

impl PathEnd<'_> {
    fn add(self, key: impl fmt::Display) -> Written {
        use fmt::Write;
        write!(self.0, "{key}").map_err(|_| RowError::new("a key cannot be formatted"))
    }

    fn refuse<T>() -> Result<T, RowError> {
        Err(RowError::new(
            "a key that is not text, a number or a boolean",
        ))
    }
}

macro_rules! keys {
    ($($name:ident: $type:ty),*) => {$(
        fn $name(self, key: $type) -> Written {
            self.add(key)
        }
    )*};
}

type No = Impossible<(), RowError>;

impl Serializer for PathEnd<'_> {
    type Ok = ();
    type Error = RowError;
    type SerializeSeq = No;
    type SerializeTuple = No;
    type SerializeTupleStruct = No;
    type SerializeTupleVariant = No;
    type SerializeMap = No;
    type SerializeStruct = No;
    type SerializeStructVariant = No;

    keys! {
        serialize_bool: bool, serialize_char: char, serialize_f32: f32, serialize_f64: f64,
        serialize_i8: i8, serialize_i16: i16, serialize_i32: i32, serialize_i64: i64, serialize_i128: i128,
        serialize_u8: u8, serialize_u16: u16, serialize_u32: u32, serialize_u64: u64, serialize_u128: u128
    }

    fn serialize_str(self, key: &str) -> Written {
        self.0.push_str(key);
        Ok(())
    }

    fn collect_str<T: fmt::Display + ?Sized>(self, key: &T) -> Written {
        self.add(key)
    }

    fn serialize_unit_variant(self, _: &'static str, _: u32, variant: &'static str) -> Written {
        self.serialize_str(variant)
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(self, _: &'static str, key: &T) -> Written {
        key.serialize(self)
    }

    fn serialize_some<T: Serialize + ?Sized>(self, key: &T) -> Written {
        key.serialize(self)
    }

    fn serialize_bytes(self, _: &[u8]) -> Written {
        Self::refuse()
    }

    fn serialize_none(self) -> Written {
        Self::refuse()
    }

    fn serialize_unit(self) -> Written {
        Self::refuse()
    }

    fn serialize_unit_struct(self, _: &'static str) -> Written {
        Self::refuse()
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        _: u32,
        _: &'static str,
        _: &T,
    ) -> Written {
        Self::refuse()
    }

    fn serialize_seq(self, _: Option<usize>) -> Result<No, RowError> {
        Self::refuse()
    }

    fn serialize_tuple(self, _: usize) -> Result<No, RowError> {
        Self::refuse()
    }

    fn serialize_tuple_struct(self, _: &'static str, _: usize) -> Result<No, RowError> {
        Self::refuse()
    }

    fn serialize_tuple_variant(
        self,
        _: &'static str,
        _: u32,
        _: &'static str,
        _: usize,
    ) -> Result<No, RowError> {
        Self::refuse()
    }

    fn serialize_map(self, _: Option<usize>) -> Result<No, RowError> {
        Self::refuse()
    }

    fn serialize_struct(self, _: &'static str, _: usize) -> Result<No, RowError> {
        Self::refuse()
    }

    fn serialize_struct_variant(
        self,
        _: &'static str,
        _: u32,
        _: &'static str,
        _: usize,
    ) -> Result<No, RowError> {
        Self::refuse()
    }
}
