//! Generates the page `docs/mistakes.md` from the cases.

use std::{
    collections::HashMap,
    fmt::Write,
    fs,
    path::{Path, PathBuf},
};

/// A folder of cases, and their heading.
pub(crate) struct Topic {
    folder: &'static str,
    title: &'static str,
}

pub(crate) const TOPICS: [Topic; 9] = [
    Topic {
        folder: "options",
        title: "Options",
    },
    Topic {
        folder: "basename",
        title: "File names",
    },
    Topic {
        folder: "literals",
        title: "Literal values",
    },
    Topic {
        folder: "expressions",
        title: "Expressions",
    },
    Topic {
        folder: "signature",
        title: "Functions and arguments",
    },
    Topic {
        folder: "returns",
        title: "Return types",
    },
    Topic {
        folder: "rows",
        title: "Rows of a table",
    },
    Topic {
        folder: "derive",
        title: "Structs",
    },
    Topic {
        folder: "builders",
        title: "Downloads without the attribute",
    },
];

const HEAD: &str = "\
# Mistakes and the compiler's messages

This page lists mistakes in views. Each section has the reason, the wrong code, the message of the compiler, and the right code. The page is
generated from the tests in `tests/ui`, which compile both.
";

/// One mistake.
pub(crate) struct Case {
    pub(crate) path: PathBuf,
}

impl Topic {
    /// Returns its cases, sorted by name.
    pub(crate) fn cases(&self) -> Vec<Case> {
        let folder = PathBuf::from("ui").join(self.folder);
        let entries = fs::read_dir(&folder).expect("the folder can be read");
        let mut paths: Vec<PathBuf> = entries
            .map(|entry| entry.expect("the entry can be read").path())
            .collect();
        paths.retain(|path| is_case(path));
        paths.sort();
        paths.into_iter().map(|path| Case { path }).collect()
    }
}

/// Returns true for `mistake.rs`, but not for `mistake.fixed.rs`.
fn is_case(path: &Path) -> bool {
    let stem = path.file_stem().map(Path::new);
    path.extension().is_some_and(|extension| extension == "rs")
        && stem.is_some_and(|stem| stem.extension().is_none())
}

/// Returns the whole page.
pub(crate) fn page() -> String {
    let mut page = format!("{HEAD}\n{}", contents());
    for topic in &TOPICS {
        let cases: String = topic.cases().iter().map(Case::section).collect();
        write!(page, "\n## {}\n{cases}", topic.title).expect("a string takes all text");
    }
    page
}

/// Returns a link to each heading.
fn contents() -> String {
    let mut anchors = Anchors::default();
    let mut lines = Vec::new();
    for topic in &TOPICS {
        lines.push(format!("- {}\n", anchors.link(topic.title)));
        let cases = topic.cases().into_iter();
        lines.extend(cases.map(|case| format!("  - {}\n", anchors.link(&case.title()))));
    }
    lines.concat()
}

/// The anchors of headings, as GitHub makes them. Repeated ones are numbered.
#[derive(Default)]
struct Anchors(HashMap<String, usize>);

impl Anchors {
    fn link(&mut self, title: &str) -> String {
        let anchor = title.to_lowercase().replace(' ', "-");
        let before = self.0.entry(anchor.clone()).or_default();
        let number = match *before {
            0 => String::new(),
            number => format!("-{number}"),
        };
        *before += 1;
        format!("[{title}](#{anchor}{number})")
    }
}

impl Case {
    fn section(&self) -> String {
        let (wrong, right) = (self.read("rs"), self.read("fixed.rs"));
        let (comment, wrong) = wrong.split_once('\n').expect("several lines");
        let why = comment
            .strip_prefix("// ")
            .unwrap_or_else(|| panic!("{} does not begin with a comment", self.path.display()));
        let (title, message, wrong, right) =
            (self.title(), self.message(), shown(wrong), shown(&right));
        format!(
            "\n### {title}\n\n{why}\n\n```rust,compile_fail\n{wrong}\n```\n\n```text\n{message}\n```\n\nRight:\n\n```rust\n{right}\n```\n"
        )
    }

    fn title(&self) -> String {
        let name = self
            .path
            .file_stem()
            .expect("a name")
            .to_string_lossy()
            .replace('_', " ");
        let (first, rest) = name.split_at(1);
        first.to_uppercase() + rest
    }

    fn read(&self, extension: &str) -> String {
        let path = self.path.with_extension(extension);
        let text =
            fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        assert!(text.lines().count() <= 15, "{} is too long", path.display());
        text
    }

    /// Returns the compiler's message, with the line numbers of the code that is shown.
    fn message(&self) -> String {
        let path = self.path.with_extension("stderr");
        let text = fs::read_to_string(path).unwrap_or_default();
        let text = text
            .replace(&*self.path.to_string_lossy(), "src/main.rs")
            .replace("$DIR/", "");
        let lines: Vec<String> = text
            .lines()
            .map(|line| one_line_up(line).unwrap_or_else(|| line.to_owned()))
            .collect();
        lines.join("\n").trim().to_owned()
    }
}

/// Returns the code without `main`, which only the test needs.
fn shown(code: &str) -> &str {
    code.split("\nfn main()").next().unwrap_or_default().trim()
}

/// Subtracts one from the line numbers of `7 | code`, `src/main.rs:7:1` and `src/main.rs:7:1: 7:5`, because the comment is not shown.
fn one_line_up(line: &str) -> Option<String> {
    if let Some((before, place)) = line.split_once("src/main.rs:") {
        let place = place
            .split(": ")
            .map(|at| place_up(at).unwrap_or_else(|| at.to_owned()));
        let place = place.collect::<Vec<_>>().join(": ");
        return Some(format!("{before}src/main.rs:{place}"));
    }
    let (number, code) = line.split_once(" |")?;
    let width = number.len();
    let number = number.trim().parse::<usize>().ok()? - 1;
    Some(format!("{number:<width$} |{code}"))
}

fn place_up(place: &str) -> Option<String> {
    let (number, column) = place.split_once(':')?;
    let number = number.parse::<usize>().ok()? - 1;
    Some(format!("{number}:{column}"))
}
