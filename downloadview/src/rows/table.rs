//! `Table`: rows of cells under columns, as CSV and TSV have them.

use std::{borrow::Cow, mem};

use serde::Serialize;

use super::{
    csv::{Cells, Csv},
    error::RowError,
    row::{Key, Node},
};

/// Writes rows one after the other.
///
/// The first row declares the columns. In later rows, the cells of structs and tuples come in the same order, so they are
/// written at once; those of maps are matched by key.
#[derive(Debug)]
pub(super) struct Table {
    pub(super) cells: Cells,
    line_end: &'static str,
    has_bom: bool,
    wants_header: bool,
    /// The titles that the user gave.
    titles: Option<Vec<Cow<'static, str>>>,
    columns: Vec<Column>,
    /// Set if the first row has names for its cells.
    is_named: bool,
    /// The number of rows so far.
    rows: u64,
    mode: Mode,
    /// The column of the next cell.
    index: usize,
    /// The keys on the way to the current value, with dots in between, unless the mode is [`Mode::InOrder`].
    pub(super) path: String,
    matched: Matched,
}

/// A column that the first row has declared.
#[derive(Debug)]
struct Column {
    /// The keys on the way to its cells, with dots in between.
    path: String,
    /// The name of the field of a struct, which most rows share by address.
    field: &'static str,
    /// True for an element of a tuple.
    is_element: bool,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Mode {
    /// The first row, which declares the columns.
    Declaring,
    /// Each cell is that of the next column.
    InOrder,
    /// Cells come in any order, and are sorted at the end of the map.
    ByKey,
}

/// The cells of a map, which are sorted at its end.
#[derive(Debug, Default)]
struct Matched {
    /// The first of the columns that the map may have.
    first: usize,
    /// The place in the row where its cells begin.
    start: usize,
    /// The places of the cells, one for each column.
    cells: Vec<Option<(usize, usize)>>,
    /// The column of the cell that is being written.
    open: usize,
    sorted: Vec<u8>,
}

/// Says that a map is matched by key until its end.
#[derive(Debug, PartialEq)]
pub(super) struct ByKey(pub(super) bool);

impl Table {
    pub(super) fn new(settings: &Csv, titles: Option<Vec<Cow<'static, str>>>) -> Self {
        Self {
            cells: Cells::new(settings),
            line_end: settings.line_end,
            has_bom: settings.has_bom,
            wants_header: settings.has_header,
            titles,
            columns: Vec::new(),
            is_named: false,
            rows: 0,
            mode: Mode::Declaring,
            index: 0,
            path: String::new(),
            matched: Matched::default(),
        }
    }

    /// Returns true after the first row.
    pub(super) fn is_first(&self) -> bool {
        self.rows == 1
    }

    /// Returns true if the file begins with titles, once the first row or the end was written.
    pub(super) fn has_header(&self) -> bool {
        self.wants_header && (self.titles.is_some() || self.is_named)
    }

    /// Writes a row to [`Cells::out`], after the header if it is the first.
    #[inline]
    pub(super) fn row<T: Serialize + ?Sized>(&mut self, row: &T) -> Result<(), RowError> {
        self.cells.out.clear();
        self.rows += 1;
        self.index = 0;
        if self.rows == 1 {
            self.first_row(row)
        } else {
            self.write(row)
        }
        .map_err(|error| error.in_row(self.rows))
    }

    #[inline]
    fn write<T: Serialize + ?Sized>(&mut self, row: &T) -> Result<(), RowError> {
        row.serialize(Node::row(self))?;
        if self.index != self.columns.len() {
            return Err(self.wrong_count(self.index));
        }
        self.end_line();
        Ok(())
    }

    fn first_row<T: Serialize + ?Sized>(&mut self, row: &T) -> Result<(), RowError> {
        row.serialize(Node::row(self))?;
        self.mode = Mode::InOrder;
        self.index = self.columns.len();
        if self.columns.is_empty() {
            return Err(RowError::new("it has no cells"));
        }
        self.end_line();
        if let Some(titles) = &self.titles {
            if titles.len() != self.columns.len() {
                let (titles, cells) = (titles.len(), self.columns.len());
                return Err(RowError::new(format!("{titles} titles for {cells} cells")));
            }
        }
        let row = mem::take(&mut self.cells.out);
        self.header()?;
        self.cells.out.extend_from_slice(&row);
        Ok(())
    }

    /// Writes what an empty table has: the titles that were given.
    pub(super) fn finish(&mut self) -> Result<(), RowError> {
        self.cells.out.clear();
        if self.rows == 0 && self.has_header() {
            self.header()?;
        }
        Ok(())
    }

    fn header(&mut self) -> Result<(), RowError> {
        if self.has_bom {
            self.cells.out.extend_from_slice("\u{feff}".as_bytes());
        }
        if !self.has_header() {
            return Ok(());
        }
        let titles: Vec<Cow<'_, str>> = match &self.titles {
            Some(titles) => titles.clone(),
            None => self
                .columns
                .iter()
                .map(|one| one.path.clone().into())
                .collect(),
        };
        let start = self.cells.out.len();
        for (index, title) in titles.iter().enumerate() {
            if index > 0 {
                self.cells.delimit();
            }
            self.cells.text(title)?;
        }
        self.end_line_of(start);
        Ok(())
    }

    #[inline]
    fn end_line(&mut self) {
        self.end_line_of(0);
    }

    /// Ends the line that begins at `start`. A line that were empty would be skipped by readers.
    #[inline]
    fn end_line_of(&mut self, start: usize) {
        if self.cells.out.len() == start {
            self.cells.out.extend_from_slice(b"\"\"");
        }
        self.cells.out.extend_from_slice(self.line_end.as_bytes());
    }
}

/// The cells of a row. A [`Node`] calls these.
impl Table {
    /// Notes that the cells of the first row have names.
    pub(super) fn name_cells(&mut self) {
        self.is_named |= self.mode == Mode::Declaring;
    }

    /// Returns true if [`path`](Self::path) has to lead to each value.
    #[inline]
    pub(super) fn needs_path(&self) -> bool {
        self.mode != Mode::InOrder
    }

    /// Writes a cell.
    #[inline]
    pub(super) fn cell(
        &mut self,
        prefix: usize,
        key: Key,
        write: impl FnOnce(&mut Cells) -> Result<(), RowError>,
    ) -> Result<(), RowError> {
        if self.mode != Mode::InOrder {
            return self.placed_cell(key, write);
        }
        match self.columns.get(self.index) {
            Some(column) if column.is(prefix, key) => {}
            Some(_) => return Err(RowError::new(format!("unknown key `{}`", key.text()))),
            None => return Err(self.wrong_count(self.index + 1)),
        }
        self.next_column();
        write(&mut self.cells).map_err(|error| error.in_column(&self.columns[self.index - 1].path))
    }

    #[cold]
    fn placed_cell(
        &mut self,
        key: Key,
        write: impl FnOnce(&mut Cells) -> Result<(), RowError>,
    ) -> Result<(), RowError> {
        if self.mode == Mode::Declaring {
            self.declare(key)?;
            self.next_column();
            return write(&mut self.cells).map_err(|error| error.in_column(&self.path));
        }
        let column = self.find()?;
        let start = self.cells.out.len();
        write(&mut self.cells).map_err(|error| error.in_column(&self.path))?;
        let place = &mut self.matched.cells[column - self.matched.first];
        if place.replace((start, self.cells.out.len())).is_some() {
            return Err(RowError::new(format!(
                "the key `{}` comes twice",
                self.path
            )));
        }
        Ok(())
    }

    /// Writes empty cells: one, or as many as a nested struct has.
    pub(super) fn empty(&mut self, prefix: usize, key: Key) -> Result<(), RowError> {
        let is_nested = match self.mode {
            Mode::Declaring => false,
            Mode::ByKey => self.has_group_in_path(),
            Mode::InOrder => {
                let column = self.columns.get(self.index);
                !column.is_some_and(|column| column.is(prefix, key)) && self.group(prefix, key) > 0
            }
        };
        if !is_nested {
            return self.cell(prefix, key, |_| Ok(()));
        }
        if self.mode == Mode::InOrder {
            for _ in 0..self.group(prefix, key) {
                self.next_column();
            }
        }
        Ok(())
    }

    #[inline]
    fn next_column(&mut self) {
        if self.index > 0 {
            self.cells.delimit();
        }
        self.index += 1;
    }

    fn declare(&mut self, key: Key) -> Result<(), RowError> {
        if self.columns.iter().any(|column| column.path == self.path) {
            return Err(RowError::new(format!(
                "the key `{}` comes twice",
                self.path
            )));
        }
        self.columns.push(Column {
            path: self.path.clone(),
            field: if let Key::Field(name) = key { name } else { "" },
            is_element: matches!(key, Key::Element(_)),
        });
        Ok(())
    }

    /// Returns the number of the next columns that belong to a nested value.
    fn group(&self, prefix: usize, key: Key) -> usize {
        let key = key.text();
        let columns = self.columns.get(self.index..).unwrap_or_default();
        let is_within = |column: &&Column| {
            let path = column.path.get(prefix..);
            let rest = path.and_then(|path| path.strip_prefix(&*key));
            rest.is_some_and(|rest| rest.starts_with('.'))
        };
        columns.iter().take_while(is_within).count()
    }

    fn has_group_in_path(&self) -> bool {
        self.columns.iter().any(|column| {
            let rest = column.path.strip_prefix(&self.path);
            rest.is_some_and(|rest| rest.starts_with('.'))
        })
    }

    /// Returns the column of the current path. Maps mostly have their keys in the same order.
    fn find(&mut self) -> Result<usize, RowError> {
        let Matched {
            first, cells, open, ..
        } = &mut self.matched;
        let is_it = |index: &usize| self.columns[*index].path == self.path;
        let last = *first + cells.len();
        let found = (*open..last).find(is_it);
        let found = found.or_else(|| (*first..*open).find(is_it));
        let Some(found) = found else {
            return Err(RowError::new(format!("unknown key `{}`", self.path)));
        };
        *open = found + 1;
        Ok(found)
    }

    /// Begins a map. From the second row on, its keys may come in any order.
    pub(super) fn begin_map(&mut self, prefix: usize, key: Key) -> ByKey {
        let is_row = key == Key::Row;
        let len = match self.mode {
            Mode::Declaring if is_row && self.titles.is_some() => self.declare_titles(),
            Mode::Declaring | Mode::ByKey => return ByKey(false),
            Mode::InOrder if is_row => self.columns.len(),
            Mode::InOrder => self.group(prefix, key),
        };
        if !is_row {
            let parent = self.columns.get(self.index);
            let parent = parent.and_then(|column| column.path.get(..prefix));
            let path = format!("{}{}.", parent.unwrap_or_default(), key.text());
            self.path = path;
        }
        self.mode = Mode::ByKey;
        self.matched.first = self.index;
        self.matched.open = self.index;
        self.matched.start = self.cells.out.len();
        self.matched.cells.clear();
        self.matched.cells.resize(len, None);
        ByKey(true)
    }

    /// Sorts the cells of a map that is matched by key.
    pub(super) fn end_map(&mut self, by_key: &ByKey) {
        if *by_key == ByKey(false) {
            return;
        }
        self.mode = Mode::InOrder;
        let mut sorted = mem::take(&mut self.matched.sorted);
        let row = mem::take(&mut self.cells.out);
        sorted.clear();
        sorted.extend_from_slice(&row[..self.matched.start]);
        self.cells.out = sorted;
        for index in 0..self.matched.cells.len() {
            self.next_column();
            if let Some((start, end)) = self.matched.cells[index] {
                self.cells.out.extend_from_slice(&row[start..end]);
            }
        }
        self.matched.sorted = row;
    }

    /// Makes the titles the keys of maps, and returns their number.
    fn declare_titles(&mut self) -> usize {
        let titles = self.titles.iter().flatten();
        self.columns = titles
            .map(|title| Column {
                path: title.to_string(),
                field: "",
                is_element: false,
            })
            .collect();
        self.columns.len()
    }

    /// Returns an error about the value that comes next, at the end of the current path.
    #[cold]
    pub(super) fn refuse(&self, text: &'static str) -> RowError {
        let next = self.columns.get(self.index).map(|column| &column.path);
        let path = if self.needs_path() {
            Some(&self.path)
        } else {
            next
        };
        RowError::new(text).in_column(path.map_or("", String::as_str))
    }

    #[cold]
    fn wrong_count(&self, cells: usize) -> RowError {
        let expected = self.columns.len();
        let more = if cells > expected { " or more" } else { "" };
        RowError::new(format!("{cells}{more} cells instead of {expected}"))
    }
}

impl Column {
    /// Returns true if a value under this key is its cell.
    #[inline]
    fn is(&self, prefix: usize, key: Key) -> bool {
        match key {
            Key::Field(name) => {
                std::ptr::eq(name, self.field) || self.path.get(prefix..) == Some(name)
            }
            Key::Element(_) => self.is_element,
            Key::Row => self.path.is_empty(),
            Key::OfMap => false,
        }
    }
}
