//! `Csv` contains the settings of CSV, and `Cells` writes single cells.

use std::fmt::{self, Write};

use super::error::RowError;

/// The settings of a CSV file.
///
/// They also hold for TSV, whose delimiter is always a tab.
///
/// ```
/// use downloadview::{Csv, Rows};
///
/// let rows = [("Zoë", 1.5), ("Ada", 2.25)];
/// let rows = Rows::new(rows).csv(Csv::excel().delimiter(';').decimal_comma());
/// # let _ = rows;
/// ```
#[derive(Clone, Debug)]
#[must_use]
pub struct Csv {
    delimiter: char,
    pub(super) has_bom: bool,
    pub(super) line_end: &'static str,
    pub(super) has_header: bool,
    decimal_comma: bool,
    formulas: Formulas,
}

/// The treatment of text that a spreadsheet would run as a formula.
///
/// Text counts as a formula if it begins with `=`, `+`, `-`, `@`, a tab, a carriage return, a line feed, NUL or a
/// full-width `＝`, `＋`, `－` or `＠`. A plain decimal number such as `-5.5` does not count. The rule is that of OWASP's
/// page on CSV injection (CWE-1236). Numbers and booleans are never changed. JSON needs no such rule.
///
/// ```
/// use downloadview::{Csv, Formulas, Rows};
///
/// let rows = Rows::new([("=1+1",)]).csv(Csv::new().formulas(Formulas::Keep));
/// # let _ = rows;
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Formulas {
    /// Puts a `'` before the text and quotes it. This is the default.
    #[default]
    Escape,
    /// Writes the text as it is, for a file that only programs read.
    Keep,
    /// Fails the row.
    Refuse,
}

impl Csv {
    /// Returns the settings of RFC 4180: a comma, CRLF, a header, and quotes only where needed. Formulas are escaped.
    ///
    /// ```
    /// let settings = downloadview::Csv::new();
    /// # let _ = settings;
    /// ```
    pub fn new() -> Self {
        Self {
            delimiter: ',',
            has_bom: false,
            line_end: "\r\n",
            has_header: true,
            decimal_comma: false,
            formulas: Formulas::Escape,
        }
    }

    /// Returns the settings of [`new`](Self::new) with a byte order mark. Without it, Excel does not read the file as UTF-8.
    ///
    /// In countries with a decimal comma, Excel also expects [`delimiter(';')`](Self::delimiter) and
    /// [`decimal_comma`](Self::decimal_comma).
    ///
    /// ```
    /// let settings = downloadview::Csv::excel();
    /// # let _ = settings;
    /// ```
    pub fn excel() -> Self {
        Self::new().bom()
    }

    /// Sets the character between two cells. The download fails if it is a letter, a digit, a line break, or one of
    /// `"`, `'`, `.`, `+` and `-`.
    ///
    /// ```
    /// let settings = downloadview::Csv::new().delimiter(';');
    /// # let _ = settings;
    /// ```
    pub fn delimiter(mut self, delimiter: char) -> Self {
        self.delimiter = delimiter;
        self
    }

    /// Adds a byte order mark at the start of the file, unless the file is empty.
    ///
    /// ```
    /// let settings = downloadview::Csv::new().bom();
    /// # let _ = settings;
    /// ```
    pub fn bom(mut self) -> Self {
        self.has_bom = true;
        self
    }

    /// Ends lines with a line feed only.
    ///
    /// ```
    /// let settings = downloadview::Csv::new().lf();
    /// # let _ = settings;
    /// ```
    pub fn lf(mut self) -> Self {
        self.line_end = "\n";
        self
    }

    /// Omits the header.
    ///
    /// ```
    /// let settings = downloadview::Csv::new().no_header();
    /// # let _ = settings;
    /// ```
    pub fn no_header(mut self) -> Self {
        self.has_header = false;
        self
    }

    /// Writes floating-point numbers with a comma instead of a point.
    ///
    /// ```
    /// let settings = downloadview::Csv::excel().delimiter(';').decimal_comma();
    /// # let _ = settings;
    /// ```
    pub fn decimal_comma(mut self) -> Self {
        self.decimal_comma = true;
        self
    }

    /// Sets the treatment of text that a spreadsheet would run as a formula.
    ///
    /// ```
    /// use downloadview::{Csv, Formulas};
    ///
    /// let settings = Csv::new().formulas(Formulas::Refuse);
    /// # let _ = settings;
    /// ```
    pub fn formulas(mut self, formulas: Formulas) -> Self {
        self.formulas = formulas;
        self
    }

    /// Returns an error if the delimiter is a character that is common in cells or has a meaning in CSV.
    pub(super) fn check(&self) -> Result<(), String> {
        let delimiter = self.delimiter;
        let is_bad = delimiter.is_alphanumeric() || "\"'.+-\r\n\0\u{feff}".contains(delimiter);
        if is_bad {
            return Err(format!("{delimiter:?} cannot be a delimiter of cells"));
        }
        Ok(())
    }
}

impl Default for Csv {
    fn default() -> Self {
        Self::new()
    }
}

/// Writes cells to the current row.
#[derive(Debug)]
pub(super) struct Cells {
    pub(super) out: Vec<u8>,
    delimiter: [u8; 4],
    delimiter_len: usize,
    /// True for each byte that makes a cell need quotes.
    special: [bool; 256],
    decimal_comma: bool,
    formulas: Formulas,
    /// A buffer for values that are formatted with `Display`.
    formatted: String,
}

impl Cells {
    pub(super) fn new(settings: &Csv) -> Self {
        let mut delimiter = [0; 4];
        let delimiter_len = settings.delimiter.encode_utf8(&mut delimiter).len();
        let mut special = [false; 256];
        for byte in [b'"', b'\r', b'\n', delimiter[0]] {
            special[usize::from(byte)] = true;
        }
        Self {
            out: Vec::new(),
            delimiter,
            delimiter_len,
            special,
            decimal_comma: settings.decimal_comma,
            formulas: settings.formulas,
            formatted: String::new(),
        }
    }

    #[inline]
    pub(super) fn delimit(&mut self) {
        if self.delimiter_len == 1 {
            self.out.push(self.delimiter[0]);
        } else {
            self.out
                .extend_from_slice(&self.delimiter[..self.delimiter_len]);
        }
    }

    /// Writes text, with quotes if needed and with a `'` before a formula.
    #[inline]
    pub(super) fn text(&mut self, text: &str) -> Result<(), RowError> {
        if is_formula(text) && !(self.decimal_comma && is_number(&text.replacen(',', ".", 1))) {
            return self.formula(text);
        }
        if self.needs_quotes(text.as_bytes()) {
            self.quoted("", text);
        } else {
            self.out.extend_from_slice(text.as_bytes());
        }
        Ok(())
    }

    #[cold]
    fn formula(&mut self, text: &str) -> Result<(), RowError> {
        match self.formulas {
            Formulas::Escape => self.quoted("'", text),
            Formulas::Keep if self.needs_quotes(text.as_bytes()) => self.quoted("", text),
            Formulas::Keep => self.out.extend_from_slice(text.as_bytes()),
            Formulas::Refuse => {
                return Err(RowError::new(format!(
                    "{text:?} begins like a formula of a spreadsheet"
                )));
            }
        }
        Ok(())
    }

    /// Writes a value as the text that its `Display` returns.
    pub(super) fn display(&mut self, value: &(impl fmt::Display + ?Sized)) -> Result<(), RowError> {
        let mut formatted = std::mem::take(&mut self.formatted);
        formatted.clear();
        write!(formatted, "{value}").map_err(|_| RowError::new("a value cannot be formatted"))?;
        let written = self.text(&formatted);
        self.formatted = formatted;
        written
    }

    /// Writes an integer or a boolean, which never needs quotes.
    #[inline]
    pub(super) fn plain(&mut self, text: &str) {
        self.out.extend_from_slice(text.as_bytes());
    }

    /// Writes the shortest form of a float, or an empty cell for NaN and infinities.
    #[inline]
    pub(super) fn float<F: zmij::Float>(&mut self, number: F, is_finite: bool) {
        if !is_finite {
            return;
        }
        let mut buffer = zmij::Buffer::new();
        let text = buffer.format_finite(number);
        if self.decimal_comma {
            self.float_with_comma(text);
        } else {
            self.plain(text);
        }
    }

    fn float_with_comma(&mut self, text: &str) {
        let text = text.replacen('.', ",", 1);
        if self.needs_quotes(text.as_bytes()) {
            self.quoted("", &text);
        } else {
            self.plain(&text);
        }
    }

    #[inline]
    fn needs_quotes(&self, text: &[u8]) -> bool {
        let is_special = |byte: &u8| self.special[usize::from(*byte)];
        let begins_badly = match text.first() {
            Some(b' ') => true,
            // At the start of a file, readers would remove it.
            Some(0xef) => text.starts_with("\u{feff}".as_bytes()),
            _ => false,
        };
        begins_badly || text.last() == Some(&b' ') || text.iter().any(is_special)
    }

    fn quoted(&mut self, before: &str, text: &str) {
        self.out.push(b'"');
        self.out.extend_from_slice(before.as_bytes());
        for (index, part) in text.split('"').enumerate() {
            if index > 0 {
                self.out.extend_from_slice(b"\"\"");
            }
            self.out.extend_from_slice(part.as_bytes());
        }
        self.out.push(b'"');
    }
}

/// Returns true for text that a spreadsheet may interpret as a formula.
#[inline]
fn is_formula(text: &str) -> bool {
    match text.as_bytes().first() {
        Some(b'=' | b'@' | b'\t' | b'\r' | b'\n' | 0) => true,
        Some(b'+' | b'-') => !is_number(text),
        Some(0xef) => text.starts_with(['＝', '＋', '－', '＠']),
        _ => false,
    }
}

/// Returns true for a plain decimal number, such as `-5.5`, `+3` or `1e9`.
fn is_number(text: &str) -> bool {
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
    let (digits, exponent) = match unsigned.split_once(['e', 'E']) {
        Some((digits, exponent)) => (digits, Some(exponent)),
        None => (unsigned, None),
    };
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let are_digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    let has_exponent = |text: &str| {
        let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
        !digits.is_empty() && are_digits(digits)
    };
    are_digits(whole)
        && are_digits(fraction)
        && whole.len() + fraction.len() > 0
        && exponent.is_none_or(has_exponent)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cell(settings: &Csv, text: &str) -> String {
        let mut cells = Cells::new(settings);
        cells.text(text).unwrap();
        String::from_utf8(cells.out).unwrap()
    }

    #[test]
    fn cells_are_quoted_only_where_needed() {
        for (text, written) in [
            ("", ""),
            ("plain text", "plain text"),
            ("a,b", "\"a,b\""),
            ("a\"b", "\"a\"\"b\""),
            ("\"", "\"\"\"\""),
            ("a\rb", "\"a\rb\""),
            ("a\nb", "\"a\nb\""),
            (" a", "\" a\""),
            ("a ", "\"a \""),
            (" ", "\" \""),
            ("a;b\tc'd", "a;b\tc'd"),
            ("größer", "größer"),
            ("\u{feff}=1", "\"\u{feff}=1\""),
            ("a\u{feff}", "a\u{feff}"),
            ("ｱ", "ｱ"),
        ] {
            assert_eq!(cell(&Csv::new(), text), written, "{text:?}");
        }
        for delimiter in [';', '\t', '|', '¦', ' ', '€'] {
            let settings = Csv::new().delimiter(delimiter);
            let text = format!("a{delimiter}b");
            assert_eq!(cell(&settings, &text), format!("\"{text}\""));
            assert_eq!(cell(&settings, "a,b"), "a,b");
        }
    }

    #[test]
    fn text_that_begins_like_a_formula_is_escaped() {
        for text in [
            "=1+1", "+1+1", "-1+1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "\0=1", "＝1+1", "＋1",
            "－1", "＠1", "=", "+", "-", "@", "--5", "+-5", "-5 ", "-5e", "-.", "-5.5.5", "-5e1.5",
            "-١", "+1,5", "-0x10",
        ] {
            assert_eq!(cell(&Csv::new(), text), format!("\"'{text}\""), "{text:?}");
            let kept = cell(&Csv::new().formulas(Formulas::Keep), text);
            assert_eq!(kept.trim_matches('"'), text);
            let mut refusing = Cells::new(&Csv::new().formulas(Formulas::Refuse));
            assert!(refusing.text(text).is_err(), "{text:?}");
        }
        assert_eq!(cell(&Csv::new(), "=\"a\""), "\"'=\"\"a\"\"\"");
    }

    #[test]
    fn numbers_as_text_are_not_escaped() {
        for text in [
            "-5.5", "+3", "1e9", "-1e-9", "+1E+9", "-.5", "-5.", "-0", "a=1", "1+1", "ａ", "'=1",
        ] {
            assert_eq!(cell(&Csv::new(), text), text);
        }
        let comma = Csv::new().delimiter(';').decimal_comma();
        assert_eq!(cell(&comma, "-5,5"), "-5,5");
        assert_eq!(cell(&comma, "-5,5,5"), "\"'-5,5,5\"");
    }

    #[test]
    fn floats_are_short_and_finite() {
        for (number, point, comma) in [
            (0.1, "0.1", "0,1"),
            (-5.0, "-5.0", "-5,0"),
            (1e300, "1e+300", "1e+300"),
            (f64::NAN, "", ""),
            (f64::INFINITY, "", ""),
            (f64::NEG_INFINITY, "", ""),
        ] {
            for (settings, text) in [
                (Csv::new(), point.to_owned()),
                (Csv::new().delimiter(';').decimal_comma(), comma.to_owned()),
            ] {
                let mut cells = Cells::new(&settings);
                cells.float(number, number.is_finite());
                assert_eq!(String::from_utf8(cells.out).unwrap(), text);
            }
        }
        let mut cells = Cells::new(&Csv::new().decimal_comma());
        cells.float(1.5, true);
        assert_eq!(cells.out, b"\"1,5\"");
    }

    #[test]
    fn delimiters_that_are_common_in_cells_are_refused() {
        for delimiter in ['"', '\'', '\r', '\n', '.', '-', '+', '0', 'e', 'é', '\0'] {
            assert!(Csv::new().delimiter(delimiter).check().is_err());
        }
        for delimiter in [',', ';', '\t', '|', ':', ' ', '¦', '\u{1f}'] {
            assert_eq!(Csv::new().delimiter(delimiter).check(), Ok(()));
        }
    }
}
