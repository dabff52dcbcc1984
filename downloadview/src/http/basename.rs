//! The name under which the client saves a file. Any string is made safe for every system.
//!
//! There are three rules:
//!
//! - Characters that could change the folder or mislead the reader are **dropped**: the path, control characters, invisible
//!   characters, and characters that change the direction of text.
//! - Names with a special meaning on a system are **defused**. A Windows device becomes `_CON`. The `:` of a drive, of an NTFS stream
//!   or of a classic Mac OS path becomes `_`. Dots and spaces at both ends are removed.
//! - Characters that a system only refuses (`< > " | ? *` on Windows) **stay**. Clients on that system replace them, and on other
//!   systems they are part of the name.

use std::{borrow::Cow, ops::RangeInclusive};

use crate::unicode::is_combining_mark;

/// The maximum length in bytes. File systems allow 255 bytes, and clients append text such as ` (1)` or `.crdownload`.
const MAX_LEN: usize = 200;

/// The maximum length of an extension. A longer one does not count as an extension and may be cut.
const MAX_EXTENSION_LEN: usize = 32;

/// Names of Windows devices, with any extension, besides [`PORTS`] (Microsoft, "Naming Files, Paths, and Namespaces").
const DEVICES: [&str; 6] = ["CON", "PRN", "AUX", "NUL", "CONIN$", "CONOUT$"];
const PORTS: [&str; 2] = ["COM", "LPT"];
const PORT_NUMBERS: &str = "123456789¹²³";

/// Characters that are invisible or that reorder their neighbours. [`JOINERS`] and the variation selectors are not among them,
/// because scripts and emoji need them.
const INVISIBLE: [RangeInclusive<char>; 17] = [
    '\u{ad}'..='\u{ad}',       // soft hyphen
    '\u{34f}'..='\u{34f}',     // grapheme joiner, which joins nothing
    '\u{61c}'..='\u{61c}',     // Arabic letter mark
    '\u{115f}'..='\u{1160}',   // Hangul fillers, and two more below
    '\u{17b4}'..='\u{17b5}',   // Khmer inherent vowels, deprecated
    '\u{200b}'..='\u{200b}',   // zero width space
    '\u{200e}'..='\u{200f}',   // direction marks
    '\u{2028}'..='\u{202e}',   // line and paragraph separators, embeddings and overrides
    '\u{2060}'..='\u{206f}',   // word joiner, invisible operators, isolates
    '\u{3164}'..='\u{3164}',   // Hangul filler
    '\u{feff}'..='\u{feff}',   // byte order mark
    '\u{ffa0}'..='\u{ffa0}',   // Hangul filler, halfwidth
    '\u{fff0}'..='\u{fffb}',   // interlinear annotation
    '\u{1bca0}'..='\u{1bca3}', // shorthand controls
    '\u{1d173}'..='\u{1d17a}', // musical controls
    '\u{e0000}'..='\u{e00ff}', // tags
    '\u{e01f0}'..='\u{e0fff}', // unassigned, and default-ignorable
];

/// The non-joiner and the joiner of Persian, Indic scripts and emoji, and Mongolian's vowel separator.
const JOINERS: [char; 3] = ['\u{200c}', '\u{200d}', '\u{180e}'];

/// Returns a basename that is safe on every system, or `""` if no safe character remains.
///
/// A slash or a backslash at the end does not hide the name. The result is the last component that has a safe name.
pub(crate) fn sanitize(name: &str) -> Cow<'_, str> {
    let mut components = name.rsplit(['/', '\\']).map(sanitize_component);
    components
        .find(|component| !component.is_empty())
        .unwrap_or_default()
}

fn sanitize_component(name: &str) -> Cow<'_, str> {
    if is_plain(name) {
        return Cow::Borrowed(name);
    }
    let mut safe = without_unsafe_characters(name);
    safe = defused(safe.trim_matches(is_edge));
    if safe.len() > MAX_LEN {
        // The cut can turn a name into that of a device: `CON`, many spaces, and a word.
        safe = defused(&shortened(&safe));
    }
    Cow::Owned(safe)
}

/// Returns true if a reader sees `c` as part of the character before it. Both are kept or cut together.
pub(crate) fn extends(c: char) -> bool {
    is_combining_mark(c)
        || JOINERS.contains(&c)
        || matches!(c, '\u{1160}'..='\u{11ff}' | '\u{1f3fb}'..='\u{1f3ff}') // Hangul vowels and finals, skin tones
}

/// Returns true for a name that is safe as it is, as nearly every name is. It needs no allocation.
pub(crate) fn is_plain(name: &str) -> bool {
    name.len() <= MAX_LEN
        && name.bytes().all(|b| matches!(b, b' '..=b'~') && b != b':')
        && !name.starts_with(is_edge)
        && !name.ends_with(is_edge)
        && !is_device(name)
}

fn without_unsafe_characters(name: &str) -> String {
    let mut safe = String::with_capacity(name.len());
    for c in name.chars().filter(|&c| !is_unsafe(c)) {
        if c == ':' {
            safe.push('_');
        } else if !JOINERS.contains(&c) || safe.ends_with(is_joinable) {
            safe.push(c);
        }
    }
    safe
}

fn is_unsafe(c: char) -> bool {
    c.is_control() || is_noncharacter(c) || INVISIBLE.iter().any(|range| range.contains(&c))
}

/// Returns true for characters that are not for interchange (Unicode 16.0 §23.7).
fn is_noncharacter(c: char) -> bool {
    matches!(c, '\u{fdd0}'..='\u{fdef}') || u32::from(c) & 0xfffe == 0xfffe
}

/// Returns true if a joiner has an effect after `c`. After ASCII or another joiner, it would only make two names look the same.
fn is_joinable(c: char) -> bool {
    !c.is_ascii() && !JOINERS.contains(&c)
}

/// Returns true for characters that are removed at both ends. Windows drops dots and spaces at the end, and a leading dot hides the
/// file on other systems.
fn is_edge(c: char) -> bool {
    c == '.' || c.is_whitespace() || JOINERS.contains(&c)
}

fn defused(name: &str) -> String {
    let guard = if is_device(name) { "_" } else { "" };
    [guard, name].concat()
}

fn is_device(name: &str) -> bool {
    let stem = name.split('.').next().unwrap_or_default().trim_end();
    DEVICES
        .iter()
        .any(|device| stem.eq_ignore_ascii_case(device))
        || is_port(stem)
}

fn is_port(stem: &str) -> bool {
    let Some((port, number)) = stem.split_at_checked(3) else {
        return false;
    };
    let mut number = number.chars();
    PORTS.iter().any(|known| port.eq_ignore_ascii_case(known))
        && number
            .next()
            .is_some_and(|digit| PORT_NUMBERS.contains(digit))
        && number.next().is_none()
}

/// Shortens the stem and keeps the extension. A name without an extension does not gain one.
fn shortened(name: &str) -> String {
    let (stem, extension) = name.split_at(extension_start(name));
    let stem = stem[..cut(stem, MAX_LEN - extension.len())].trim_end_matches(is_edge);
    if extension.is_empty() {
        without_extension(stem)
    } else {
        [stem, extension].concat()
    }
}

/// Replaces the dots of all extensions, so that a cut cannot turn `setup.exe is broken` into `setup.exe`.
fn without_extension(name: &str) -> String {
    let (stem, extension) = name.split_at(extension_start(name));
    if extension.is_empty() {
        name.to_owned()
    } else {
        without_extension(&[stem, &extension.replace('.', "_")].concat())
    }
}

/// Returns where `.csv` or `.tar.gz` begins, or the length of a name without an extension.
pub(crate) fn extension_start(name: &str) -> usize {
    let mut start = name.len();
    for _ in 0..2 {
        match name[..start].rfind('.') {
            Some(dot) if is_extension(&name[dot + 1..start]) => start = dot,
            _ => break,
        }
    }
    start
}

fn is_extension(segment: &str) -> bool {
    (1..=MAX_EXTENSION_LEN).contains(&segment.len()) && !segment.contains(char::is_whitespace)
}

/// Returns the last position up to `max` that does not separate a character from its extension. If there is none, returns the last
/// position between two characters.
fn cut(stem: &str, max: usize) -> usize {
    let boundaries = || (1..=max).rev().filter(|&at| stem.is_char_boundary(at));
    let is_whole = |at: &usize| {
        let (before, after) = stem.split_at(*at);
        !after.starts_with(extends) && !before.ends_with(JOINERS)
    };
    boundaries()
        .find(is_whole)
        .or_else(|| boundaries().next())
        .unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn assert_names(cases: &[(&str, &str)]) {
        for (name, safe) in cases {
            assert_eq!(sanitize(name), *safe, "from {name:?}");
        }
    }

    #[track_caller]
    fn assert_unchanged(names: &[&str]) {
        for name in names {
            assert_eq!(sanitize(name), *name);
        }
    }

    #[test]
    fn a_plain_name_is_borrowed_as_it_is() {
        assert!(matches!(
            sanitize("report 2024 (final).csv"),
            Cow::Borrowed("report 2024 (final).csv")
        ));
    }

    #[test]
    fn only_what_follows_the_last_slash_of_either_kind_is_kept() {
        assert_names(&[
            ("/etc/passwd", "passwd"),
            ("../../etc/passwd", "passwd"),
            (r"C:\Users\me\report.csv", "report.csv"),
            (r"a/b\c.txt", "c.txt"),
            (r"a\b/c.txt", "c.txt"),
        ]);
    }

    #[test]
    fn a_separator_at_the_end_does_not_hide_the_name() {
        assert_names(&[
            ("plans.pdf/", "plans.pdf"),
            (r"C:\path\plans.pdf\", "plans.pdf"),
            (r"foo.txt\", "foo.txt"),
            ("a/b//", "b"),
            (r"..\x.txt\\", "x.txt"),
            (r"/dir/x.txt/\/", "x.txt"),
            (r"C:\", "C_"),
            ("été.txt/", "été.txt"),
            ("nul.txt/", "_nul.txt"),
        ]);
    }

    #[test]
    fn a_component_of_which_nothing_is_left_is_skipped() {
        assert_names(&[
            ("plans.pdf/.", "plans.pdf"),
            ("plans.pdf/ /", "plans.pdf"),
            ("plans.pdf/\r\n", "plans.pdf"),
            ("plans.pdf/\u{202e}/\u{feff}", "plans.pdf"),
        ]);
    }

    #[test]
    fn a_name_of_which_nothing_is_left_is_empty() {
        for name in [
            "",
            ".",
            "..",
            "...",
            " ",
            "/",
            r"\",
            "//",
            "/..",
            "../../",
            "\0\r\n",
            "\u{202e}",
            " .\u{200d}. \u{3000}",
        ] {
            assert_eq!(sanitize(name), "", "from {name:?}");
        }
    }

    #[test]
    fn control_characters_are_dropped() {
        assert_names(&[
            ("a\r\nSet-Cookie: b=c.txt", "aSet-Cookie_ b=c.txt"),
            ("a\0b\x1b[31m\x7f\u{85}\u{9b}.txt", "ab[31m.txt"),
        ]);
    }

    #[test]
    fn characters_that_turn_the_text_are_dropped() {
        assert_names(&[
            ("invoice\u{202e}fdp.exe", "invoicefdp.exe"),
            ("a\u{2066}b\u{2069}c\u{200f}\u{61c}.txt", "abc.txt"),
        ]);
    }

    #[test]
    fn invisible_characters_are_dropped() {
        assert_names(&[(
            "\u{feff}a\u{200b}b\u{2060}c\u{ad}\u{2028}\u{3164}\u{e0041}\u{ffff}.txt",
            "abc.txt",
        )]);
    }

    #[test]
    fn joiners_stay_where_scripts_and_emoji_need_them() {
        assert_unchanged(&[
            "👩‍💻❤️‍🔥.png",
            "می‌خواهم.txt",
            "ක්‍ෂ.txt",
            "葛\u{e0100}城.txt",
            "1️⃣.txt",
        ]);
    }

    #[test]
    fn joiners_beside_ascii_or_each_other_are_dropped() {
        assert_names(&[
            ("pay\u{200d}pal\u{200c}.txt", "paypal.txt"),
            ("é\u{200d}\u{200d}\u{200c}é", "é\u{200d}é"),
        ]);
    }

    #[test]
    fn dots_and_spaces_at_the_ends_are_dropped() {
        assert_names(&[
            (".htaccess", "htaccess"),
            ("  . a.txt. .", "a.txt"),
            ("\u{3000}日本.txt\u{a0}", "日本.txt"),
            ("a..b  c.txt", "a..b  c.txt"),
        ]);
    }

    #[test]
    fn a_reserved_device_name_is_made_harmless() {
        assert_names(&[
            ("CON", "_CON"),
            ("nul.txt", "_nul.txt"),
            ("Aux.tar.gz", "_Aux.tar.gz"),
            ("PRN  .txt", "_PRN  .txt"),
            (" .COM1.", "_COM1"),
            ("lpt9.csv", "_lpt9.csv"),
            ("COM¹.txt", "_COM¹.txt"),
            ("conin$", "_conin$"),
            ("CONOUT$.x", "_CONOUT$.x"),
            ("C\u{200b}ON.txt", "_CON.txt"),
        ]);
    }

    #[test]
    fn a_name_that_only_resembles_a_device_stays() {
        assert_unchanged(&[
            "console.log",
            "COM10.txt",
            "COM0",
            "COM.txt",
            "a.CON",
            "auxiliary",
            "CON_.txt",
            "nul l.txt",
            "CO",
            "é",
        ]);
    }

    #[test]
    fn a_colon_becomes_an_underscore() {
        assert_names(&[
            ("C:evil.exe", "C_evil.exe"),
            ("a.txt:stream", "a.txt_stream"),
            ("12:30.csv", "12_30.csv"),
        ]);
    }

    #[test]
    fn characters_that_only_windows_refuses_stay() {
        assert_unchanged(&["what? <a|b> \"c\" *.txt", "100%25.txt", "a;b=c,d'e.txt"]);
    }

    #[test]
    fn a_long_name_loses_its_stem_and_keeps_its_extension() {
        let long = "a".repeat(300);
        assert_eq!(sanitize(&long), "a".repeat(200));
        assert_eq!(
            sanitize(&format!("{long}.csv")),
            format!("{}.csv", "a".repeat(196))
        );
        assert_eq!(
            sanitize(&format!("{long}.tar.gz")),
            format!("{}.tar.gz", "a".repeat(193))
        );
        assert_eq!(
            sanitize(&format!("é{long}.文档")),
            format!("é{}.文档", "a".repeat(191))
        );
    }

    #[test]
    fn a_long_name_with_many_dots_keeps_its_last_extensions() {
        for (end, kept) in [(".tar.gz", ".tar.gz"), (".tar", ".gz.tar"), (".t", ".gz.t")] {
            let name = format!("a{}{end}", ".tar.gz".repeat(40));
            let safe = sanitize(&name);
            assert!(safe.len() <= MAX_LEN && safe.ends_with(kept), "{safe}");
        }
    }

    #[test]
    fn a_cut_makes_no_extension() {
        let stem = "a".repeat(196);
        for rest in [
            format!(".exe.{}", "b".repeat(40)),
            format!(".exe{}", "b".repeat(40)),
            ".exe and more words".to_owned(),
        ] {
            assert_eq!(sanitize(&format!("{stem}{rest}")), format!("{stem}_exe"));
        }
        let name = format!("a{}. And then nothing", ".tar.gz".repeat(40));
        let safe = sanitize(&name);
        assert_eq!(safe.len(), MAX_LEN);
        assert!(
            safe.ends_with(".tar.gz.tar_gz_tar_gz_tar_gz_tar_gz_tar_gz_ta"),
            "{safe}"
        );
    }

    #[test]
    fn a_cut_keeps_the_start_of_a_sentence() {
        let name = format!("Dr. No{}", " and so on".repeat(40));
        assert_eq!(sanitize(&name), name[..MAX_LEN].trim_end());
        let name = format!("{} St. Petersburg, and more", "a".repeat(190));
        assert_eq!(sanitize(&name), format!("{} St. Peter", "a".repeat(190)));
    }

    #[test]
    fn an_absurdly_long_extension_is_cut() {
        let name = format!("a.{}", "b".repeat(300));
        assert_eq!(sanitize(&name), format!("a.{}", "b".repeat(198)));
        assert_eq!(
            sanitize(&format!("{}. And then.txt", "a".repeat(300))),
            format!("{}.txt", "a".repeat(196))
        );
    }

    #[test]
    fn a_cut_leaves_no_half_of_a_character() {
        let (e, family, han) = ("e\u{301}", "👩‍👩‍👧‍👦", "\u{1100}\u{1161}\u{11a8}");
        for whole in ["é", "字", "😀", e, family, "👍🏽", han] {
            for offset in 0..whole.len() {
                let name = format!("{}{}.txt", "x".repeat(offset), whole.repeat(100));
                let stem = sanitize(&name)
                    .trim_start_matches('x')
                    .trim_end_matches(".txt")
                    .to_owned();
                assert_eq!(stem.replace(whole, ""), "", "of {name}");
            }
        }
    }

    #[test]
    fn marks_without_end_are_cut_too() {
        assert_eq!(
            sanitize(&format!("a{}.txt", "\u{301}".repeat(300))),
            format!("a{}.txt", "\u{301}".repeat(97))
        );
    }

    #[test]
    fn a_cut_makes_no_device() {
        let spaces = " ".repeat(300);
        assert_eq!(sanitize(&format!("CON{spaces}x.txt")), "_CON.txt");
        assert_eq!(
            sanitize(&format!("NUL.{}", "a".repeat(196))),
            format!("_NUL.{}", "a".repeat(195))
        );
    }
}
