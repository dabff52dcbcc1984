//! The documents are complete, and their links lead somewhere.

use std::{
    collections::{HashMap, HashSet},
    fs,
    path::{Path, PathBuf},
};

use downloadview_grammar::options::OptionName;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// Returns every document with its path.
fn documents() -> Vec<(PathBuf, String)> {
    let root = root();
    let mut paths: Vec<PathBuf> = [
        "README.md",
        "CHANGELOG.md",
        "CONTRIBUTING.md",
        "benches/README.md",
        "fuzz/README.md",
    ]
    .into_iter()
    .map(|name| root.join(name))
    .collect();
    let pages = fs::read_dir(root.join("docs")).unwrap();
    let pages = pages.map(|entry| entry.unwrap().path());
    paths.extend(pages.filter(|path| path.extension().is_some_and(|extension| extension == "md")));
    let read = |path: PathBuf| {
        let text = fs::read_to_string(&path).unwrap();
        (path, text)
    };
    paths.into_iter().map(read).collect()
}

/// Returns the lines outside of code blocks.
fn prose(text: &str) -> impl Iterator<Item = &str> {
    let mut is_code = false;
    text.lines().filter(move |line| {
        let is_fence = line.trim_start().starts_with("```");
        is_code ^= is_fence;
        !is_code && !is_fence
    })
}

/// Returns the anchor that GitHub gives to a heading.
fn anchor(heading: &str) -> String {
    let kept = heading.trim().to_lowercase();
    let kept = kept
        .chars()
        .filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_'));
    kept.map(|c| if c == ' ' { '-' } else { c }).collect()
}

fn headings(text: &str) -> impl Iterator<Item = &str> {
    prose(text).filter_map(|line| {
        let title = line.trim_start_matches('#');
        (title.len() < line.len()).then_some(title.trim())
    })
}

/// Returns the anchors of all headings. A title that is used again gets a number.
fn anchors(text: &str) -> HashSet<String> {
    let mut uses = HashMap::new();
    let numbered = headings(text).map(anchor).map(|anchor| {
        let earlier = uses.entry(anchor.clone()).or_insert(0);
        *earlier += 1;
        match *earlier {
            1 => anchor,
            n => format!("{anchor}-{}", n - 1),
        }
    });
    numbered.collect()
}

/// Returns the targets of the links in a document, without those to other sites.
fn links(text: &str) -> Vec<&str> {
    let targets = prose(text).flat_map(|line| line.split("](").skip(1));
    targets
        .filter_map(|rest| rest.split(')').next())
        .filter(|target| !target.contains("://"))
        .collect()
}

fn check(document: &Path, text: &str, link: &str) -> Result<(), String> {
    let (path, anchor) = link.split_once('#').unwrap_or((link, ""));
    let target = document.parent().unwrap().join(path);
    let text = match path {
        "" => text.to_owned(),
        _ if target.is_dir() => return Ok(()),
        _ => fs::read_to_string(&target).map_err(|error| error.to_string())?,
    };
    if anchor.is_empty() || anchors(&text).contains(anchor) {
        Ok(())
    } else {
        Err("there is no such heading".to_owned())
    }
}

#[test]
fn every_relative_link_leads_to_a_file_and_a_heading() {
    let mut broken = Vec::new();
    for (path, text) in documents() {
        for link in links(&text) {
            if let Err(error) = check(&path, &text, link) {
                broken.push(format!("{}: {link}: {error}", path.display()));
            }
        }
    }
    assert!(broken.is_empty(), "{}", broken.join("\n"));
}

#[test]
fn every_option_has_a_section() {
    let options = fs::read_to_string(root().join("docs/options.md")).unwrap();
    let sections: Vec<String> = headings(&options).map(str::to_owned).collect();
    for option in OptionName::ALL {
        let heading = format!("`{}`", option.as_str());
        assert!(sections.contains(&heading), "no section {heading}");
    }
}

#[test]
fn anchors_are_those_of_github() {
    assert_eq!(anchor("`stall_timeout`"), "stall_timeout");
    assert_eq!(anchor("A file on disk, or two"), "a-file-on-disk-or-two");
    assert!(anchors("# Path\n\n# Path\n").contains("path-1"));
}
