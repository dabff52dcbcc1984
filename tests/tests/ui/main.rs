//! The mistakes that users make (`ui/<topic>/<mistake>.rs`): each is refused in words that were read and found good
//! (`.stderr`, written by trybuild), and stands in the gallery `docs/mistakes.md` beside the right code (`.fixed.rs`).
//!
//! After a change, `TRYBUILD=overwrite cargo test -p tests --test ui` writes texts and gallery anew; read what it changed.

mod gallery;

use std::{env, fs, path::Path, process::Command};

use gallery::{Case, TOPICS, Topic};

/// The compiler whose words the `.stderr` files hold.
const TOOLCHAIN: &str = "1.95.0";

#[test]
fn mistakes_are_explained() {
    let cases: Vec<Case> = TOPICS.iter().flat_map(Topic::cases).collect();
    assert!(cases.len() >= 60, "{} cases are left", cases.len());
    if compiler().contains(TOOLCHAIN) {
        compare(&cases);
    } else {
        eprintln!(
            "this is not Rust {TOOLCHAIN}: the words are not compared; that each case fails to compile is tested by"
        );
        eprintln!("`cargo test -p downloadview --doc`, where every block of the gallery is a test");
    }
    let overwrite = env::var("TRYBUILD").is_ok_and(|value| value == "overwrite");
    refresh(
        Path::new("../docs/mistakes.md"),
        &gallery::page(),
        overwrite,
    );
}

fn compiler() -> String {
    let rustc = Command::new("rustc").arg("--version").output();
    String::from_utf8(rustc.expect("rustc").stdout).expect("text")
}

fn compare(cases: &[Case]) {
    let trybuild = trybuild::TestCases::new();
    for case in cases {
        trybuild.compile_fail(&case.path);
    }
}

fn refresh(path: &Path, text: &str, overwrite: bool) {
    if overwrite {
        fs::write(path, text).expect("the gallery can be written");
    }
    let is_fresh = fs::read_to_string(path).is_ok_and(|found| found == text);
    assert!(
        is_fresh,
        "docs/mistakes.md is stale: TRYBUILD=overwrite cargo test -p tests --test ui"
    );
}
