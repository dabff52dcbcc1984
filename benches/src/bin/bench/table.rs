//! A Markdown table with a row for each peer and a column for each figure.

use std::{collections::HashMap, fmt};

use crate::peers::Peer;

/// A table of measurements in the form of `docs/performance.md`.
#[derive(Debug)]
pub(crate) struct Table {
    /// The name of each peer and of the peer with which it is compared.
    peers: Vec<(String, &'static str)>,
    columns: Vec<Column>,
}

#[derive(Debug)]
struct Column {
    heading: String,
    cells: HashMap<String, Cell>,
}

/// The measurement of a peer.
#[derive(Clone, Debug)]
pub(crate) enum Cell {
    /// A figure that is the same in each run.
    Count(f64),
    /// A figure for each round, shown as a ratio to the other peer.
    Ratio(Vec<f64>),
    /// A figure for each round, shown as an absolute value.
    Plain(Vec<f64>),
}

impl Table {
    pub(crate) fn new(peers: &[Peer]) -> Self {
        let peers = peers.iter().map(|peer| (peer.name.clone(), peer.base));
        Self {
            peers: peers.collect(),
            columns: Vec::new(),
        }
    }

    pub(crate) fn begin_column(&mut self, heading: &str) {
        self.columns.push(Column {
            heading: heading.to_owned(),
            cells: HashMap::new(),
        });
    }

    pub(crate) fn put(&mut self, peer: &Peer, cell: Cell) {
        let column = self.columns.last_mut().expect("a column was begun");
        column.cells.insert(peer.name.clone(), cell);
    }
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let headings = self.columns.iter().map(|column| column.heading.as_str());
        write_row(f, "peer", headings)?;
        writeln!(f, "|---|{}", "--:|".repeat(self.columns.len()))?;
        for (peer, base) in &self.peers {
            if self
                .columns
                .iter()
                .any(|column| column.cells.contains_key(peer))
            {
                write_row(
                    f,
                    peer,
                    self.columns.iter().map(|column| column.show(peer, base)),
                )?;
            }
        }
        Ok(())
    }
}

fn write_row(
    f: &mut fmt::Formatter<'_>,
    first: &str,
    others: impl Iterator<Item = impl fmt::Display>,
) -> fmt::Result {
    write!(f, "| {first} |")?;
    for other in others {
        write!(f, " {other} |")?;
    }
    writeln!(f)
}

impl Column {
    fn show(&self, peer: &str, base: &str) -> String {
        let Some(cell) = self.cells.get(peer) else {
            return String::new();
        };
        match (cell, self.cells.get(base)) {
            (Cell::Count(count), Some(Cell::Count(of))) if peer != base => {
                format!("{} ({:.2})", grouped(*count), count / of)
            }
            (Cell::Count(count), _) => grouped(*count),
            (Cell::Ratio(figures), Some(Cell::Ratio(of))) if peer != base => {
                let ratios: Vec<f64> = figures
                    .iter()
                    .zip(of)
                    .map(|(figure, of)| figure / of)
                    .collect();
                format!("{:.2} ({:.0} %)", median(&ratios), spread(&ratios))
            }
            (Cell::Ratio(figures), _) => format!(
                "{} ({:.0} %)",
                significant(median(figures)),
                spread(figures)
            ),
            (Cell::Plain(figures), _) => significant(median(figures)),
        }
    }
}

fn median(figures: &[f64]) -> f64 {
    let mut sorted = figures.to_vec();
    sorted.sort_by(f64::total_cmp);
    let middle = sorted.len() / 2;
    if sorted.len().is_multiple_of(2) {
        f64::midpoint(sorted[middle - 1], sorted[middle])
    } else {
        sorted[middle]
    }
}

/// Returns the distance between the lowest and the highest figure in percent of the median.
fn spread(figures: &[f64]) -> f64 {
    let max = figures.iter().copied().fold(f64::MIN, f64::max);
    let min = figures.iter().copied().fold(f64::MAX, f64::min);
    (max - min) / median(figures) * 100.0
}

/// Formats a figure with three significant digits.
fn significant(figure: f64) -> String {
    match figure {
        100.0.. => format!("{figure:.0}"),
        10.0.. => format!("{figure:.1}"),
        1.0.. => format!("{figure:.2}"),
        _ => format!("{figure:.3}"),
    }
}

/// Formats a figure with separators, like `12,345`. Figures below a hundred have one decimal place.
fn grouped(figure: f64) -> String {
    if figure < 100.0 {
        return format!("{figure:.1}");
    }
    let digits = format!("{figure:.0}");
    let mut text = String::new();
    for (index, digit) in digits.char_indices() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}
