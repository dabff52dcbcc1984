//! Media types (RFC 9110 §8.3.1): checked, guessed from a name, completed with a charset.

use std::borrow::Cow;

use axum::http::HeaderValue;
use downloadview_grammar::media_type::MediaType;

pub(crate) const OCTET_STREAM: HeaderValue = HeaderValue::from_static("application/octet-stream");

/// The type of JSON Lines, which is not registered.
pub(crate) const NDJSON: &str = "application/x-ndjson";

/// The `charset` of a text type.
#[derive(Clone, Debug)]
pub(crate) enum Charset {
    Named(Cow<'static, str>),
    /// The encoding is not known, so no `charset` is sent.
    Unknown,
}

/// Parses a media type into a field value, without empty parameters at its end.
pub(crate) fn parse(text: &str) -> Option<HeaderValue> {
    let parsed = MediaType::parse(text).ok()?;
    HeaderValue::from_str(parsed.as_str()).ok()
}

/// Media types of extensions that `mime_guess` does not know or gives an obsolete or wrong type, sorted by extension.
///
/// The comments name the source: "IANA" is the registry of media types, "nginx" its `mime.types`.
///
/// `.ts` is also the extension of an MPEG transport stream, which nginx and IANA call `video/mp2t`. TypeScript is more common
/// now, so it is sent as plain text, which browsers show and never run. A video needs the option `content_type`.
const CORRECTIONS: [(&str, &str); 64] = [
    ("3mf", "model/3mf"),                              // IANA
    ("adoc", "text/plain"),                            // source text
    ("arrow", "application/vnd.apache.arrow.file"),    // IANA
    ("arrows", "application/vnd.apache.arrow.stream"), // IANA
    ("br", "application/x-brotli"), // unregistered; RFC 7932 registers only the coding
    ("cbor", "application/cbor"),   // IANA, RFC 8949
    ("cbr", "application/vnd.comicbook-rar"), // IANA
    ("cbz", "application/vnd.comicbook+zip"), // IANA; not RAR
    ("cjs", "text/javascript"),     // RFC 9239, as `.js`
    ("cts", "text/plain"),          // TypeScript, see `.ts`
    ("db", "application/vnd.sqlite3"), // as `.sqlite`; most files with this extension are SQLite databases
    ("dcm", "application/dicom"),      // IANA, RFC 3240
    ("deb", "application/vnd.debian.binary-package"), // IANA
    ("diff", "text/plain"),            // source text
    ("feather", "application/vnd.apache.arrow.file"), // IANA; Feather 2 is an Arrow file
    ("go", "text/plain"),              // source text
    ("gpkg", "application/geopackage+sqlite3"), // IANA
    ("ipynb", "application/x-ipynb+json"), // unregistered; Jupyter
    ("java", "text/plain"),            // source text
    ("jsonl", NDJSON),                 // JSON Lines and NDJSON are one format
    ("kt", "text/plain"),              // source text
    ("las", "application/vnd.las"),    // IANA
    ("laz", "application/vnd.laszip"), // IANA
    ("lz4", "application/x-lz4"),      // unregistered; freedesktop.org
    ("m2ts", "video/mp2t"),            // RFC 3555; always a transport stream
    ("m3u8", "application/vnd.apple.mpegurl"), // RFC 8216, nginx
    ("m4a", "audio/mp4"),              // IANA, RFC 4337; `audio/m4a` is unregistered
    ("m4b", "audio/mp4"),              // IANA, RFC 4337
    ("map", "application/json"),       // ECMA-426
    ("mjs", "text/javascript"),        // RFC 9239
    ("msgpack", "application/vnd.msgpack"), // IANA
    ("mts", "text/plain"),             // TypeScript, see `.ts`
    ("ndjson", NDJSON),                // unregistered; the NDJSON specification
    ("numbers", "application/vnd.apple.numbers"), // IANA
    ("obj", "model/obj"),              // IANA; not a Tgif drawing
    ("otf", "font/otf"),               // RFC 8081
    ("pages", "application/vnd.apple.pages"), // IANA
    ("patch", "text/plain"),           // source text
    ("proto", "text/plain"),           // source text
    ("ps1", "text/plain"),             // source text
    ("psd", "image/vnd.adobe.photoshop"), // IANA
    ("rar", "application/vnd.rar"),    // IANA
    ("rb", "text/plain"),              // source text
    ("rpm", "application/x-redhat-package-manager"), // nginx; not a RealAudio plug-in
    ("rst", "text/plain"),             // source text
    ("sql", "application/sql"),        // RFC 6922
    ("sqlite", "application/vnd.sqlite3"), // IANA
    ("sqlite3", "application/vnd.sqlite3"), // IANA
    ("step", "model/step"),            // IANA
    ("stl", "model/stl"),              // IANA; not a certificate trust list
    ("swift", "text/plain"),           // source text
    ("tbz2", "application/x-bzip2"),   // as `.tar.bz2`
    ("tgz", "application/gzip"),       // RFC 6713, as `.tar.gz`
    ("toml", "application/toml"),      // IANA
    ("ts", "text/plain"),              // TypeScript, which has no type of its own
    ("tsx", "text/plain"),             // TypeScript, see `.ts`
    ("txz", "application/x-xz"),       // as `.tar.xz`
    ("tzst", "application/zstd"),      // RFC 8878, as `.tar.zst`
    ("usdz", "model/vnd.usdz+zip"),    // IANA
    ("vcf", "text/vcard"),             // RFC 6350
    ("woff", "font/woff"),             // RFC 8081, nginx
    ("yaml", "application/yaml"),      // RFC 9512
    ("yml", "application/yaml"),       // RFC 9512
    ("zst", "application/zstd"),       // RFC 8878
];

/// Returns the media type for the last extension of `name`.
///
/// A `.csv.gz` is a gzip file for the client to keep, so its type is that of `.gz` and it has no `Content-Encoding`.
pub(crate) fn guess(name: &str) -> Option<&'static str> {
    correction(name).or_else(|| known(name))
}

#[cfg(feature = "mime_guess")]
fn known(name: &str) -> Option<&'static str> {
    mime_guess::from_path(name).first_raw()
}

/// Without the feature `mime_guess`, only [`CORRECTIONS`] are known.
#[cfg(not(feature = "mime_guess"))]
fn known(_: &str) -> Option<&'static str> {
    None
}

fn correction(name: &str) -> Option<&'static str> {
    let (_, extension) = name.rsplit_once('.')?;
    let is_known = |(known, _): &&(&str, &str)| known.eq_ignore_ascii_case(extension);
    CORRECTIONS
        .iter()
        .find(is_known)
        .map(|(_, media_type)| *media_type)
}

/// Adds a `charset` to `value`, a parsed media type, if it takes one and has none yet.
///
/// The charset of text is `utf-8` unless `charset` is another. Other types that are text in all but name (JSON, XML,
/// scripts) get a charset only if one is given, because most of them forbid or ignore it.
pub(crate) fn with_charset(value: HeaderValue, charset: Option<&Charset>) -> HeaderValue {
    let charset = match charset {
        Some(Charset::Unknown) => return value,
        Some(Charset::Named(name)) => Some(&**name),
        None => None,
    };
    completed(&value, charset).unwrap_or(value)
}

/// Returns true for a multipart type, whose `boundary` the body needs.
pub(crate) fn is_multipart(value: &HeaderValue) -> bool {
    value
        .to_str()
        .is_ok_and(|text| MediaType::from_parsed(text).is_multipart())
}

/// Removes the `charset` of a type that takes one, so that a setting can replace it. A value that is not a media type stays.
pub(crate) fn without_charset(value: HeaderValue) -> HeaderValue {
    let text = std::str::from_utf8(value.as_bytes()).ok();
    let parsed = text.and_then(|text| MediaType::parse(text).ok());
    let textual = parsed.filter(MediaType::takes_charset);
    let shortened =
        textual.and_then(|parsed| HeaderValue::from_str(&parsed.without_charset()).ok());
    shortened.unwrap_or(value)
}

fn completed(value: &HeaderValue, charset: Option<&str>) -> Option<HeaderValue> {
    let media_type = MediaType::from_parsed(std::str::from_utf8(value.as_bytes()).ok()?);
    let charset = match charset {
        Some(charset) if media_type.takes_charset() => charset,
        None if media_type.is_text() => "utf-8",
        _ => return None,
    };
    let completed = (!media_type.has_charset()).then(|| media_type.with_charset(charset))?;
    HeaderValue::try_from(completed).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(value: &'static str, charset: Option<&str>) -> String {
        let charset = charset.map(|name| Charset::Named(name.to_owned().into()));
        let value = with_charset(HeaderValue::from_static(value), charset.as_ref());
        value.to_str().unwrap().to_owned()
    }

    #[test]
    fn text_gets_utf_8_unless_it_says_otherwise() {
        assert_eq!(with("text/csv", None), "text/csv; charset=utf-8");
        assert_eq!(
            with("text/csv; header=present", None),
            "text/csv; header=present; charset=utf-8"
        );
        assert_eq!(
            with("text/csv; Charset=ascii", None),
            "text/csv; Charset=ascii"
        );
        assert_eq!(
            with("text/csv", Some("iso-8859-1")),
            "text/csv; charset=iso-8859-1"
        );
    }

    #[test]
    fn other_type_gets_a_charset_only_if_it_is_set_and_allowed() {
        assert_eq!(with("application/json", None), "application/json");
        assert_eq!(with("image/svg+xml", None), "image/svg+xml");
        assert_eq!(
            with("application/xml", Some("utf-16")),
            "application/xml; charset=utf-16"
        );
        assert_eq!(with("image/png", Some("utf-8")), "image/png");
    }

    #[track_caller]
    fn assert_guesses(media_types: &[(&str, &[&str])]) {
        for (media_type, extensions) in media_types {
            for extension in *extensions {
                let name = format!("a.{extension}");
                assert_eq!(guess(&name), Some(*media_type), "{name}");
            }
        }
    }

    #[test]
    fn source_and_configuration_are_text() {
        assert_guesses(&[
            ("application/json", &["json", "map"]),
            ("application/manifest+json", &["webmanifest"]),
            ("application/sql", &["sql"]),
            ("application/toml", &["toml"]),
            ("application/x-sh", &["sh"]),
            ("application/yaml", &["yaml", "yml"]),
            ("text/html", &["html"]),
            ("text/javascript", &["cjs", "js", "mjs"]),
            ("text/markdown", &["md"]),
            (
                "text/plain",
                &[
                    "adoc", "cts", "diff", "go", "java", "kt", "log", "mts", "patch", "proto",
                    "ps1", "py", "rb", "rst", "swift", "ts", "tsx", "txt",
                ],
            ),
            ("text/x-rust", &["rs"]),
        ]);
    }

    #[test]
    fn data_has_its_media_type() {
        assert_guesses(&[
            ("application/cbor", &["cbor"]),
            ("application/dicom", &["dcm"]),
            ("application/geo+json", &["geojson"]),
            ("application/geopackage+sqlite3", &["gpkg"]),
            ("application/gpx+xml", &["gpx"]),
            ("application/vnd.apache.arrow.file", &["arrow", "feather"]),
            ("application/vnd.apache.arrow.stream", &["arrows"]),
            ("application/vnd.apache.parquet", &["parquet"]),
            ("application/vnd.las", &["las"]),
            ("application/vnd.laszip", &["laz"]),
            ("application/vnd.msgpack", &["msgpack"]),
            ("application/vnd.sqlite3", &["db", "sqlite", "sqlite3"]),
            ("application/x-ipynb+json", &["ipynb"]),
            ("application/x-ndjson", &["jsonl", "ndjson"]),
            ("text/calendar", &["ics"]),
            ("text/csv", &["csv"]),
            ("text/tab-separated-values", &["tsv"]),
            ("text/vcard", &["vcf"]),
        ]);
    }

    #[test]
    fn archives_and_packages_have_their_media_type() {
        assert_guesses(&[
            ("application/gzip", &["gz", "tgz"]),
            ("application/octet-stream", &["dmg", "iso", "msi"]),
            ("application/vnd.android.package-archive", &["apk"]),
            ("application/vnd.debian.binary-package", &["deb"]),
            ("application/vnd.rar", &["rar"]),
            ("application/wasm", &["wasm"]),
            ("application/x-7z-compressed", &["7z"]),
            ("application/x-brotli", &["br"]),
            ("application/x-bzip2", &["bz2", "tbz2"]),
            ("application/x-lz4", &["lz4"]),
            ("application/x-redhat-package-manager", &["rpm"]),
            ("application/x-tar", &["tar"]),
            ("application/x-xz", &["txz", "xz"]),
            ("application/zip", &["zip"]),
            ("application/zstd", &["tzst", "zst"]),
        ]);
    }

    #[test]
    fn documents_fonts_and_models_have_their_media_type() {
        assert_guesses(&[
            ("application/epub+zip", &["epub"]),
            ("application/pdf", &["pdf"]),
            ("application/vnd.apple.numbers", &["numbers"]),
            ("application/vnd.apple.pages", &["pages"]),
            ("application/vnd.comicbook+zip", &["cbz"]),
            ("application/vnd.comicbook-rar", &["cbr"]),
            (
                "application/vnd.openxmlformats-officedocument.presentationml.presentation",
                &["pptx"],
            ),
            (
                "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
                &["xlsx"],
            ),
            (
                "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
                &["docx"],
            ),
            ("font/otf", &["otf"]),
            ("font/ttf", &["ttf"]),
            ("font/woff", &["woff"]),
            ("font/woff2", &["woff2"]),
            ("model/3mf", &["3mf"]),
            ("model/gltf+json", &["gltf"]),
            ("model/gltf-binary", &["glb"]),
            ("model/obj", &["obj"]),
            ("model/step", &["step"]),
            ("model/stl", &["stl"]),
            ("model/vnd.usdz+zip", &["usdz"]),
        ]);
    }

    #[test]
    fn images_audio_and_video_have_their_media_type() {
        assert_guesses(&[
            ("application/vnd.apple.mpegurl", &["m3u8"]),
            ("audio/flac", &["flac"]),
            ("audio/mp4", &["m4a", "m4b"]),
            ("audio/mpeg", &["mp3"]),
            ("audio/ogg", &["opus"]),
            ("image/avif", &["avif"]),
            ("image/heic", &["heic"]),
            ("image/heif", &["heif"]),
            ("image/jpeg", &["jpg"]),
            ("image/jxl", &["jxl"]),
            ("image/png", &["png"]),
            ("image/svg+xml", &["svg"]),
            ("image/vnd.adobe.photoshop", &["psd"]),
            ("image/webp", &["webp"]),
            ("video/mp2t", &["m2ts"]),
            ("video/mp4", &["mp4"]),
            ("video/x-matroska", &["mkv"]),
        ]);
    }

    #[test]
    fn a_corrected_text_type_gets_utf_8() {
        let media_type = guess("a.ts").unwrap();
        assert_eq!(with(media_type, None), "text/plain; charset=utf-8");
    }

    #[test]
    fn the_case_of_an_extension_does_not_matter() {
        for name in ["a.NDJSON", "a.Ts", "a.SQLite3", "a.CSV"] {
            assert_eq!(guess(name), guess(&name.to_lowercase()), "{name}");
            assert!(guess(name).is_some(), "{name}");
        }
    }

    #[test]
    fn only_the_last_extension_counts() {
        for (name, media_type) in [
            ("a.tar.gz", "application/gzip"),
            ("a.csv.gz", "application/gzip"),
            ("a.tar.zst", "application/zstd"),
            ("a.sql.br", "application/x-brotli"),
            ("a.ts.json", "application/json"),
        ] {
            assert_eq!(guess(name), Some(media_type), "{name}");
        }
    }

    #[test]
    fn a_name_without_a_known_extension_has_no_media_type() {
        for name in ["", "ts", "db", "a.", "a.unknown", "a.ts.", "a. ts"] {
            assert_eq!(guess(name), None, "{name}");
        }
    }

    #[test]
    fn every_correction_is_a_media_type_that_mime_guess_does_not_give() {
        for (extension, media_type) in CORRECTIONS {
            assert!(parse(media_type).is_some(), "{extension}");
            let guess = mime_guess::from_ext(extension).first_raw();
            assert_ne!(guess, Some(media_type), "{extension} needs no correction");
        }
    }

    #[test]
    fn corrections_are_sorted_and_in_lower_case() {
        let extensions = CORRECTIONS.map(|(extension, _)| extension);
        assert!(extensions.is_sorted_by(|a, b| a < b));
        assert_eq!(extensions.map(str::to_ascii_lowercase), extensions);
    }
}
