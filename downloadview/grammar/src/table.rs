//! The extensions of files that are tables.

/// Extensions whose format the feature `rows` writes.
pub const EXTENSIONS: [&str; 5] = ["csv", "json", "jsonl", "ndjson", "tsv"];

/// Returns true if a file with this extension is a table. The case does not matter.
#[must_use]
pub fn is_extension(text: &str) -> bool {
    EXTENSIONS.iter().any(|one| one.eq_ignore_ascii_case(text))
}

/// Declares a trait for each extension, by which the compiler says that rows cannot be written so.
///
/// A message is a literal, so each extension that people try has a trait.
#[macro_export]
macro_rules! other_extensions {
    ($declare:ident) => {
        $declare! {
            AsGz "gz" "rows cannot be written as `.gz`",
            AsHtml "html" "rows cannot be written as `.html`",
            AsMd "md" "rows cannot be written as `.md`",
            AsOds "ods" "rows cannot be written as `.ods`",
            AsParquet "parquet" "rows cannot be written as `.parquet`",
            AsPdf "pdf" "rows cannot be written as `.pdf`",
            AsTxt "txt" "rows cannot be written as `.txt`",
            AsXls "xls" "rows cannot be written as `.xls`",
            AsXlsx "xlsx" "rows cannot be written as `.xlsx`",
            AsXml "xml" "rows cannot be written as `.xml`",
            AsYaml "yaml" "rows cannot be written as `.yaml`",
            AsZip "zip" "rows cannot be written as `.zip`"
        }
    };
}

macro_rules! declare_names {
    ($($name:ident $extension:literal $message:literal),*) => {
        const NAMES: &[(&str, &str)] = &[$((stringify!($name), $extension)),*];
    };
}

other_extensions!(declare_names);

/// Returns the name of the trait for an extension.
#[must_use]
pub fn name_of_other(extension: &str) -> &'static str {
    let found = NAMES.iter().find(|(_, one)| *one == extension);
    found.map_or("AsOther", |(name, _)| name)
}
