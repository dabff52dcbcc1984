//! The answer of each rule, one test for each sentence.

use std::time::{Duration, UNIX_EPOCH};

use axum::http::Request;

use super::*;

/// `Sun, 06 Nov 1994 08:49:37 GMT`.
const DATE: u64 = 784_111_777;
const SAME: &str = "Sun, 06 Nov 1994 08:49:37 GMT";
const EARLIER: &str = "Sun, 06 Nov 1994 08:49:36 GMT";
const LATER: &str = "Sun, 06 Nov 1994 08:49:38 GMT";
const FUTURE: &str = "Fri, 31 Dec 9999 23:59:59 GMT";

const STRONG: Option<&str> = Some("v1");
const WEAK: Option<&str> = Some("W/\"v1\"");
const DATED: Option<u64> = Some(DATE);

type Fields<'a> = &'a [(&'a str, &'a str)];

fn request(method: &Method, fields: Fields<'_>) -> DownloadRequest {
    let mut builder = Request::builder().method(method);
    for (name, value) in fields {
        builder = builder.header(*name, *value);
    }
    DownloadRequest::from_parts(&builder.body(()).unwrap().into_parts().0)
}

/// Runs with the validators made of a tag and a date.
fn with<T>(etag: Option<&str>, date: Option<u64>, run: impl FnOnce(Validators<'_>) -> T) -> T {
    let etag = etag.map(|etag| EntityTag::parse(etag).unwrap());
    run(Validators {
        etag: etag.as_ref(),
        last_modified: date.map(|date| UNIX_EPOCH + Duration::from_secs(date)),
    })
}

/// The conditions of a GET for a file that has both validators.
fn conditions(fields: Fields<'_>) -> Option<Decision> {
    with(STRONG, DATED, |validators| {
        preconditions(&request(&Method::GET, fields), validators)
    })
}

fn settled(
    etag: Option<&str>,
    date: Option<u64>,
    size: Option<u64>,
    fields: Fields<'_>,
) -> Option<Decision> {
    with(etag, date, |validators| {
        settle(&request(&Method::GET, fields), validators, size)
    })
}

/// The range of a GET for a file of 1,000 bytes that has both validators.
fn ranged(range: &str) -> Decision {
    sized(range, 1000)
}

fn sized(range: &str, size: u64) -> Decision {
    answered(&[("Range", range)], STRONG, size, Access::Random)
}

fn answered(fields: Fields<'_>, etag: Option<&str>, size: u64, access: Access) -> Decision {
    with(etag, DATED, |validators| {
        ranges(&request(&Method::GET, fields), validators, size, access)
    })
}

fn part(start: u64, end: u64) -> Decision {
    Decision::Part(ByteRange { start, end })
}

fn parts(parts: &[(u64, u64)]) -> Decision {
    let range = |&(start, end): &(u64, u64)| ByteRange { start, end };
    Decision::Parts(parts.iter().map(range).collect())
}

const NOT_MODIFIED: Option<Decision> = Some(Decision::NotModified);
const FAILED: Option<Decision> = Some(Decision::PreconditionFailed);

mod precondition {
    use super::*;

    #[test]
    fn plain_request_has_none() {
        assert_eq!(conditions(&[]), None);
    }

    #[test]
    fn listed_tag_is_not_modified() {
        for value in [
            "\"v1\"",
            "W/\"v1\"",
            "*",
            "\"v0\", \"v1\"",
            ",,\"v0\",W/\"v1\"",
            "\"v,1\",\t\"v1\"",
        ] {
            assert_eq!(
                conditions(&[("If-None-Match", value)]),
                NOT_MODIFIED,
                "{value}"
            );
        }
    }

    #[test]
    fn other_tag_is_modified() {
        for value in [
            "\"v0\"",
            "\"V1\"",
            "\"\"",
            "",
            ",",
            "v1",
            "\"v1",
            "\"*\"",
            "w/\"v1\"",
            "\"v1\"\"v2\"",
        ] {
            assert_eq!(conditions(&[("If-None-Match", value)]), None, "{value}");
        }
    }

    #[test]
    fn all_lines_are_one_list() {
        let lines = [
            ("If-None-Match", "\"v0\""),
            ("If-None-Match", "\"v2\", \"v1\""),
        ];
        assert_eq!(conditions(&lines), NOT_MODIFIED);
        let lines = [("If-Match", "\"v0\""), ("If-Match", "\"v2\", \"v1\"")];
        assert_eq!(conditions(&lines), None);
    }

    #[test]
    fn star_in_a_list_is_not_a_star() {
        assert_eq!(conditions(&[("If-None-Match", "*, \"v0\"")]), None);
        assert_eq!(
            conditions(&[("If-Match", "*"), ("If-Match", "\"v0\"")]),
            FAILED
        );
    }

    #[test]
    fn bad_member_leaves_the_others() {
        assert_eq!(conditions(&[("If-None-Match", "v0, \"v1\"")]), NOT_MODIFIED);
    }

    #[test]
    fn weak_tag_matches_if_none_match_but_never_if_match() {
        let answer = |name, value| {
            with(WEAK, None, |validators| {
                preconditions(&request(&Method::GET, &[(name, value)]), validators)
            })
        };
        assert_eq!(answer("If-None-Match", "\"v1\""), NOT_MODIFIED);
        assert_eq!(answer("If-None-Match", "W/\"v1\""), NOT_MODIFIED);
        assert_eq!(answer("If-Match", "\"v1\""), FAILED);
        assert_eq!(answer("If-Match", "W/\"v1\""), FAILED);
        assert_eq!(answer("If-Match", "*"), None);
        assert_eq!(conditions(&[("If-Match", "W/\"v1\"")]), FAILED);
    }

    #[test]
    fn if_match_that_fails_is_412() {
        for value in ["\"v0\"", "", "v1", "\"v0\", W/\"v1\""] {
            assert_eq!(conditions(&[("If-Match", value)]), FAILED, "{value}");
        }
    }

    #[test]
    fn if_match_without_a_tag_to_compare_is_412_but_for_the_star() {
        let answer = |value| {
            with(None, None, |validators| {
                preconditions(&request(&Method::GET, &[("If-Match", value)]), validators)
            })
        };
        assert_eq!(answer("\"v1\""), FAILED);
        assert_eq!(answer("*"), None);
    }

    #[test]
    fn if_match_that_passes_makes_if_unmodified_since_ignored() {
        let fields = [("If-Match", "\"v1\""), ("If-Unmodified-Since", EARLIER)];
        assert_eq!(conditions(&fields), None);
    }

    #[test]
    fn if_none_match_that_passes_makes_if_modified_since_ignored() {
        for tags in ["\"v0\"", ""] {
            let fields = [("If-None-Match", tags), ("If-Modified-Since", SAME)];
            assert_eq!(conditions(&fields), None);
        }
    }

    #[test]
    fn failed_precondition_beats_not_modified() {
        let fields = [("If-None-Match", "\"v1\""), ("If-Match", "\"v0\"")];
        assert_eq!(conditions(&fields), FAILED);
        let fields = [
            ("If-Modified-Since", SAME),
            ("If-Unmodified-Since", EARLIER),
        ];
        assert_eq!(conditions(&fields), FAILED);
    }

    #[test]
    fn dates_are_compared_inclusively() {
        for (value, modified, unmodified) in [
            (EARLIER, None, FAILED),
            (SAME, NOT_MODIFIED, None),
            (LATER, NOT_MODIFIED, None),
            (FUTURE, NOT_MODIFIED, None),
            ("Sunday, 06-Nov-94 08:49:37 GMT", NOT_MODIFIED, None),
            ("Sun Nov  6 08:49:37 1994", NOT_MODIFIED, None),
            ("Wed, 31 Dec 1969 23:59:59 GMT", None, FAILED),
        ] {
            assert_eq!(
                conditions(&[("If-Modified-Since", value)]),
                modified,
                "{value}"
            );
            assert_eq!(
                conditions(&[("If-Unmodified-Since", value)]),
                unmodified,
                "{value}"
            );
        }
    }

    #[test]
    fn date_that_is_none_is_ignored() {
        for name in ["If-Modified-Since", "If-Unmodified-Since"] {
            for value in [
                "",
                "yesterday",
                "0",
                "Sun, 06 Nov 1994 08:49:37 UTC",
                "\"v1\"",
            ] {
                assert_eq!(conditions(&[(name, value)]), None, "{name}: {value}");
            }
            for value in [EARLIER, SAME] {
                assert_eq!(
                    conditions(&[(name, value), (name, value)]),
                    None,
                    "{name} twice"
                );
            }
        }
    }

    #[test]
    fn date_without_one_to_compare_is_ignored() {
        for name in ["If-Modified-Since", "If-Unmodified-Since"] {
            let answer = with(STRONG, None, |validators| {
                preconditions(&request(&Method::GET, &[(name, EARLIER)]), validators)
            });
            assert_eq!(answer, None, "{name}");
        }
    }

    #[test]
    fn parts_of_a_second_do_not_count() {
        let validators = Validators {
            etag: None,
            last_modified: Some(UNIX_EPOCH + Duration::from_millis(DATE * 1000 + 999)),
        };
        let answer =
            |name, value| preconditions(&request(&Method::GET, &[(name, value)]), validators);
        assert_eq!(answer("If-Modified-Since", SAME), NOT_MODIFIED);
        assert_eq!(answer("If-Unmodified-Since", SAME), None);
        assert_eq!(answer("If-Unmodified-Since", EARLIER), FAILED);
    }

    #[test]
    fn file_from_before_1970_has_a_date_too() {
        let validators = Validators {
            etag: None,
            last_modified: Some(UNIX_EPOCH - Duration::from_millis(1_500)),
        };
        let answer = |value| {
            preconditions(
                &request(&Method::GET, &[("If-Modified-Since", value)]),
                validators,
            )
        };
        assert_eq!(answer("Wed, 31 Dec 1969 23:59:58 GMT"), NOT_MODIFIED);
        assert_eq!(answer("Wed, 31 Dec 1969 23:59:57 GMT"), None);
    }

    #[test]
    fn other_methods_have_no_conditions_and_no_ranges() {
        let fields = [
            ("If-None-Match", "*"),
            ("If-Match", "\"v0\""),
            ("Range", "bytes=0-0"),
        ];
        for method in [Method::POST, Method::PUT, Method::OPTIONS, Method::DELETE] {
            let request = request(&method, &fields);
            with(STRONG, DATED, |validators| {
                assert_eq!(preconditions(&request, validators), None);
                assert_eq!(settle(&request, validators, Some(10)), None);
                assert_eq!(
                    ranges(&request, validators, 10, Access::Random),
                    Decision::Whole
                );
            });
        }
    }

    #[test]
    fn head_is_conditional_like_get() {
        with(STRONG, DATED, |validators| {
            let head = |fields| preconditions(&request(&Method::HEAD, fields), validators);
            assert_eq!(head(&[("If-None-Match", "\"v1\"")]), NOT_MODIFIED);
            assert_eq!(head(&[("If-Modified-Since", SAME)]), NOT_MODIFIED);
            assert_eq!(head(&[("If-Match", "\"v0\"")]), FAILED);
        });
    }
}

mod settling {
    use super::*;

    #[test]
    fn tag_of_an_option_settles_if_none_match() {
        assert_eq!(
            settled(STRONG, None, None, &[("If-None-Match", "\"v1\"")]),
            NOT_MODIFIED
        );
        assert_eq!(
            settled(WEAK, None, None, &[("If-None-Match", "\"v1\"")]),
            NOT_MODIFIED
        );
        assert_eq!(
            settled(STRONG, None, None, &[("If-None-Match", "\"v0\"")]),
            None
        );
    }

    #[test]
    fn unknown_tag_settles_nothing_and_no_date_is_consulted() {
        let fields = [("If-None-Match", "\"v1\""), ("If-Modified-Since", SAME)];
        assert_eq!(settled(None, DATED, None, &fields), None);
        assert_eq!(settled(None, DATED, None, &[("If-Match", "\"v0\"")]), None);
        let fields = [("If-Match", "\"v0\""), ("If-Unmodified-Since", EARLIER)];
        assert_eq!(settled(None, DATED, None, &fields), None);
    }

    #[test]
    fn unknown_date_settles_nothing_that_asks_for_it() {
        assert_eq!(
            settled(STRONG, None, None, &[("If-Modified-Since", SAME)]),
            None
        );
        let fields = [
            ("If-Unmodified-Since", EARLIER),
            ("If-None-Match", "\"v1\""),
        ];
        assert_eq!(settled(STRONG, None, None, &fields), None);
    }

    #[test]
    fn condition_on_an_unknown_validator_may_be_overruled() {
        let fields = [
            ("If-Match", "\"v1\""),
            ("If-Unmodified-Since", EARLIER),
            ("If-None-Match", "\"v1\""),
        ];
        assert_eq!(settled(STRONG, None, None, &fields), NOT_MODIFIED);
        let fields = [("If-Match", "\"v0\""), ("If-Modified-Since", SAME)];
        assert_eq!(settled(STRONG, None, None, &fields), FAILED);
        let fields = [
            ("If-Unmodified-Since", EARLIER),
            ("If-None-Match", "\"v1\""),
        ];
        assert_eq!(settled(None, DATED, None, &fields), FAILED);
    }

    #[test]
    fn invalid_date_settles_as_if_it_were_not_there() {
        let fields = [
            ("If-Unmodified-Since", "never"),
            ("If-None-Match", "\"v1\""),
        ];
        assert_eq!(settled(STRONG, None, None, &fields), NOT_MODIFIED);
    }

    #[test]
    fn date_of_an_option_settles_if_modified_since() {
        assert_eq!(
            settled(None, DATED, None, &[("If-Modified-Since", SAME)]),
            NOT_MODIFIED
        );
        assert_eq!(
            settled(None, DATED, None, &[("If-Modified-Since", EARLIER)]),
            None
        );
        assert_eq!(
            settled(None, DATED, None, &[("If-Unmodified-Since", EARLIER)]),
            FAILED
        );
    }

    #[test]
    fn star_settles_once_an_option_vouches_for_the_file() {
        assert_eq!(
            settled(None, None, Some(10), &[("If-None-Match", "*")]),
            None
        );
        assert_eq!(
            settled(STRONG, None, None, &[("If-None-Match", "*")]),
            NOT_MODIFIED
        );
        assert_eq!(
            settled(None, DATED, None, &[("If-None-Match", "*")]),
            NOT_MODIFIED
        );
        let fields = [("If-Match", "*"), ("If-None-Match", "\"v1\"")];
        assert_eq!(settled(None, None, None, &fields), None);
        assert_eq!(settled(STRONG, None, None, &fields), NOT_MODIFIED);
    }

    #[test]
    fn range_beyond_the_end_is_settled_by_size_and_strong_tag() {
        let fields = [("Range", "bytes=10-")];
        let unsatisfiable = Some(Decision::RangeNotSatisfiable);
        assert_eq!(settled(STRONG, None, Some(10), &fields), unsatisfiable);
        assert_eq!(settled(WEAK, None, Some(10), &fields), None);
        assert_eq!(settled(None, DATED, Some(10), &fields), None);
        assert_eq!(settled(STRONG, None, None, &fields), None);
        assert_eq!(settled(STRONG, None, Some(11), &fields), None);
    }

    #[test]
    fn range_beyond_the_end_is_not_settled_before_its_conditions() {
        let range = ("Range", "bytes=10-");
        let unsatisfiable = Some(Decision::RangeNotSatisfiable);
        let answer = |field| settled(STRONG, None, Some(10), &[range, field]);
        assert_eq!(answer(("If-None-Match", "\"v1\"")), NOT_MODIFIED);
        assert_eq!(answer(("If-None-Match", "\"v0\"")), unsatisfiable);
        assert_eq!(answer(("If-Modified-Since", EARLIER)), None);
        assert_eq!(answer(("If-Range", "\"v1\"")), unsatisfiable);
        assert_eq!(answer(("If-Range", "\"v0\"")), None);
        assert_eq!(answer(("If-Range", SAME)), None);
    }

    #[test]
    fn head_is_settled_by_a_size() {
        let head = |etag, size, fields| {
            with(etag, None, |validators| {
                settle(&request(&Method::HEAD, fields), validators, size)
            })
        };
        let whole = Some(Decision::Whole);
        assert_eq!(head(None, Some(10), &[]), whole);
        assert_eq!(head(None, None, &[]), None);
        assert_eq!(head(STRONG, Some(10), &[("Range", "bytes=10-")]), whole);
        assert_eq!(
            head(STRONG, Some(10), &[("If-None-Match", "\"v1\"")]),
            NOT_MODIFIED
        );
        assert_eq!(
            head(STRONG, Some(10), &[("If-None-Match", "\"v0\"")]),
            whole
        );
        assert_eq!(head(None, Some(10), &[("If-None-Match", "\"v0\"")]), None);
    }

    #[test]
    fn plain_get_is_never_settled() {
        assert_eq!(settled(STRONG, DATED, Some(10), &[]), None);
        assert_eq!(
            settled(STRONG, DATED, Some(10), &[("Range", "bytes=0-")]),
            None
        );
    }
}

mod range_of_a_file {
    use super::*;

    #[test]
    fn first_and_last_are_included() {
        assert_eq!(ranged("bytes=0-0"), part(0, 1));
        assert_eq!(ranged("bytes=5-9"), part(5, 10));
        assert_eq!(ranged("bytes=999-999"), part(999, 1000));
        assert_eq!(ranged("bytes=0005-009"), part(5, 10));
    }

    #[test]
    fn open_range_runs_to_the_end() {
        assert_eq!(ranged("bytes=0-"), part(0, 1000));
        assert_eq!(ranged("bytes=999-"), part(999, 1000));
    }

    #[test]
    fn end_beyond_the_size_is_clamped() {
        for end in [
            "1000",
            "18446744073709551615",
            "18446744073709551616",
            "99999999999999999999999",
        ] {
            assert_eq!(
                ranged(&format!("bytes=990-{end}")),
                part(990, 1000),
                "{end}"
            );
        }
    }

    #[test]
    fn suffix_counts_from_the_end() {
        assert_eq!(ranged("bytes=-1"), part(999, 1000));
        for length in [
            "1000",
            "1001",
            "18446744073709551616",
            "99999999999999999999999",
        ] {
            assert_eq!(
                ranged(&format!("bytes=-{length}")),
                part(0, 1000),
                "{length}"
            );
        }
    }

    #[test]
    fn range_beyond_the_end_is_416() {
        for range in [
            "bytes=1000-",
            "bytes=1000-1000",
            "bytes=18446744073709551615-",
            "bytes=18446744073709551616-18446744073709551617",
            "bytes=99999999999999999999999-",
            "bytes=-0",
            "bytes=-000",
            "bytes=1000-,-0,2000-3000",
        ] {
            assert_eq!(ranged(range), Decision::RangeNotSatisfiable, "{range}");
        }
    }

    #[test]
    fn malformed_field_is_ignored() {
        for range in [
            "",
            "bytes",
            "bytes=",
            "bytes=,",
            "bytes= ",
            "bytes=-",
            "bytes=--1",
            "bytes=a-b",
            "bytes=0-0x5",
            "bytes=+1-2",
            "bytes=1-+2",
            "bytes=0 -5",
            "bytes=0- 5",
            "bytes=0-5 6-7",
            "bytes=5-4",
            "bytes=0-5;6-7",
            "bytes =0-5",
            "bytes:0-5",
            "bytes=0-5-6",
            "bytes=1.0-2",
            "=0-5",
            "0-5",
            "bytes=0-4,x",
            "bytes=x,0-4",
            "bytes=0-4,9-8",
            "bytes=*",
            "bytes==0-5",
            "bytes=0-4, bytes=6-7",
            "bytes=2000-1999",
            "bytes=99999999999999999999999-99999999999999999999998",
        ] {
            assert_eq!(ranged(range), Decision::Whole, "{range}");
        }
    }

    #[test]
    fn other_units_are_ignored() {
        for range in [
            "items=0-5",
            "byte=0-5",
            "bytesx=0-5",
            "none=0-5",
            "seconds=0-",
        ] {
            assert_eq!(ranged(range), Decision::Whole, "{range}");
        }
    }

    #[test]
    fn unit_has_no_case_and_spaces_stand_between_ranges() {
        for range in [
            "BYTES=5-9",
            "Bytes=5-9",
            "bytes= 5-9",
            "bytes=\t5-9 ",
            "bytes=,, 5-9 ,",
        ] {
            assert_eq!(ranged(range), part(5, 10), "{range}");
        }
    }

    #[test]
    fn several_lines_are_ignored() {
        let fields = [("Range", "bytes=0-4"), ("Range", "bytes=0-4")];
        assert_eq!(
            answered(&fields, STRONG, 1000, Access::Random),
            Decision::Whole
        );
    }

    #[test]
    fn empty_file_is_sent_whole() {
        for range in ["bytes=0-", "bytes=0-0", "bytes=-1", "bytes=-0", "bytes=5-"] {
            assert_eq!(sized(range, 0), Decision::Whole, "{range}");
        }
    }

    #[test]
    fn greatest_size_does_not_overflow() {
        assert_eq!(
            sized("bytes=18446744073709551614-", u64::MAX),
            part(u64::MAX - 1, u64::MAX)
        );
        assert_eq!(
            sized("bytes=18446744073709551615-", u64::MAX),
            Decision::RangeNotSatisfiable
        );
        assert_eq!(sized("bytes=0-1,3-", u64::MAX), Decision::Whole);
    }

    #[test]
    fn head_has_no_ranges() {
        let head = request(&Method::HEAD, &[("Range", "bytes=0-4")]);
        assert_eq!(
            ranges(&head, Validators::default(), 1000, Access::Random),
            Decision::Whole
        );
        let head = request(&Method::HEAD, &[("Range", "bytes=1000-")]);
        assert_eq!(
            ranges(&head, Validators::default(), 1000, Access::Random),
            Decision::Whole
        );
    }
}

mod several_ranges {
    use super::*;

    #[test]
    fn parts_keep_the_order_asked() {
        assert_eq!(ranged("bytes=0-0,-1"), parts(&[(0, 1), (999, 1000)]));
        assert_eq!(ranged("bytes=-1,0-0"), parts(&[(999, 1000), (0, 1)]));
        assert_eq!(ranged("bytes=500-,0-99"), parts(&[(500, 1000), (0, 100)]));
    }

    #[test]
    fn gap_of_one_byte_is_kept() {
        assert_eq!(ranged("bytes=0-1,3-4"), parts(&[(0, 2), (3, 5)]));
    }

    #[test]
    fn overlapping_and_adjacent_ranges_are_merged() {
        assert_eq!(ranged("bytes=0-4,5-9"), part(0, 10));
        assert_eq!(ranged("bytes=5-9,0-4"), part(0, 10));
        assert_eq!(ranged("bytes=0-4,2-9,0-0"), part(0, 10));
        assert_eq!(ranged("bytes=0-499,500-"), part(0, 1000));
        assert_eq!(ranged("bytes=10-14,0-4,3-11"), part(0, 15));
    }

    #[test]
    fn joined_part_is_in_the_place_of_its_first_range() {
        assert_eq!(
            ranged("bytes=100-109,0-4,110-119"),
            parts(&[(100, 120), (0, 5)])
        );
        assert_eq!(
            ranged("bytes=0-4,200-209,100-109,190-215,5-9"),
            parts(&[(0, 10), (190, 216), (100, 110)])
        );
    }

    #[test]
    fn unsatisfiable_ones_are_left_out() {
        assert_eq!(ranged("bytes=1000-,0-4,-0"), part(0, 5));
        assert_eq!(
            ranged("bytes=0-4,1000-1001,10-14"),
            parts(&[(0, 5), (10, 15)])
        );
    }

    /// `count` ranges of one byte, with a gap of one between them.
    fn sparse(count: u64, size: u64) -> Decision {
        let ranges: Vec<_> = (0..count)
            .map(|index| format!("{0}-{0}", index * 2))
            .collect();
        sized(&format!("bytes={}", ranges.join(",")), size)
    }

    #[test]
    fn few_parts_are_sent_however_small_the_file() {
        assert_eq!(sized("bytes=0-0,-1", 11), parts(&[(0, 1), (10, 11)]));
        assert_eq!(
            ranged("bytes=0-498,500-999"),
            parts(&[(0, 499), (500, 1000)])
        );
        assert!(matches!(sparse(8, 16), Decision::Parts(parts) if parts.len() == 8));
    }

    #[test]
    fn more_parts_that_outweigh_the_file_are_the_file() {
        assert_eq!(sparse(9, 18), Decision::Whole);
        assert_eq!(sparse(9, 9 * 121), Decision::Whole);
        assert!(matches!(sparse(9, 9 * 121 + 1), Decision::Parts(parts) if parts.len() == 9));
    }

    #[test]
    fn too_many_are_the_file() {
        let many = |count| sparse(count, 1 << 20);
        assert!(matches!(many(200), Decision::Parts(parts) if parts.len() == 200));
        assert_eq!(many(201), Decision::Whole);
        assert_eq!(many(50_000), Decision::Whole);
    }

    #[test]
    fn as_many_as_you_like_of_the_same_are_one() {
        assert_eq!(
            ranged(&format!("bytes={}0-4", "0-4,".repeat(10_000))),
            part(0, 5)
        );
        assert_eq!(
            ranged(&format!("bytes={}0-4", ",".repeat(100_000))),
            part(0, 5)
        );
        let digits = "9".repeat(100_000);
        assert_eq!(ranged(&format!("bytes=5-{digits}")), part(5, 1000));
    }

    #[test]
    fn content_that_runs_forwards_gives_ascending_parts_only() {
        let forward = |range| answered(&[("Range", range)], STRONG, 1000, Access::Forward);
        assert_eq!(forward("bytes=500-509"), part(500, 510));
        assert_eq!(forward("bytes=0-4,10-14"), parts(&[(0, 5), (10, 15)]));
        assert_eq!(forward("bytes=10-14,0-4"), Decision::Whole);
        assert_eq!(forward("bytes=5-9,0-4"), part(0, 10));
    }
}

mod condition_of_a_range {
    use super::*;

    fn if_range(etag: Option<&str>, value: &str) -> Decision {
        let fields = [("Range", "bytes=0-4"), ("If-Range", value)];
        answered(&fields, etag, 1000, Access::Random)
    }

    #[test]
    fn same_strong_tag_gives_the_range() {
        assert_eq!(if_range(STRONG, "\"v1\""), part(0, 5));
    }

    #[test]
    fn anything_but_the_same_strong_tag_gives_the_file() {
        for value in [
            "\"v0\"",
            "W/\"v1\"",
            "v1",
            "*",
            "\"v1\", \"v1\"",
            "\"v0\", \"v1\"",
            "",
            "\"v1",
        ] {
            assert_eq!(if_range(STRONG, value), Decision::Whole, "{value}");
        }
        assert_eq!(if_range(WEAK, "\"v1\""), Decision::Whole);
        assert_eq!(if_range(WEAK, "W/\"v1\""), Decision::Whole);
        assert_eq!(if_range(None, "\"v1\""), Decision::Whole);
    }

    #[test]
    fn exact_date_gives_the_range() {
        for value in [
            SAME,
            "Sunday, 06-Nov-94 08:49:37 GMT",
            "Sun Nov  6 08:49:37 1994",
        ] {
            assert_eq!(if_range(None, value), part(0, 5), "{value}");
            assert_eq!(if_range(STRONG, value), part(0, 5), "{value}");
        }
    }

    #[test]
    fn other_date_earlier_or_later_gives_the_file() {
        for value in [EARLIER, LATER, FUTURE, "Sun, 06 Nov 1994 08:49:37 UTC"] {
            assert_eq!(if_range(STRONG, value), Decision::Whole, "{value}");
        }
    }

    #[test]
    fn date_whose_second_is_not_over_is_not_strong() {
        let answer = |last_modified| {
            let validators = Validators {
                etag: None,
                last_modified: Some(last_modified),
            };
            let date = httpdate::fmt_http_date(last_modified);
            let fields = [("Range", "bytes=0-4"), ("If-Range", &*date)];
            ranges(
                &request(&Method::GET, &fields),
                validators,
                1000,
                Access::Random,
            )
        };
        let now = SystemTime::now();
        assert_eq!(answer(now + Duration::from_secs(60)), Decision::Whole);
        assert_eq!(answer(now - Duration::from_secs(2)), part(0, 5));
    }

    #[test]
    fn several_lines_give_the_file() {
        let fields = [
            ("Range", "bytes=0-4"),
            ("If-Range", "\"v1\""),
            ("If-Range", "\"v1\""),
        ];
        assert_eq!(
            answered(&fields, STRONG, 1000, Access::Random),
            Decision::Whole
        );
    }

    #[test]
    fn without_a_range_it_is_ignored() {
        assert_eq!(
            answered(&[("If-Range", "\"v1\"")], STRONG, 1000, Access::Random),
            Decision::Whole
        );
    }

    #[test]
    fn range_beyond_the_end_is_416_only_where_it_holds() {
        let answer = |value| {
            let fields = [("Range", "bytes=1000-"), ("If-Range", value)];
            answered(&fields, STRONG, 1000, Access::Random)
        };
        assert_eq!(answer("\"v1\""), Decision::RangeNotSatisfiable);
        assert_eq!(answer("\"v0\""), Decision::Whole);
    }
}
