//! `Table`: rows of cells under columns, for CSV and TSV.

use std::{borrow::Cow, mem};

use super::{
    csv::{Cells, Csv},
    error::RowError,
    key::Key,
};

/// Writes rows one after the other.
///
/// The first row declares the columns. In later rows, the cells of structs and tuples have the same order, so they are written
/// immediately. The cells of maps are matched by key.
#[derive(Debug)]
pub(super) struct Table {
    pub(super) cells: Cells,
    line_end: &'static str,
    /// The byte order mark, or nothing.
    bom: &'static str,
    wants_header: bool,
    /// The titles that the user has set.
    titles: Option<Vec<Cow<'static, str>>>,
    /// True if the titles name the columns of values that the first row does not have, such as `address.city`.
    has_nested_titles: bool,
    columns: Vec<Column>,
    /// True if the first row has names for its cells.
    is_named: bool,
    /// The number of rows so far.
    rows: u64,
    mode: Mode,
    /// The column of the next cell.
    index: usize,
    /// The keys that lead to the current value, joined by dots. It is not updated in [`Mode::InOrder`].
    pub(super) path: String,
    matched: Matched,
}

/// A column that the first row has declared.
#[derive(Debug)]
struct Column {
    /// The keys that lead to its cells, joined by dots.
    path: String,
    /// The name of the field of a struct. Most rows have it at the same address, so it is compared by address first.
    field: &'static str,
    /// True for an element of a tuple.
    is_element: bool,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Mode {
    /// The first row, which declares the columns.
    Declaring,
    /// Each cell belongs to the next column.
    InOrder,
    /// Cells have any order, and are sorted at the end of the map.
    ByKey,
}

/// The cells of a map, which are sorted at its end.
#[derive(Debug)]
struct Matched {
    /// The mode after the end of the map.
    mode_after: Mode,
    /// The first column of the map.
    first: usize,
    /// The position in the row where the cells of the map begin.
    start: usize,
    /// The positions of the cells, one for each column.
    cells: Vec<Option<(usize, usize)>>,
    /// The column after that of the previous key, where the search for the next key begins.
    open: usize,
    sorted: Vec<u8>,
}

impl Default for Matched {
    fn default() -> Self {
        Self {
            mode_after: Mode::InOrder,
            first: 0,
            start: 0,
            cells: Vec::new(),
            open: 0,
            sorted: Vec::new(),
        }
    }
}

/// True if a map is matched by key, so that its cells are sorted at its end.
#[derive(Debug, PartialEq)]
pub(super) struct ByKey(pub(super) bool);

impl Table {
    pub(super) fn new(settings: &Csv, titles: Option<Vec<Cow<'static, str>>>) -> Self {
        Self {
            cells: Cells::new(settings),
            line_end: settings.line_end,
            bom: if settings.has_bom { "\u{feff}" } else { "" },
            wants_header: settings.has_header,
            titles,
            has_nested_titles: false,
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

    /// Returns true if the file begins with titles. It is valid once the first row or the end was written.
    pub(super) fn has_header(&self) -> bool {
        self.wants_header && (self.titles.is_some() || self.is_named)
    }

    /// Writes a row to [`Cells::out`], after the header if it is the first. `serialize` passes the cells of the row to the table.
    #[inline]
    pub(super) fn row(
        &mut self,
        serialize: impl Fn(&mut Self) -> Result<(), RowError>,
    ) -> Result<(), RowError> {
        self.cells.out.clear();
        self.rows += 1;
        self.index = 0;
        if self.rows == 1 {
            self.first_row(serialize)
        } else {
            self.write(serialize)
        }
        .map_err(|error| error.in_row(self.rows))
    }

    #[inline]
    fn write(
        &mut self,
        serialize: impl Fn(&mut Self) -> Result<(), RowError>,
    ) -> Result<(), RowError> {
        serialize(self)?;
        if self.index != self.columns.len() {
            return Err(self.wrong_count(self.index));
        }
        self.end_line();
        Ok(())
    }

    fn first_row(
        &mut self,
        serialize: impl Fn(&mut Self) -> Result<(), RowError>,
    ) -> Result<(), RowError> {
        self.declare_row(&serialize)?;
        let titles = self.titles.as_ref().map(Vec::len);
        if titles.is_some_and(|titles| titles > self.columns.len()) {
            self.has_nested_titles = true;
            self.declare_row(&serialize)?;
        }
        if self.columns.is_empty() {
            return Err(RowError::new("it has no cells"));
        }
        if let Some(titles) = titles.filter(|titles| *titles != self.columns.len()) {
            let cells = cells(self.columns.len());
            return Err(RowError::new(format!("{titles} titles for {cells}")));
        }
        self.end_line();
        let row = mem::take(&mut self.cells.out);
        self.header()?;
        self.cells.out.extend_from_slice(&row);
        Ok(())
    }

    /// Writes the cells of the first row, whose keys become the columns.
    fn declare_row(
        &mut self,
        serialize: impl Fn(&mut Self) -> Result<(), RowError>,
    ) -> Result<(), RowError> {
        self.mode = Mode::Declaring;
        self.index = 0;
        self.columns.clear();
        self.cells.out.clear();
        serialize(self)?;
        self.mode = Mode::InOrder;
        Ok(())
    }

    /// Writes the header of a table without rows.
    pub(super) fn finish(&mut self) -> Result<(), RowError> {
        self.cells.out.clear();
        if self.rows == 0 && self.has_header() {
            self.header()?;
        }
        Ok(())
    }

    fn header(&mut self) -> Result<(), RowError> {
        self.cells.out.extend_from_slice(self.bom.as_bytes());
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

    /// Ends the line that begins at `start`. Readers skip an empty line, so a single empty cell is quoted.
    #[inline]
    fn end_line_of(&mut self, start: usize) {
        if self.cells.out.len() == start {
            self.cells.out.extend_from_slice(b"\"\"");
        }
        self.cells.out.extend_from_slice(self.line_end.as_bytes());
    }
}

/// These methods write the cells of a row for its serializer.
impl Table {
    /// Notes that the cells of the first row have names.
    pub(super) fn name_cells(&mut self) {
        self.is_named |= self.mode == Mode::Declaring;
    }

    /// Returns true if [`path`](Self::path) must be updated for each value.
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
            Some(column) => return Err(self.misplaced(column, prefix, key)),
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

    /// Writes empty cells: one, or as many as the nested value or the row has in other rows.
    pub(super) fn empty(&mut self, prefix: usize, key: Key) -> Result<(), RowError> {
        let nested = match self.mode {
            Mode::Declaring if self.has_nested_titles => self.declare_nested_titles(),
            Mode::ByKey if self.has_group_in_path() => return Ok(()),
            Mode::Declaring | Mode::ByKey => 0,
            Mode::InOrder if key == Key::Row => self.columns.len(),
            Mode::InOrder if self.is_next(prefix, key) => 0,
            Mode::InOrder => self.group(prefix, key),
        };
        if nested == 0 {
            return self.cell(prefix, key, |_| Ok(()));
        }
        for _ in 0..nested {
            self.next_column();
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

    /// Declares the next columns if their titles lead into the value at the current path, and returns their number.
    fn declare_nested_titles(&mut self) -> usize {
        let declared = self.columns.len();
        let titles = self.titles.iter().flatten().skip(declared);
        let nested = titles.take_while(|title| is_within(title, &self.path));
        self.columns.extend(nested.map(|title| Column::of(title)));
        self.columns.len() - declared
    }

    /// Returns true if the next column is the only one of the value under this key.
    fn is_next(&self, prefix: usize, key: Key) -> bool {
        let next = self.columns.get(self.index);
        next.is_some_and(|column| column.is(prefix, key))
    }

    /// Returns the number of the next columns that belong to a nested value.
    fn group(&self, prefix: usize, key: Key) -> usize {
        let key = key.text();
        let columns = self.columns.get(self.index..).unwrap_or_default();
        let is_in_group = |column: &&Column| {
            let path = column.path.get(prefix..);
            path.is_some_and(|path| is_within(path, &key))
        };
        columns.iter().take_while(is_in_group).count()
    }

    fn has_group_in_path(&self) -> bool {
        let mut columns = self.columns.iter();
        columns.any(|column| is_within(&column.path, &self.path))
    }

    /// Returns the column of the current path. The search begins after the previous key, since most maps keep their order.
    fn find(&mut self) -> Result<usize, RowError> {
        let Matched {
            first, cells, open, ..
        } = &mut self.matched;
        let is_it = |index: &usize| self.columns[*index].path == self.path;
        let last = *first + cells.len();
        let found = (*open..last).find(is_it);
        let found = found.or_else(|| (*first..*open).find(is_it));
        let Some(found) = found else {
            return Err(match self.columns.get(*first) {
                Some(column) if is_within(&self.path, &column.path) => column.too_narrow(),
                _ => RowError::new(format!("unknown key `{}`", self.path)),
            });
        };
        *open = found + 1;
        Ok(found)
    }

    /// Begins a map. Its keys may come in any order if its columns are known.
    pub(super) fn begin_map(&mut self, prefix: usize, key: Key) -> ByKey {
        let is_row = key == Key::Row;
        let len = match self.mode {
            Mode::Declaring if is_row && self.titles.is_some() => self.declare_titles(),
            Mode::Declaring => self.declare_nested_titles(),
            Mode::ByKey => return ByKey(false),
            Mode::InOrder if is_row => self.columns.len(),
            Mode::InOrder if self.is_next(prefix, key) => 1,
            Mode::InOrder => self.group(prefix, key),
        };
        if self.mode == Mode::Declaring && len == 0 {
            return ByKey(false);
        }
        if !is_row {
            self.lead_into(prefix, key);
        }
        self.matched.mode_after = self.mode;
        self.mode = Mode::ByKey;
        self.matched.first = self.index;
        self.matched.open = self.index;
        self.matched.start = self.cells.out.len();
        self.matched.cells.clear();
        self.matched.cells.resize(len, None);
        ByKey(true)
    }

    /// Makes the path lead to the keys of the map under this key.
    fn lead_into(&mut self, prefix: usize, key: Key) {
        if !self.needs_path() {
            let next = self.columns.get(self.index);
            let parent = next.and_then(|column| column.path.get(..prefix));
            self.path.clear();
            self.path.push_str(parent.unwrap_or_default());
            self.path.push_str(&key.text());
        }
        self.path.push('.');
    }

    /// Sorts the cells of a map that is matched by key.
    pub(super) fn end_map(&mut self, by_key: &ByKey) {
        if *by_key == ByKey(false) {
            return;
        }
        self.mode = self.matched.mode_after;
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

    /// Declares a column for each title, and returns their number.
    fn declare_titles(&mut self) -> usize {
        let titles = self.titles.iter().flatten();
        self.columns = titles.map(|title| Column::of(title)).collect();
        self.columns.len()
    }

    /// Returns an error in the column of the next value.
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

    /// Returns the error of a cell that is not the one of the next column.
    #[cold]
    fn misplaced(&self, next: &Column, prefix: usize, key: Key) -> RowError {
        if key == Key::Row {
            let expected = cells(self.columns.len());
            return RowError::new(format!("a single value instead of {expected}"));
        }
        if next.path.len() + 1 == prefix {
            return next.too_narrow();
        }
        RowError::new(format!("unknown key `{}`", key.text()))
    }

    #[cold]
    fn wrong_count(&self, count: usize) -> RowError {
        let expected = self.columns.len();
        if count > expected {
            return RowError::new(format!("more than {}", cells(expected)));
        }
        RowError::new(format!("{} instead of {expected}", cells(count)))
    }
}

impl Column {
    /// Returns the column that a title declares.
    fn of(title: &str) -> Self {
        Self {
            path: title.to_owned(),
            field: "",
            is_element: false,
        }
    }

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

    /// Returns the error of a struct or a map that was empty in the first row.
    #[cold]
    fn too_narrow(&self) -> RowError {
        RowError::new("nested values, but the first row has a single cell; name the columns with `Rows::columns`")
            .in_column(&self.path)
    }
}

/// Returns true if a path leads into the value at `parent`.
fn is_within(path: &str, parent: &str) -> bool {
    let rest = path.strip_prefix(parent);
    rest.is_some_and(|rest| rest.starts_with('.'))
}

/// Returns a number of cells in words.
fn cells(count: usize) -> String {
    let ending = if count == 1 { "" } else { "s" };
    format!("{count} cell{ending}")
}
