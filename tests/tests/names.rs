//! File names: for any given name, the header field is valid, and the name in it is safe and as close to the given one as
//! possible.
//!
//! The tests define safety as properties of the result and do not use the library's code.

use axum::http::{
    HeaderMap,
    header::{CONTENT_DISPOSITION, CONTENT_ENCODING, CONTENT_TYPE},
};
use downloadview::{Download, DownloadRequest};
use proptest::{collection::vec, prelude::*, sample::select};
use tests::disposition::Disposition;

const MAX_LEN: usize = 200;

/// Returns the header fields of a download of this name.
fn fields(name: &str) -> HeaderMap {
    let download = Download::new("content")
        .basename(name.to_owned())
        .attachment();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let response = runtime.block_on(download.respond(&DownloadRequest::default()));
    assert_eq!(response.status(), 200, "{name:?}");
    response.into_parts().0.headers
}

/// Returns the value of `Content-Disposition` for a download of this name.
fn field(name: &str) -> String {
    let fields = fields(name);
    let mut values = fields.get_all(CONTENT_DISPOSITION).into_iter();
    let value = values
        .next()
        .expect("a Content-Disposition")
        .to_str()
        .expect("printable ASCII");
    assert!(values.next().is_none(), "two fields for {name:?}");
    value.to_owned()
}

fn disposition(name: &str) -> Disposition {
    let value = field(name);
    Disposition::parse(&value).unwrap_or_else(|error| panic!("{error}: {value}"))
}

fn effective_name(name: &str) -> String {
    disposition(name)
        .effective_name()
        .unwrap_or_default()
        .to_owned()
}

/// Characters that are likely to cause problems, alone, repeated or in combination.
const HOSTILE_CHARS: &str = "./\\ :;=%\"'*?|<aZ09_-é\u{301}日한ﷺß．／＂％\0\r\n\t\x1b\x7f\u{85}\u{a0}\u{ad}\u{200b}\u{200c}\u{200d}\u{180e}\
    \u{202e}\u{2028}\u{2066}\u{3000}\u{3164}\u{feff}\u{fe0f}\u{fffe}\u{1f3fd}\u{e0041}";
const HOSTILE_WORDS: &str = "CON nul COM1 lpt³ CONIN$ ＣＯＮ .txt .tar.gz ../ C:\\ %41 =?utf-8?Q?x?= filename= ;filename*=UTF-8''x e\u{301} 👍🏽 👩‍👩‍👧‍👦";

fn any_char() -> impl Strategy<Value = char> + Clone {
    prop_oneof![2 => select(HOSTILE_CHARS.chars().collect::<Vec<_>>()), 1 => any::<char>()]
}

fn hostile_piece() -> impl Strategy<Value = String> {
    let words: Vec<_> = HOSTILE_WORDS
        .split_ascii_whitespace()
        .map(str::to_owned)
        .collect();
    prop_oneof![
        3 => any_char().prop_map(String::from),
        3 => select(words),
        1 => (any_char(), 1..300_usize).prop_map(|(c, times)| c.to_string().repeat(times)),
    ]
}

fn hostile_name() -> impl Strategy<Value = String> {
    prop_oneof![
        6 => vec(hostile_piece(), 0..12).prop_map(|pieces| pieces.concat()),
        1 => vec(any::<char>(), 0..400).prop_map(String::from_iter),
        1 => "[./ \u{202e}CON1]{0,8}",
    ]
}

/// Words in many scripts that must not be changed.
const INNOCENT_WORDS: &str =
    "é ß naïve e\u{301} 中文 한국어 日本語 Ελληνικά русский עברית عربي می‌خواهم हिन्दी 👩‍💻 ❤️ ½";

fn innocent_piece() -> impl Strategy<Value = String> {
    let words: Vec<_> = INNOCENT_WORDS
        .split_ascii_whitespace()
        .map(str::to_owned)
        .collect();
    prop_oneof!["[A-Za-z0-9 _.()+,;='!&~#@-]{1,8}", select(words)]
}

/// Characters that are invisible or change the direction of their neighbours.
const INVISIBLE: &str = "\u{ad}\u{61c}\u{200b}\u{200e}\u{200f}\u{2028}\u{2029}\u{202a}\u{202b}\u{202c}\u{202d}\u{202e}\
    \u{2060}\u{2066}\u{2067}\u{2068}\u{2069}\u{feff}\u{fff9}\u{fffb}\u{e0001}\u{e0041}";

/// Generates a character that is removed at any position.
fn unsafe_piece() -> impl Strategy<Value = char> {
    let controls = prop::char::ranges(vec!['\0'..='\x1f', '\x7f'..='\u{9f}'].into());
    prop_oneof![controls, select(INVISIBLE.chars().collect::<Vec<_>>())]
}

/// Generates a part of a name between two dots.
fn segment() -> impl Strategy<Value = String> {
    prop_oneof![
        4 => "[a-z0-9]{1,9}",
        2 => "[a-z0-9]{30,34}",
        2 => ("[a-z中é👍 ]", 1..250_usize).prop_map(|(c, times)| c.repeat(times)),
        1 => "[ a-z]{0,9}",
        1 => select(vec!["tar.gz".to_owned(), "exe".to_owned(), "e\u{301}".to_owned()]),
    ]
}

/// Returns the text after the last dot if it looks like an extension, which is short and contains no space.
fn last_extension(name: &str) -> Option<&str> {
    let (_, extension) = name.rsplit_once('.')?;
    let is_extension = (1..=32).contains(&extension.len()) && !extension.contains(' ');
    is_extension.then_some(extension)
}

fn is_windows_device(name: &str) -> bool {
    let stem = name.split_once('.').map_or(name, |(stem, _)| stem);
    let stem = stem.trim_end_matches(' ').to_uppercase();
    match stem.as_str() {
        "CON" | "PRN" | "AUX" | "NUL" | "CONIN$" | "CONOUT$" => true,
        port => ["COM", "LPT"].iter().any(|kind| {
            let number = port.strip_prefix(kind).unwrap_or_default();
            number.chars().count() == 1 && "123456789¹²³".contains(number)
        }),
    }
}

fn is_never_in_a_name(c: char) -> bool {
    "/\\:".contains(c) || c.is_control() || INVISIBLE.contains(c)
}

fn assert_safe(name: &str) -> Result<(), TestCaseError> {
    prop_assert!(!name.is_empty(), "the name is empty");
    prop_assert!(
        !name.contains(is_never_in_a_name),
        "an unsafe character in {name:?}"
    );
    prop_assert_eq!(
        name.trim_matches(|c: char| c == '.' || c.is_whitespace()),
        name
    );
    prop_assert!(!is_windows_device(name), "the name of a device: {name:?}");
    prop_assert!(name.len() <= MAX_LEN, "{} bytes", name.len());
    prop_assert!(
        !name.ends_with(['\u{200c}', '\u{200d}']),
        "a dangling joiner in {name:?}"
    );
    Ok(())
}

#[test]
fn the_sent_name_determines_the_media_type() {
    for (name, media_type) in [
        ("rows.ndjson", "application/x-ndjson"),
        ("main.ts", "text/plain; charset=utf-8"),
        ("exports/main.ts/", "text/plain; charset=utf-8"),
        ("shop.SQLITE. ", "application/vnd.sqlite3"),
    ] {
        assert_eq!(fields(name)[CONTENT_TYPE], media_type, "{name:?}");
    }
}

#[test]
fn a_compressed_file_has_no_content_encoding() {
    for (name, media_type) in [
        ("a.tar.gz", "application/gzip"),
        ("a.csv.gz", "application/gzip"),
        ("a.csv.zst", "application/zstd"),
        ("a.csv.br", "application/x-brotli"),
    ] {
        let fields = fields(name);
        assert_eq!(fields[CONTENT_TYPE], media_type, "{name}");
        assert!(!fields.contains_key(CONTENT_ENCODING), "{name}");
    }
}

fn config() -> ProptestConfig {
    ProptestConfig {
        cases: 3000,
        failure_persistence: None,
        ..ProptestConfig::default()
    }
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn any_name_produces_a_valid_field_with_a_safe_name(name in hostile_name()) {
        let value = field(&name);
        prop_assert!(value.bytes().all(|b| matches!(b, b' '..=b'~')), "{value:?}");
        let parsed = Disposition::parse(&value).map_err(TestCaseError::fail)?;
        prop_assert_eq!(&parsed.kind, "attachment");
        let names: Vec<_> = parsed.parameters.iter().map(|(name, _)| name.as_str()).collect();
        prop_assert!(matches!(names[..], [] | ["filename"] | ["filename", "filename*"]), "{value}");
        for (_, name) in &parsed.parameters {
            assert_safe(name)?;
        }
    }

    #[test]
    fn a_name_that_clients_parse_differently_has_an_extended_form(name in hostile_name()) {
        let parsed = disposition(&name);
        let (plain, exact) = (parsed.filename().unwrap_or_default(), parsed.effective_name().unwrap_or_default());
        let decoded = |w: &[u8]| w[0] == b'%' && w[1..].iter().all(u8::is_ascii_hexdigit);
        let awkward = plain.contains(['"', '\\']) || plain.contains("=?") || plain.as_bytes().windows(3).any(decoded);
        prop_assert!(!awkward, "{plain}");
        prop_assert_eq!(parsed.extended_filename().is_some(), plain != exact);
    }

    #[test]
    fn a_safe_name_is_not_changed_again(name in hostile_name()) {
        let once = effective_name(&name);
        prop_assert_eq!(effective_name(&once), once);
    }

    #[test]
    fn the_extension_is_kept(stem in hostile_name(), extension in r"\.[a-z][a-z0-9]{0,9}|\.tar\.(gz|zst)") {
        let parsed = disposition(&format!("x{}{extension}", stem.replace(['/', '\\'], "")));
        for (_, name) in &parsed.parameters {
            prop_assert!(name.ends_with(&extension), "{name:?}");
        }
    }

    #[test]
    fn truncation_neither_loses_nor_adds_an_extension(segments in vec(segment(), 1..60)) {
        let name = format!("x{}", segments.join("."));
        let name = name.trim_end_matches(['.', ' ']);
        prop_assume!(name.len() > MAX_LEN);
        let cut = effective_name(name);
        assert_safe(&cut)?;
        prop_assert_eq!(last_extension(&cut), last_extension(name));
        prop_assert_eq!(effective_name(&cut), cut);
    }

    #[test]
    fn separators_at_the_end_are_ignored(name in hostile_name(), separators in r"[/\\]{1,4}") {
        prop_assert_eq!(field(&format!("{name}{separators}")), field(&name));
    }

    #[test]
    fn an_innocent_name_is_not_changed(pieces in vec(innocent_piece(), 0..8)) {
        let name = format!("x{}x", pieces.concat());
        prop_assert_eq!(effective_name(&name), name);
    }

    #[test]
    fn a_plain_ascii_name_has_no_extended_form(name in "x[A-Za-z0-9 _.()+,;='!&~#@-]{0,100}x") {
        prop_assert_eq!(field(&name), format!("attachment; filename=\"{name}\""));
    }

    #[test]
    fn only_unsafe_characters_are_removed(pieces in vec((innocent_piece(), unsafe_piece()), 0..8)) {
        let (mut name, mut safe) = (String::new(), String::new());
        for (innocent, unsafe_one) in pieces {
            name.extend([innocent.as_str(), unsafe_one.encode_utf8(&mut [0; 4])]);
            safe.push_str(&innocent);
        }
        prop_assert_eq!(effective_name(&format!("path/x{name}x")), format!("x{safe}x"));
    }

    #[test]
    fn a_long_name_is_truncated_at_the_last_character_that_fits(stem in vec(innocent_piece(), 40..100)) {
        let given = format!("x{}.csv", stem.concat().replace(['.', ' '], ""));
        prop_assume!(given.len() > MAX_LEN);
        // The longest character, an emoji of two joined ones, has 11 bytes.
        let name = effective_name(&given);
        prop_assert!((MAX_LEN - 10..=MAX_LEN).contains(&name.len()), "{name}");
    }
}
