//! Finds the known word that a misspelt word probably means.

/// Returns the word that is closest to `written`, if there is at most one typing error per three letters.
pub fn closest<'a>(written: &str, words: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let written = written.to_lowercase();
    words
        .into_iter()
        .map(|word| (distance(&written, &word.to_lowercase()), word))
        .min_by_key(|(distance, _)| *distance)
        .filter(|(distance, word)| *distance <= word.chars().count().max(3) / 3)
        .map(|(_, word)| word)
}

/// Counts the letters to insert, remove, change or swap with a neighbour (optimal string alignment).
fn distance(a: &str, b: &str) -> usize {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    let mut rows = vec![(0..=b.len()).collect::<Vec<_>>()];
    for i in 1..=a.len() {
        let mut row = vec![i];
        for j in 1..=b.len() {
            let changed = rows[i - 1][j - 1] + usize::from(a[i - 1] != b[j - 1]);
            let mut best = changed.min(rows[i - 1][j] + 1).min(row[j - 1] + 1);
            if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                best = best.min(rows[i - 2][j - 2] + 1);
            }
            row.push(best);
        }
        rows.push(row);
    }
    rows[a.len()][b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    const WORDS: [&str; 4] = ["basename", "attachment", "etag", "size"];

    #[test]
    fn typing_errors_are_corrected() {
        for (written, meant) in [
            ("basenme", "basename"),
            ("atachment", "attachment"),
            ("attachmnet", "attachment"),
            ("eTag", "etag"),
            ("siez", "size"),
        ] {
            assert_eq!(closest(written, WORDS), Some(meant), "{written}");
        }
    }

    #[test]
    fn other_words_have_no_suggestion() {
        for written in ["filename", "x", "compression", "tags"] {
            assert_eq!(closest(written, WORDS), None, "{written}");
        }
    }
}
