//! The paths of the entries: safe in every extractor, and different from one another on every file system.

use std::{
    borrow::Cow,
    collections::{HashMap, hash_map::Entry},
};

use xxhash_rust::xxh3::xxh3_128_with_seed;

use crate::{http::basename, unicode};

/// The longest path, in bytes. Many extractors take no more than 4096 (`PATH_MAX`), with the folder that they extract to.
const MAX_LEN: usize = 2048;

/// The name of an entry of whose name nothing is left.
const UNNAMED: &str = "unnamed";

/// Gives out paths, each of them once.
#[derive(Debug, Default)]
pub(super) struct Names {
    taken: HashMap<Key, Taken>,
    /// The next number to try for a name that was given out already. Files and directories count separately, so that the files of one
    /// directory stay together.
    next: HashMap<(Key, Sort), u32>,
}

/// The hash of a path as the least careful file system compares it. If two paths had the same, one of them would get a
/// number without need.
type Key = u128;

/// The key of the folder that contains everything.
const ROOT: Key = 0;

#[derive(Debug)]
enum Taken {
    File,
    /// A directory, with the name by which it was first asked for.
    Directory(Box<str>),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Sort {
    File,
    Directory,
}

impl Sort {
    /// Returns true if a path can be given out. A directory may have more than one entry.
    fn can_have(self, taken: Option<&Taken>) -> bool {
        match taken {
            None => true,
            Some(Taken::Directory(_)) => self == Self::Directory,
            Some(Taken::File) => false,
        }
    }
}

impl Names {
    /// Returns names that have room for so many paths.
    pub(super) fn with_capacity(paths: usize) -> Self {
        Self {
            taken: HashMap::with_capacity(paths),
            next: HashMap::new(),
        }
    }

    /// Returns the path of a file.
    pub(super) fn file<'a>(&mut self, path: &'a str) -> Cow<'a, str> {
        // Most names without a folder are safe and not taken.
        let has_folder = path.bytes().any(|byte| byte == b'/' || byte == b'\\');
        if !path.is_empty() && !has_folder && basename::is_plain(path) {
            if let Entry::Vacant(free) = self.taken.entry(key(ROOT, path)) {
                free.insert(Taken::File);
                return Cow::Borrowed(path);
            }
        }
        Cow::Owned(self.file_in_folder(path))
    }

    fn file_in_folder(&mut self, path: &str) -> String {
        let mut components = components(path);
        let name = components.pop().unwrap_or(Cow::Borrowed(UNNAMED));
        let (path, folder) = self.folder(&components);
        let (name, key) = self.free(folder, &name, Sort::File);
        self.taken.insert(key, Taken::File);
        path + &name
    }

    /// Returns the path of a directory, which ends in a slash. Returns `None` for the root, and for a directory that was
    /// given out already.
    pub(super) fn directory(&mut self, path: &str) -> Option<String> {
        let known = self.taken.len();
        let (folder, _) = self.folder(&components(path));
        (self.taken.len() > known).then_some(folder)
    }

    /// Returns the path of a directory, empty or with a slash at its end, and its key. Files may already be in it.
    fn folder(&mut self, components: &[Cow<'_, str>]) -> (String, Key) {
        let (mut path, mut folder) = (String::new(), ROOT);
        for component in components {
            let (name, key) = self.free(folder, component, Sort::Directory);
            let known = self.taken.entry(key);
            match known.or_insert_with(|| Taken::Directory(name.as_ref().into())) {
                Taken::Directory(known) => path.push_str(known),
                Taken::File => path.push_str(&name),
            }
            path.push('/');
            folder = key;
        }
        (path, folder)
    }

    /// Returns a name within a folder, or the first one with a number that is free, and the key of its path.
    fn free<'a>(&mut self, folder: Key, name: &'a str, sort: Sort) -> (Cow<'a, str>, Key) {
        let asked = key(folder, name);
        if sort.can_have(self.taken.get(&asked)) {
            return (Cow::Borrowed(name), asked);
        }
        let next = self.next.entry((asked, sort)).or_insert(2);
        loop {
            let numbered = with_number(name, *next);
            let key = key(folder, &numbered);
            if sort.can_have(self.taken.get(&key)) {
                return (Cow::Owned(numbered), key);
            }
            *next += 1;
        }
    }
}

/// Returns the components of a path that are left when each is safe, at most as many of the last ones as fit.
fn components(path: &str) -> Vec<Cow<'_, str>> {
    let path = without_drive(path);
    let mut components: Vec<_> = path
        .split(['/', '\\'])
        .filter(|component| !is_drive(component))
        .map(basename::sanitize)
        .filter(|component| !component.is_empty())
        .collect();
    let mut len = 0;
    let fitting = components.iter().rev().take_while(|component| {
        len += component.len() + 1;
        len <= MAX_LEN
    });
    let surplus = components.len() - fitting.count();
    components.drain(..surplus);
    components
}

/// Removes the drive of `C:\a` and of `C:a`.
fn without_drive(path: &str) -> &str {
    let rest = path.trim_start_matches(['/', '\\']);
    match rest.split_at_checked(2) {
        Some((drive, rest)) if is_drive(drive) => rest,
        _ => path,
    }
}

fn is_drive(text: &str) -> bool {
    matches!(text.as_bytes(), [letter, b':'] if letter.is_ascii_alphabetic())
}

/// Puts a number before the extension of a name.
fn with_number(name: &str, number: u32) -> String {
    let at = match basename::extension_start(name) {
        // A name that is nothing but an extension keeps it at its start.
        0 => name.len(),
        at => at,
    };
    format!("{} ({number}){}", &name[..at], &name[at..])
}

/// Returns the key of a name within a folder, without regard to case, to the ways of writing an accented letter, and to the
/// characters that extractors on Windows replace.
///
/// It depends on the key of the folder, not on its path, so that long paths with many folders take no quadratic time.
#[allow(
    clippy::cast_possible_truncation,
    reason = "half of the hash of the folder is enough"
)]
fn key(folder: Key, name: &str) -> Key {
    let seed = folder as u64;
    let mut room = [0; 64];
    match room.get_mut(..name.len()) {
        Some(text) if name.is_ascii() => {
            for (folded, byte) in text.iter_mut().zip(name.bytes()) {
                *folded = FOLDED[usize::from(byte)];
            }
            xxh3_128_with_seed(text, seed)
        }
        _ => xxh3_128_with_seed(folded_by_character(name).as_bytes(), seed),
    }
}

/// The bytes of ASCII as they are compared.
const FOLDED: [u8; 256] = {
    let mut folded = [0; 256];
    let mut byte = 0;
    while byte < 128_u8 {
        folded[byte as usize] = match byte {
            b'<' | b'>' | b'"' | b'|' | b'?' | b'*' => b'_',
            byte => byte.to_ascii_lowercase(),
        };
        byte += 1;
    }
    folded
};

fn folded_by_character(name: &str) -> String {
    let folded: String = unicode::decomposed(name)
        .flat_map(char::to_lowercase)
        .flat_map(char::to_uppercase)
        .flat_map(char::to_lowercase)
        .map(|c| if "<>\"|?*".contains(c) { '_' } else { c })
        .collect();
    unicode::decomposed(&folded).collect()
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use proptest::prelude::*;

    use super::*;

    #[track_caller]
    fn assert_files(cases: &[(&str, &str)]) {
        let mut names = Names::default();
        for (path, safe) in cases {
            assert_eq!(names.file(path), *safe, "from {path:?}");
        }
    }

    #[test]
    fn safe_paths_stay() {
        assert_files(&[
            ("a.txt", "a.txt"),
            ("Fotos/2024/März.jpg", "Fotos/2024/März.jpg"),
            ("a b/c (2).tar.gz", "a b/c (2).tar.gz"),
        ]);
    }

    #[test]
    fn paths_that_lead_outside_stay_inside() {
        assert_files(&[
            ("../../etc/passwd", "etc/passwd"),
            ("/etc/shadow", "etc/shadow"),
            (r"C:\Windows\system.ini", "Windows/system.ini"),
            (r"C:evil.exe", "evil.exe"),
            (r"\\server\share\x", "server/share/x"),
            (r"\\?\C:\y", "?/y"),
            ("a/./b//c/../d", "a/b/c/d"),
            ("a/ .. /e", "a/e"),
            ("..\u{202e}/f", "f"),
            ("a/C:/g", "a/g"),
        ]);
    }

    #[test]
    fn components_follow_the_rules_for_basenames() {
        assert_files(&[
            ("con/nul.txt", "_con/_nul.txt"),
            ("ab:c/c.txt:stream", "ab_c/c.txt_stream"),
            (".hidden/.x", "hidden/x"),
            ("a\0\n/b\u{7f}", "a/b"),
        ]);
    }

    #[test]
    fn name_of_which_nothing_is_left_gets_another() {
        assert_files(&[
            ("", "unnamed"),
            ("/..", "unnamed (2)"),
            ("a/..", "a"),
            ("\0", "unnamed (3)"),
        ]);
    }

    #[test]
    fn clash_gets_a_number_before_the_extension() {
        assert_files(&[
            ("a.txt", "a.txt"),
            ("a.txt", "a (2).txt"),
            ("A.TXT", "A (3).TXT"),
            ("a (2).txt", "a (2) (2).txt"),
            ("a.tar.gz", "a.tar.gz"),
            ("a.tar.gz", "a (2).tar.gz"),
            ("README", "README"),
            ("readme", "readme (2)"),
            ("straße", "straße"),
            ("STRASSE", "STRASSE (2)"),
            ("b?", "b?"),
            ("b*", "b* (2)"),
        ]);
    }

    #[cfg(feature = "unicode-normalization")]
    #[test]
    fn accents_are_compared_however_they_are_written() {
        assert_files(&[("é.txt", "é.txt"), ("E\u{301}.txt", "E\u{301} (2).txt")]);
        assert_files(&[("Å", "Å"), ("\u{212b}", "\u{212b} (2)")]);
    }

    #[test]
    fn file_and_directory_of_the_same_path_are_told_apart() {
        assert_files(&[
            ("a", "a"),
            ("a/b", "a (2)/b"),
            ("A/c", "a (2)/c"),
            ("a", "a (3)"),
            ("d/e", "d/e"),
            ("d", "d (2)"),
            ("D/f", "d/f"),
        ]);
    }

    #[test]
    fn files_of_a_directory_stay_together() {
        assert_files(&[
            ("a", "a"),
            ("a/b", "a (2)/b"),
            ("a", "a (3)"),
            ("a", "a (4)"),
            ("A/c", "a (2)/c"),
        ]);
    }

    #[test]
    fn directories_are_given_out_once() {
        let mut names = Names::default();
        assert_eq!(names.directory("a/b").as_deref(), Some("a/b/"));
        assert_eq!(names.directory("A/B/"), None);
        assert_eq!(names.directory("../"), None);
        assert_eq!(names.file("a/b"), "a/b (2)");
        assert_eq!(names.file("a/b/c"), "a/b/c");
    }

    #[test]
    fn path_that_is_too_long_loses_its_first_folders() {
        let path = names_of_file(&format!("{}last.txt", "folder/".repeat(10_000)));
        assert!(path.len() <= MAX_LEN && path.ends_with("/folder/last.txt"));
        let path = names_of_file(&format!("{}/{}.txt", "é".repeat(5000), "x".repeat(5000)));
        assert!(path.len() <= 401 && path.ends_with("x.txt"), "{path}");
    }

    #[test]
    fn many_clashes_take_no_time() {
        let mut names = Names::default();
        for i in 1..=70_000 {
            let name = names.file("a.txt");
            assert!(i == 1 || name == format!("a ({i}).txt"));
        }
    }

    /// With a key of the whole path for each folder, this would take minutes and gigabytes.
    #[test]
    fn many_folders_take_no_time() {
        let mut names = Names::default();
        for i in 0..100 {
            let path = names
                .file(&format!("{}{i}/x", "é/".repeat(5000)))
                .into_owned();
            assert!(path.len() <= MAX_LEN && path.ends_with(&format!("é/{i}/x")));
        }
        assert!(names.taken.len() < 5000);
    }

    fn names_of_file(path: &str) -> String {
        Names::default().file(path).into_owned()
    }

    #[test]
    fn short_key_of_ascii_is_that_of_any_path() {
        for path in [
            "",
            "A/b (2).TXT",
            "a<b>c:d|e?f*g\"h",
            &"X".repeat(64),
            &"X".repeat(65),
        ] {
            let folded = folded_by_character(path);
            assert_eq!(key(7, path), xxh3_128_with_seed(folded.as_bytes(), 7));
        }
    }

    fn any_path() -> impl Strategy<Value = String> {
        let part = prop_oneof![
            Just("..".to_owned()),
            Just("/".to_owned()),
            Just("\\".to_owned()),
            Just("C:".to_owned()),
            Just("a".to_owned()),
            Just("A".to_owned()),
            Just("a (2)".to_owned()),
            Just("é".to_owned()),
            Just("nul.txt".to_owned()),
            Just("\0".to_owned()),
            Just("\u{202e}".to_owned()),
            Just(" .".to_owned()),
            any::<String>(),
        ];
        proptest::collection::vec(part, 0..8).prop_map(|parts| parts.concat())
    }

    proptest! {
        #[test]
        fn no_path_escapes_and_none_is_given_out_twice(
            paths in proptest::collection::vec((any_path(), any::<bool>()), 0..30),
        ) {
            let mut names = Names::default();
            let (mut files, mut folders) = (HashSet::new(), HashSet::new());
            for (path, is_directory) in paths {
                let given = if is_directory {
                    names.directory(&path)
                } else {
                    Some(names.file(&path).into_owned())
                };
                let Some(given) = given else { continue };
                let inner = given.strip_suffix('/').unwrap_or(&given);
                prop_assert!(!inner.is_empty() && given.len() <= MAX_LEN + 300);
                for component in inner.split('/') {
                    prop_assert!(!component.is_empty() && component != "." && component != "..");
                    prop_assert!(!component.contains(['\\', '\0', ':']) && component.len() < 255);
                }
                for (at, _) in inner.match_indices('/') {
                    folders.insert(key(ROOT, &inner[..at]));
                }
                let is_new = if is_directory {
                    folders.insert(key(ROOT, inner))
                } else {
                    files.insert(key(ROOT, inner))
                };
                prop_assert!(is_new || is_directory, "{given:?} was given out twice");
                prop_assert!(files.is_disjoint(&folders), "{given:?} is both");
            }
        }
    }
}
