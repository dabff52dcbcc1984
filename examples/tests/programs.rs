//! The small programs stay small, and say how to run them and how to get their file.

use std::{fs, path::PathBuf};

#[test]
fn every_program_is_short_and_says_how_to_use_it() {
    for path in programs() {
        let name = path.file_stem().unwrap().to_str().unwrap();
        let text = fs::read_to_string(&path).unwrap();
        assert!(text.lines().count() <= 70, "{name} has more than 70 lines");
        let head: String = text
            .lines()
            .take_while(|line| line.starts_with("//!"))
            .collect();
        assert!(
            head.contains(&format!("`cargo run --example {name}`")),
            "{name} does not say how to run it"
        );
        assert!(
            head.contains("`curl "),
            "{name} does not say how to get its file"
        );
        assert!(
            text.contains("\"127.0.0.1:8000\""),
            "{name} is not at the address that it says"
        );
    }
}

fn programs() -> Vec<PathBuf> {
    let directory = concat!(env!("CARGO_MANIFEST_DIR"), "/examples");
    let programs: Vec<_> = fs::read_dir(directory)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    assert!(programs.len() >= 16, "programs are missing: {programs:?}");
    programs
}
