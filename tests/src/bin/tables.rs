//! Writes tables of odd values into a directory, for readers in other languages: `tables DIRECTORY`.
//!
//! `values.json`, written by `serde_json` alone, says what must be read.

use std::{fs, path::PathBuf};

use axum::body::to_bytes;
use downloadview::{Csv, Download, DownloadRequest, Formulas, Rows};
use serde::Serialize;

#[derive(Clone, Serialize)]
struct Odd {
    text: &'static str,
    #[serde(rename = "a \"title\", quoted")]
    number: f64,
    maybe: Option<i64>,
    last: &'static str,
}

const TEXTS: [&str; 26] = [
    "",
    " ",
    "plain",
    "a,b;c\td|e",
    "\"",
    "\"\"",
    "say \"hi\"",
    "two\nlines",
    "two\r\nlines",
    "\r",
    "\n",
    " spaces ",
    "'",
    "'=1",
    "=1+1",
    "+1+1",
    "-5.5",
    "-5.5.5",
    "@SUM(A1)",
    "\t=1",
    "＝1+1",
    "東京 القاهرة 🦀",
    "e\u{301}\u{200d}\u{feff}",
    "\\",
    "\u{2028}\u{85}\u{b}\u{c}",
    "null",
];

const NUMBERS: [f64; 7] = [
    0.0,
    -0.5,
    1e300,
    -1e-300,
    0.1,
    9_007_199_254_740_993.0,
    f64::MIN_POSITIVE,
];

fn rows() -> impl Iterator<Item = Odd> + Send + 'static {
    let numbers = NUMBERS.into_iter().cycle();
    TEXTS.into_iter().zip(numbers).map(|(text, number)| Odd {
        text,
        number,
        maybe: (text.len() % 2 == 0).then_some(i64::MIN),
        last: text,
    })
}

#[tokio::main]
async fn main() -> Result<(), axum::BoxError> {
    let directory = PathBuf::from(std::env::args_os().nth(1).expect("a directory"));
    let values = serde_json::to_vec(&rows().collect::<Vec<_>>())?;
    fs::write(directory.join("values.json"), values)?;
    let kept = || Csv::new().formulas(Formulas::Keep);
    let excel = Csv::excel().delimiter(';').decimal_comma();
    for (name, settings) in [
        ("kept.csv", kept()),
        ("kept.tsv", kept()),
        ("kept-lf.csv", kept().lf()),
        ("escaped.csv", Csv::new()),
        ("excel.csv", excel),
        ("rows.jsonl", Csv::new()),
        ("rows.json", Csv::new()),
    ] {
        let download = Download::new(Rows::new(rows()).csv(settings)).basename(name);
        let response = download.respond(&DownloadRequest::default()).await;
        let body = to_bytes(response.into_body(), usize::MAX).await?;
        fs::write(directory.join(name), body)?;
    }
    Ok(())
}
