//! `Encoder`: rows in one of the formats.

use std::{borrow::Cow, mem};

use axum::BoxError;
use serde::Serialize;

use super::{csv::Csv, error::RowError, format::Format, json, row::write_row, table::Table};
use crate::content::HasHeader;

/// Encodes one row after the other into a buffer that is reused.
#[derive(Debug)]
pub(super) struct Encoder {
    kind: Kind,
    /// The error of a row. Nothing can be written after it.
    failed: Option<String>,
}

#[derive(Debug)]
enum Kind {
    Table(Box<Table>, HasHeader),
    Json(Json),
}

#[derive(Debug)]
struct Json {
    out: Vec<u8>,
    rows: u64,
    is_array: bool,
}

impl Encoder {
    /// Returns an error if the settings are not valid for the format.
    pub(super) fn new(
        format: Format,
        mut settings: Csv,
        titles: Option<Vec<Cow<'static, str>>>,
        has_header: HasHeader,
    ) -> Result<Self, BoxError> {
        if format == Format::Tsv {
            settings = settings.delimiter('\t');
        }
        let kind = match format {
            Format::Csv | Format::Tsv => {
                settings.check()?;
                Kind::Table(Box::new(Table::new(&settings, titles)), has_header)
            }
            Format::JsonLines | Format::Json => Kind::Json(Json {
                out: Vec::new(),
                rows: 0,
                is_array: format == Format::Json,
            }),
        };
        Ok(Self { kind, failed: None })
    }

    /// Returns the bytes of the next row, after the header or the separator that precedes it.
    #[inline]
    pub(super) fn row<T: Serialize + ?Sized>(&mut self, row: &T) -> Result<&[u8], BoxError> {
        if let Some(error) = &self.failed {
            return Err(error.clone().into());
        }
        let written = match &mut self.kind {
            Kind::Table(table, has_header) => write_row(table, row).map(|()| {
                if table.is_first() {
                    has_header.get_or_init(|| table.has_header());
                }
            }),
            Kind::Json(json) => json.row(row),
        };
        if let Err(error) = written {
            self.failed = Some(error.to_string());
            return Err(error.into());
        }
        Ok(match &self.kind {
            Kind::Table(table, _) => &table.cells.out,
            Kind::Json(json) => &json.out,
        })
    }

    /// Returns the bytes that come after the last row.
    pub(super) fn finish(&mut self) -> Result<&[u8], BoxError> {
        if let Some(error) = mem::take(&mut self.failed) {
            return Err(error.into());
        }
        match &mut self.kind {
            Kind::Table(table, has_header) => {
                table.finish()?;
                has_header.get_or_init(|| table.has_header());
                Ok(&table.cells.out)
            }
            Kind::Json(Json {
                is_array: true,
                rows: 0,
                ..
            }) => Ok(b"[]"),
            Kind::Json(Json { is_array: true, .. }) => Ok(b"\n]"),
            Kind::Json(_) => Ok(b""),
        }
    }
}

impl Json {
    #[inline]
    fn row<T: Serialize + ?Sized>(&mut self, row: &T) -> Result<(), RowError> {
        self.out.clear();
        if self.is_array {
            let before: &[u8] = if self.rows == 0 { b"[\n" } else { b",\n" };
            self.out.extend_from_slice(before);
        }
        self.rows += 1;
        json::write(&mut self.out, row).map_err(|error| error.in_row(self.rows))?;
        if !self.is_array {
            self.out.push(b'\n');
        }
        Ok(())
    }
}
