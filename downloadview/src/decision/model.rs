//! A slow and obvious model of the rules, which the tests compare with the code.
//!
//! `Request` below is the meaning of a request. The model answers from the meaning, by the steps of RFC 9110 §13.2.2 and
//! with sets of byte positions. The code answers from header text that is written from the same meaning at random, with lists
//! cut into lines, spaces, empty members, and dates in all forms.

use std::time::{Duration, UNIX_EPOCH};

use axum::http::{HeaderName, HeaderValue, header};
use proptest::{collection::vec, option, prelude::*, sample::select};

use super::*;

/// The meaning of `If-Match` and `If-None-Match`.
#[derive(Clone, Debug)]
enum Tags {
    Any,
    Listed(Vec<&'static str>),
}

/// The meaning of a field that holds a date.
#[derive(Clone, Debug)]
enum Date {
    Second(u64),
    Invalid,
}

#[derive(Clone, Debug)]
enum Validator {
    Tag(&'static str),
    Date(Date),
}

#[derive(Clone, Debug)]
enum Spec {
    FirstLast(u64, u64),
    First(u64),
    Suffix(u64),
    Invalid(&'static str),
}

#[derive(Clone, Debug)]
struct Request {
    head: bool,
    if_match: Option<Tags>,
    if_none_match: Option<Tags>,
    if_modified_since: Option<Date>,
    if_unmodified_since: Option<Date>,
    if_range: Option<Validator>,
    range: Option<Vec<Spec>>,
}

#[derive(Clone, Debug)]
struct Representation {
    etag: Option<&'static str>,
    /// Whole seconds, and milliseconds, which a field cannot contain.
    last_modified: Option<(u64, u64)>,
    size: u64,
}

// The model.

/// RFC 9110 §8.8.3.2.
fn strong_comparison(one: &str, other: &str) -> bool {
    one == other && !one.starts_with("W/")
}

/// RFC 9110 §8.8.3.2.
fn weak_comparison(one: &str, other: &str) -> bool {
    one.replace("W/", "") == other.replace("W/", "")
}

/// The steps of RFC 9110 §13.2.2 for an origin server, GET and HEAD, written out.
fn expected_precondition(request: &Request, file: &Representation) -> Option<Decision> {
    let has_tag = |tags: &Tags, equals: fn(&str, &str) -> bool| match (tags, file.etag) {
        (Tags::Any, _) => true,
        (Tags::Listed(tags), Some(etag)) => tags.iter().any(|tag| equals(tag, etag)),
        (Tags::Listed(_), None) => false,
    };
    // 1. When If-Match is present …
    if let Some(tags) = &request.if_match {
        if !has_tag(tags, strong_comparison) {
            return Some(Decision::PreconditionFailed);
        }
    // 2. When If-Match is not present, and If-Unmodified-Since is …
    } else if let Some(Date::Second(since)) = request.if_unmodified_since {
        if file.last_modified.is_some_and(|(second, _)| second > since) {
            return Some(Decision::PreconditionFailed);
        }
    }
    // 3. When If-None-Match is present …
    if let Some(tags) = &request.if_none_match {
        if has_tag(tags, weak_comparison) {
            return Some(Decision::NotModified);
        }
    // 4. When If-None-Match is not present, and If-Modified-Since is …
    } else if let Some(Date::Second(since)) = request.if_modified_since {
        if file
            .last_modified
            .is_some_and(|(second, _)| second <= since)
        {
            return Some(Decision::NotModified);
        }
    }
    None
}

/// Step 5 of RFC 9110 §13.2.2, then §14.2.
fn expected_range(request: &Request, file: &Representation, access: Access) -> Decision {
    let Some(specs) = &request.range else {
        return Decision::Whole;
    };
    let condition = match &request.if_range {
        None => true,
        Some(Validator::Tag(tag)) => file.etag.is_some_and(|etag| strong_comparison(tag, etag)),
        Some(Validator::Date(Date::Second(date))) => file
            .last_modified
            .is_some_and(|(second, _)| second == *date),
        Some(Validator::Date(Date::Invalid)) => false,
    };
    let invalid = |spec: &Spec| match spec {
        Spec::FirstLast(first, last) => last < first,
        Spec::Invalid(_) => true,
        Spec::First(_) | Spec::Suffix(_) => false,
    };
    if request.head || !condition || specs.is_empty() || specs.iter().any(invalid) || file.size == 0
    {
        return Decision::Whole;
    }
    let wanted: Vec<_> = specs
        .iter()
        .map(|spec| positions(spec, file.size))
        .collect();
    match &joined(wanted)[..] {
        [] => Decision::RangeNotSatisfiable,
        [only] => Decision::Part(extent(only)),
        several => {
            let parts: Vec<_> = several.iter().map(|part| extent(part)).collect();
            let weight: u64 = several.iter().map(|part| part.len() as u64 + 120).sum();
            let descends = parts.windows(2).any(|pair| pair[0].start > pair[1].start);
            let heavy = several.len() > 8 && weight >= file.size;
            if heavy || (access == Access::Forward && descends) {
                Decision::Whole
            } else {
                Decision::Parts(parts)
            }
        }
    }
}

/// Returns every byte that a spec requests.
fn positions(spec: &Spec, size: u64) -> Vec<u64> {
    let asked = |position: &u64| match spec {
        Spec::FirstLast(first, last) => first <= position && position <= last,
        Spec::First(first) => first <= position,
        Spec::Suffix(length) => size - position <= *length,
        Spec::Invalid(_) => false,
    };
    (0..size).filter(asked).collect()
}

/// Joins parts that overlap or are adjacent until there are none.
fn joined(mut parts: Vec<Vec<u64>>) -> Vec<Vec<u64>> {
    parts.retain(|part| !part.is_empty());
    let neighbours = |one: &[u64], other: &[u64]| {
        one.iter()
            .any(|a| other.iter().any(|b| a.abs_diff(*b) <= 1))
    };
    loop {
        let pair = (0..parts.len())
            .flat_map(|i| (i + 1..parts.len()).map(move |j| (i, j)))
            .find(|&(i, j)| neighbours(&parts[i], &parts[j]));
        let Some((i, j)) = pair else { return parts };
        let mut second = parts.remove(j);
        parts[i].append(&mut second);
        parts[i].sort_unstable();
        parts[i].dedup();
    }
}

fn extent(positions: &[u64]) -> ByteRange {
    ByteRange {
        start: positions[0],
        end: positions[positions.len() - 1] + 1,
    }
}

// From meaning to text.

/// Returns a choice out of `count`.
type Chance<'a> = &'a mut dyn FnMut(usize) -> usize;

fn tags_lines(tags: &Tags, chance: Chance<'_>) -> Vec<String> {
    let Tags::Listed(tags) = tags else {
        return vec!["*".to_owned()];
    };
    let mut lines = vec![String::new()];
    for tag in tags {
        if chance(4) == 0 {
            lines.push(String::new());
        }
        append_member(lines.last_mut().unwrap(), tag, chance);
    }
    lines
}

fn range_line(specs: &[Spec], chance: Chance<'_>) -> String {
    let mut set = String::new();
    for spec in specs {
        let text = match spec {
            Spec::FirstLast(first, last) => format!("{first}-{last}"),
            Spec::First(first) => format!("{first}-"),
            Spec::Suffix(length) => format!("-{length}"),
            Spec::Invalid(text) => (*text).to_owned(),
        };
        append_member(&mut set, &text, chance);
    }
    format!("{}={set}", ["bytes", "Bytes", "BYTES"][chance(3)])
}

/// RFC 9110 §5.6.1: commas, optional spaces, empty members.
fn append_member(list: &mut String, member: &str, chance: Chance<'_>) {
    if !list.is_empty() {
        list.push_str([",", ", ", " ,", "\t,\t", ", ,", ",,"][chance(6)]);
    }
    list.push_str([member, &format!(" {member}"), &format!(",{member} ,")][chance(3)]);
}

/// RFC 9110 §5.6.7: the three forms, the obsolete ones rearranged from the first.
fn date_text(date: &Date, chance: Chance<'_>) -> String {
    let Date::Second(second) = *date else {
        return [
            "",
            "0",
            "now",
            "Sun, 31 Feb 1994 08:49:37 GMT",
            "Sun, 06 Nov 1994 08:49:37 CET",
        ][chance(5)]
        .to_owned();
    };
    let fixdate = httpdate::fmt_http_date(UNIX_EPOCH + Duration::from_secs(second));
    let words: Vec<_> = fixdate.split(' ').collect();
    let [name, day, month, year, time, _] = words[..] else {
        unreachable!("six words")
    };
    let name = name.trim_end_matches(',');
    match chance(3) {
        0 => fixdate,
        1 => {
            let long = [
                "Monday",
                "Tuesday",
                "Wednesday",
                "Thursday",
                "Friday",
                "Saturday",
                "Sunday",
            ];
            let long = long.iter().find(|long| long.starts_with(name)).unwrap();
            format!("{long}, {day}-{month}-{} {time} GMT", &year[2..])
        }
        _ => format!(
            "{name} {month} {:>2} {time} {year}",
            day.trim_start_matches('0')
        ),
    }
}

fn written(request: &Request, chance: Chance<'_>) -> DownloadRequest {
    let mut fields: Vec<(HeaderName, String)> = Vec::new();
    for (name, tags) in [
        (header::IF_MATCH, &request.if_match),
        (header::IF_NONE_MATCH, &request.if_none_match),
    ] {
        let lines = tags.iter().flat_map(|tags| tags_lines(tags, chance));
        fields.extend(lines.map(|line| (name.clone(), line)));
    }
    for (name, date) in [
        (header::IF_MODIFIED_SINCE, &request.if_modified_since),
        (header::IF_UNMODIFIED_SINCE, &request.if_unmodified_since),
    ] {
        fields.extend(
            date.iter()
                .map(|date| (name.clone(), date_text(date, chance))),
        );
    }
    let validator = request.if_range.iter().map(|validator| match validator {
        Validator::Tag(tag) => (*tag).to_owned(),
        Validator::Date(date) => date_text(date, chance),
    });
    fields.extend(validator.map(|validator| (header::IF_RANGE, validator)));
    let range = request.range.iter().map(|specs| range_line(specs, chance));
    fields.extend(range.map(|range| (header::RANGE, range)));
    from_fields(request.head, fields)
}

fn from_fields<T: TryInto<HeaderValue>>(
    head: bool,
    fields: impl IntoIterator<Item = (HeaderName, T)>,
) -> DownloadRequest {
    let (mut parts, ()) = axum::http::Request::new(()).into_parts();
    if head {
        parts.method = Method::HEAD;
    }
    for (name, value) in fields {
        if let Ok(value) = value.try_into() {
            parts.headers.append(name, value);
        }
    }
    DownloadRequest::from_parts(&parts)
}

/// Runs the code on a representation.
fn on<T>(file: &Representation, run: impl FnOnce(Validators<'_>) -> T) -> T {
    let etag = file.etag.map(|etag| EntityTag::parse(etag).unwrap());
    run(Validators {
        etag: etag.as_ref(),
        last_modified: file
            .last_modified
            .map(|(second, millis)| UNIX_EPOCH + Duration::from_millis(second * 1000 + millis)),
    })
}

// Strategies: few values, so that they often meet.

const SOME_TAGS: [&str; 6] = [
    "\"a\"",
    "W/\"a\"",
    "\"b\"",
    "W/\"b\"",
    "\"\"",
    "\"a,\u{e9}\"",
];

fn tag() -> impl Strategy<Value = &'static str> {
    select(&SOME_TAGS[..])
}

fn any_tags() -> impl Strategy<Value = Tags> {
    prop_oneof![1 => Just(Tags::Any), 6 => vec(tag(), 0..4).prop_map(Tags::Listed)]
}

fn second() -> impl Strategy<Value = u64> {
    784_111_775..784_111_780_u64
}

fn any_date() -> impl Strategy<Value = Date> {
    prop_oneof![6 => second().prop_map(Date::Second), 1 => Just(Date::Invalid)]
}

fn position() -> impl Strategy<Value = u64> {
    prop_oneof![4 => 0..50_u64, 4 => 0..600_u64, 1 => select(&[u64::MAX - 1, u64::MAX][..])]
}

fn any_spec() -> impl Strategy<Value = Spec> {
    let ordered = (position(), position()).prop_map(|(a, b)| Spec::FirstLast(a.min(b), a.max(b)));
    // On a coarse grid, so that ranges are often neighbours.
    let aligned = (0..12_u64, 1..4_u64)
        .prop_map(|(first, length)| Spec::FirstLast(first * 50, (first + length) * 50 - 1));
    let near =
        (0..600_u64, 0..20_u64).prop_map(|(first, length)| Spec::FirstLast(first, first + length));
    prop_oneof![
        15 => near,
        15 => aligned,
        10 => ordered,
        4 => position().prop_map(Spec::First),
        4 => position().prop_map(Spec::Suffix),
        1 => (position(), position()).prop_map(|(first, last)| Spec::FirstLast(first, last)),
        1 => select(&["-", "x", "1--2", "0 -1", "1-2-3", "\u{e9}-"][..]).prop_map(Spec::Invalid),
    ]
}

prop_compose! {
    fn any_request()(
        head in prop::bool::weighted(0.2),
        if_match in option::weighted(0.3, any_tags()),
        if_none_match in option::weighted(0.3, any_tags()),
        if_modified_since in option::weighted(0.3, any_date()),
        if_unmodified_since in option::weighted(0.3, any_date()),
        if_range in option::weighted(0.4, prop_oneof![tag().prop_map(Validator::Tag), any_date().prop_map(Validator::Date)]),
        range in option::weighted(0.8, vec(any_spec(), 0..14)),
    ) -> Request {
        Request { head, if_match, if_none_match, if_modified_since, if_unmodified_since, if_range, range }
    }
}

prop_compose! {
    fn any_file()(
        etag in option::weighted(0.7, tag()),
        last_modified in option::weighted(0.7, (second(), 0..1000_u64)),
        size in prop_oneof![1 => Just(0), 3 => 0..40_u64, 5 => 300..600_u64, 2 => 700..1000_u64],
    ) -> Representation {
        Representation { etag, last_modified, size }
    }
}

/// Returns any bytes that are allowed in a field. Some are almost valid.
fn hostile_text() -> impl Strategy<Value = Vec<u8>> {
    let pieces = select(
        &[
            "bytes=",
            "-",
            ",",
            "0",
            "1",
            "9999999999999999999999",
            "=",
            " ",
            "\t",
            "\"",
            "W/",
            "*",
            "\"a\"",
            "GMT",
            ":",
            "Sun, 06 Nov 1994 08:49:37 GMT",
            "Sunday, 06-Nov-94 08:49:37 GMT",
            "Sun Nov  6 08:49:37 1994",
            "\u{e9}",
        ][..],
    );
    let nearly = vec(pieces, 0..30).prop_map(|pieces| pieces.concat().into_bytes());
    let mutated = (nearly.clone(), any::<prop::sample::Index>(), any::<u8>()).prop_map(
        |(mut text, at, byte)| {
            if !text.is_empty() {
                let at = at.index(text.len());
                text[at] = byte;
            }
            text
        },
    );
    prop_oneof![nearly, mutated, vec(any::<u8>(), 0..80)]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1000))]

    #[test]
    fn preconditions_are_those_of_the_model(request in any_request(), file in any_file(), mut random in any_chance()) {
        let text = written(&request, &mut |count| random.next(count));
        let decision = on(&file, |validators| preconditions(&text, validators));
        prop_assert_eq!(decision, expected_precondition(&request, &file), "{:?}", text);
    }

    #[test]
    fn ranges_are_those_of_the_model(
        request in any_request(), file in any_file(), forward: bool, mut random in any_chance(),
    ) {
        let access = if forward { Access::Forward } else { Access::Random };
        let text = written(&request, &mut |count| random.next(count));
        let decision = on(&file, |validators| ranges(&text, validators, file.size, access));
        prop_assert_eq!(decision, expected_range(&request, &file, access), "{:?}", text);
    }

    /// A decision by the options alone stays true for any content.
    #[test]
    fn settled_decision_holds_for_any_content(
        request in any_request(), options in any_file(), sized: bool, content in any_file(), mut random in any_chance(),
    ) {
        let text = written(&request, &mut |count| random.next(count));
        let size = sized.then_some(options.size);
        let settled = on(&options, |validators| settle(&text, validators, size));
        let merged = Representation {
            etag: options.etag.or(content.etag),
            last_modified: options.last_modified.or(content.last_modified),
            size: size.unwrap_or(content.size),
        };
        let decided = expected_precondition(&request, &merged)
            .unwrap_or_else(|| expected_range(&request, &merged, Access::Random));
        if let Some(settled) = settled {
            prop_assert_eq!(settled, decided, "{:?}", text);
        }
    }

    /// The options alone decide the conditions if they give both validators.
    #[test]
    fn options_with_both_validators_settle_every_condition(
        request in any_request(), file in any_file(), etag in tag(), date in second(), mut random in any_chance(),
    ) {
        let file = Representation { etag: Some(etag), last_modified: Some((date, 0)), ..file };
        let text = written(&request, &mut |count| random.next(count));
        let settled = on(&file, |validators| settle(&text, validators, Some(file.size)));
        let decided = expected_precondition(&request, &file).or_else(|| {
            let range = expected_range(&request, &file, Access::Random);
            let strong = !etag.starts_with("W/");
            let certain = request.head || (strong && range == Decision::RangeNotSatisfiable);
            certain.then_some(range)
        });
        prop_assert_eq!(settled, decided, "{:?}", text);
    }

    #[test]
    fn no_request_panics_or_gets_more_than_the_file(
        fields in vec((0..6_usize, hostile_text()), 0..8), file in any_file(), huge: bool,
    ) {
        let names = [
            header::IF_MATCH, header::IF_NONE_MATCH, header::IF_MODIFIED_SINCE, header::IF_UNMODIFIED_SINCE,
            header::IF_RANGE, header::RANGE,
        ];
        let request = from_fields(false, fields.into_iter().map(|(name, text)| (names[name].clone(), text)));
        let size = if huge { u64::MAX } else { file.size };
        on(&file, |validators| {
            settle(&request, validators, Some(size));
            preconditions(&request, validators);
            let parts = match ranges(&request, validators, size, Access::Random) {
                Decision::Part(part) => vec![part],
                Decision::Parts(parts) => parts,
                _ => vec![],
            };
            let total: u64 = parts.iter().map(|part| part.len()).sum();
            prop_assert!(total <= size);
            prop_assert!(parts.iter().all(|part| part.start < part.end && part.end <= size));
            Ok(())
        })?;
    }
}

/// The choices of a writer.
#[derive(Clone, Debug)]
struct Choices {
    choices: Vec<u8>,
    made: usize,
}

impl Choices {
    fn next(&mut self, count: usize) -> usize {
        self.made += 1;
        usize::from(self.choices[self.made % self.choices.len()]) % count
    }
}

fn any_chance() -> impl Strategy<Value = Choices> {
    vec(any::<u8>(), 1..64).prop_map(|choices| Choices { choices, made: 0 })
}
