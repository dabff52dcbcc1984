//! A table in Markdown: a row for each peer, a column for each figure.

use std::{collections::HashMap, fmt};

use crate::peers::Peer;

/// What was measured, as `docs/performance.md` shows it.
#[derive(Debug)]
pub(crate) struct Table {
    /// Each peer, and what it is compared with.
    peers: Vec<(String, &'static str)>,
    columns: Vec<Column>,
}

#[derive(Debug)]
struct Column {
    heading: String,
    cells: HashMap<String, Cell>,
}

/// What a peer needs.
#[derive(Clone, Debug)]
pub(crate) enum Cell {
    /// The same in each run.
    Count(f64),
    /// One for each round: shown as a ratio to what is compared with.
    Ratio(Vec<f64>),
    /// One for each round: shown as it is.
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
            (Cell::Ratio(own), Some(Cell::Ratio(of))) if peer != base => {
                let ratios: Vec<f64> = own.iter().zip(of).map(|(own, of)| own / of).collect();
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

/// How far the rounds lie apart, in percent of their median.
fn spread(figures: &[f64]) -> f64 {
    let most = figures.iter().copied().fold(f64::MIN, f64::max);
    let least = figures.iter().copied().fold(f64::MAX, f64::min);
    (most - least) / median(figures) * 100.0
}

/// Three digits that mean something.
fn significant(figure: f64) -> String {
    match figure {
        100.0.. => format!("{figure:.0}"),
        10.0.. => format!("{figure:.1}"),
        1.0.. => format!("{figure:.2}"),
        _ => format!("{figure:.3}"),
    }
}

/// `12,345`, and one place after the point below a hundred.
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
