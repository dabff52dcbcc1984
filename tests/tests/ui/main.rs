//! The mistakes that users make, one in each file `ui/<topic>/<mistake>.rs`.
//!
//! The compiler's messages about them are compared with `.stderr` files, which trybuild writes. The corrected code is in
//! `.fixed.rs` and has to compile. The gallery `docs/mistakes.md` shows all three.
//!
//! After a change, `TRYBUILD=overwrite cargo test -p tests --test ui` writes the messages and the gallery again. Read the
//! difference.

mod gallery;

/// The corrected code, which `build.rs` lists.
#[allow(warnings, clippy::all, clippy::pedantic)]
mod fixes {
    include!(concat!(env!("OUT_DIR"), "/fixes.rs"));
}

use std::{env, fs, path::Path, process::Command};

use gallery::{Case, TOPICS, Topic};

/// The compiler whose messages are in the `.stderr` files.
const TOOLCHAIN: &str = "1.95.0";

#[test]
fn mistakes_are_explained() {
    let cases = cases();
    if compiler().contains(TOOLCHAIN) {
        let trybuild = trybuild::TestCases::new();
        for case in &cases {
            trybuild.compile_fail(&case.path);
        }
    } else {
        eprintln!("this is not Rust {TOOLCHAIN}, so the messages are not compared");
    }
    let overwrite = env::var("TRYBUILD").is_ok_and(|value| value == "overwrite");
    refresh(
        Path::new("../docs/mistakes.md"),
        &gallery::page(),
        overwrite,
    );
}

fn cases() -> Vec<Case> {
    let cases: Vec<Case> = TOPICS.iter().flat_map(Topic::cases).collect();
    assert!(cases.len() >= 190, "{} cases are left", cases.len());
    cases
}

fn compiler() -> String {
    let rustc = Command::new("rustc").arg("--version").output();
    String::from_utf8(rustc.expect("rustc runs").stdout).expect("the version is text")
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
