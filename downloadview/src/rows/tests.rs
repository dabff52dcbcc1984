//! The rules of CSV and JSON, row by row.

use std::collections::{BTreeMap, HashMap};

use proptest::prelude::*;
use serde::{Deserialize, Serialize, ser::SerializeStruct};

use super::{Csv, Encoder, Format, Formulas, HasHeader};

/// Returns the file, or the error of the first row that fails.
fn written<T: Serialize>(
    format: Format,
    settings: Csv,
    titles: Option<&[&'static str]>,
    rows: &[T],
) -> Result<String, String> {
    let titles = titles.map(|titles| titles.iter().map(|title| (*title).into()).collect());
    let mut encoder = Encoder::new(format, settings, titles, HasHeader::default()).unwrap();
    let mut out = Vec::new();
    for row in rows {
        out.extend_from_slice(encoder.row(row).map_err(|error| error.to_string())?);
    }
    out.extend_from_slice(encoder.finish().map_err(|error| error.to_string())?);
    Ok(String::from_utf8(out).unwrap())
}

fn csv<T: Serialize>(rows: &[T]) -> Result<String, String> {
    written(Format::Csv, Csv::new().lf(), None, rows)
}

fn titled<T: Serialize>(titles: &[&'static str], rows: &[T]) -> Result<String, String> {
    written(Format::Csv, Csv::new().lf(), Some(titles), rows)
}

#[track_caller]
fn assert_fails<T: Serialize>(rows: &[T], error: &str) {
    assert_eq!(csv(rows), Err(error.to_owned()));
}

#[derive(Clone, Serialize)]
struct Address {
    city: &'static str,
    zip: u32,
}

#[derive(Clone, Serialize)]
struct Order {
    #[serde(rename = "No.")]
    id: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    note: Option<&'static str>,
    address: Option<Address>,
    total: f64,
}

const ORDER: Order = Order {
    id: 1,
    note: Some("soon"),
    address: Some(Address {
        city: "Kiel",
        zip: 24103,
    }),
    total: 9.5,
};

#[test]
fn a_struct_has_a_column_for_each_field() {
    let second = Order {
        id: 2,
        note: None,
        total: f64::NAN,
        ..ORDER
    };
    let third = Order {
        id: 3,
        address: None,
        total: 1e-7,
        ..ORDER
    };
    let expected = "No.,note,address.city,address.zip,total\n1,soon,Kiel,24103,9.5\n2,,Kiel,24103,\n3,soon,,,1e-7\n";
    assert_eq!(csv(&[ORDER, second, third]), Ok(expected.to_owned()));
}

#[test]
fn a_skipped_field_of_the_first_row_has_a_column() {
    let first = Order {
        note: None,
        ..ORDER
    };
    let expected =
        "No.,note,address.city,address.zip,total\n1,,Kiel,24103,9.5\n1,soon,Kiel,24103,9.5\n";
    assert_eq!(csv(&[first, ORDER]), Ok(expected.to_owned()));
}

#[test]
fn a_nested_struct_that_the_first_row_does_not_have_is_an_error() {
    let first = Order {
        address: None,
        ..ORDER
    };
    assert_fails(
        &[first, ORDER],
        "row 2, column `address`: nested values, but the first row has a single cell; name the columns with `Rows::columns`",
    );
}

#[test]
fn titles_name_the_columns_of_a_nested_struct_that_the_first_row_does_not_have() {
    let first = Order {
        address: None,
        ..ORDER
    };
    let titles = ["Number", "note", "address.city", "address.zip", "Total"];
    let expected = "Number,note,address.city,address.zip,Total\n1,soon,,,9.5\n1,soon,Kiel,24103,9.5\n1,soon,,,9.5\n";
    let rows = [first.clone(), ORDER, first.clone()];
    assert_eq!(titled(&titles, &rows), Ok(expected.to_owned()));
    let other = ["id", "note", "place.city", "place.zip", "total"];
    assert_eq!(
        titled(&other, &[first]),
        Err("row 1: 5 titles for 4 cells".to_owned())
    );
    assert_eq!(
        titled(
            &["maybe.", "end"],
            &[
                Maybe {
                    maybe: None,
                    end: 1
                },
                Maybe {
                    maybe: Some(2),
                    end: 2
                }
            ]
        ),
        Ok("maybe.,end\n,1\n2,2\n".to_owned()),
        "titles that only look like keys"
    );
}

#[derive(Serialize)]
struct Maybe {
    maybe: Option<u8>,
    end: u8,
}

#[test]
fn a_row_that_is_none_has_empty_cells() {
    let address = ORDER.address;
    assert_eq!(
        csv(&[address.clone(), None, address]),
        Ok("city,zip\nKiel,24103\n,\nKiel,24103\n".to_owned())
    );
    assert_eq!(csv(&[Some((1, 2)), None]), Ok("1,2\n,\n".to_owned()));
    let map = Some(BTreeMap::from([("a", 1), ("b", 2)]));
    assert_eq!(csv(&[map, None]), Ok("a,b\n1,2\n,\n".to_owned()));
}

#[derive(Serialize)]
struct Flattened {
    id: u8,
    #[serde(flatten)]
    address: Address,
    #[serde(flatten)]
    more: BTreeMap<&'static str, Option<f32>>,
    end: bool,
}

#[test]
fn flattened_fields_are_matched_by_key() {
    let row = |id, more: &[(&'static str, Option<f32>)]| Flattened {
        id,
        address: Address {
            city: "Kiel",
            zip: 1,
        },
        more: more.iter().copied().collect(),
        end: true,
    };
    let rows = [
        row(1, &[("a", Some(0.1)), ("b", None)]),
        row(2, &[("b", Some(2.0))]),
        row(3, &[]),
    ];
    let expected = "id,city,zip,a,b,end\n1,Kiel,1,0.1,,true\n2,Kiel,1,,2.0,true\n3,Kiel,1,,,true\n";
    assert_eq!(csv(&rows), Ok(expected.to_owned()));
    let unknown = [row(1, &[]), row(2, &[("a", None)])];
    assert_fails(&unknown, "row 2: unknown key `a`");
}

#[test]
fn maps_are_matched_by_key() {
    let rows: Vec<HashMap<u8, &str>> = (0..50)
        .map(|row| {
            (0..8)
                .filter(|key| row == 0 || key != &(row % 8))
                .map(|key| (key, "x"))
                .collect()
        })
        .collect();
    let text = titled(&["7", "0", "1", "2", "3", "4", "5", "6"], &rows).unwrap();
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(
        lines[..4],
        [
            "7,0,1,2,3,4,5,6",
            "x,x,x,x,x,x,x,x",
            "x,x,,x,x,x,x,x",
            "x,x,x,,x,x,x,x"
        ]
    );
    assert_eq!(lines.len(), 51);
    let text = csv(&rows).unwrap();
    let mut read = ::csv::Reader::from_reader(text.as_bytes());
    let header = read.headers().unwrap().clone();
    for (row, cells) in rows.iter().zip(read.records()) {
        for (key, cell) in header.iter().zip(&cells.unwrap()) {
            assert_eq!(row.get(&key.parse().unwrap()).copied().unwrap_or(""), cell);
        }
    }
}

#[test]
fn a_key_that_is_not_declared_is_an_error() {
    let map = |keys: &[&'static str]| -> BTreeMap<&str, u8> {
        keys.iter().map(|key| (*key, 1)).collect()
    };
    assert_fails(&[map(&["a"]), map(&["a", "b"])], "row 2: unknown key `b`");
    let declared = titled(&["b", "a"], &[map(&["a", "c"])]);
    assert_eq!(declared, Err("row 1: unknown key `c`".to_owned()));
    assert_fails(&[map(&[])], "row 1: it has no cells");
    assert_eq!(
        titled(&["b", "a"], &[map(&[]), map(&["a"])]),
        Ok("b,a\n,\n,1\n".to_owned())
    );
}

#[derive(Serialize)]
struct Tagged {
    id: u8,
    tags: HashMap<&'static str, Option<Address>>,
    end: u8,
}

#[test]
fn a_map_in_a_struct_is_matched_by_key() {
    let address = |zip| Some(Address { city: "Kiel", zip });
    let rows = [
        Tagged {
            id: 1,
            tags: HashMap::from([("a", address(1))]),
            end: 1,
        },
        Tagged {
            id: 2,
            tags: HashMap::new(),
            end: 2,
        },
        Tagged {
            id: 3,
            tags: HashMap::from([("a", None)]),
            end: 3,
        },
        Tagged {
            id: 4,
            tags: HashMap::from([("a", address(4))]),
            end: 4,
        },
    ];
    let expected = "id,tags.a.city,tags.a.zip,end\n1,Kiel,1,1\n2,,,2\n3,,,3\n4,Kiel,4,4\n";
    assert_eq!(csv(&rows), Ok(expected.to_owned()));
    let titles = ["id", "tags.b.city", "tags.a.city", "tags.a.zip", "end"];
    let expected = format!(
        "{}\n1,,Kiel,1,1\n2,,,,2\n3,,,,3\n4,,Kiel,4,4\n",
        titles.join(",")
    );
    assert_eq!(titled(&titles, &rows), Ok(expected));
    let declared = titled(&["id", "tags.b.city", "tags.b.zip", "end"], &rows[..1]);
    assert_eq!(declared, Err("row 1: unknown key `tags.a.city`".to_owned()));
    let unknown = [
        Tagged {
            id: 1,
            tags: HashMap::from([("a", address(1))]),
            end: 1,
        },
        Tagged {
            id: 2,
            tags: HashMap::from([("b", address(1))]),
            end: 1,
        },
    ];
    assert_fails(&unknown, "row 2: unknown key `tags.b.city`");
}

#[test]
fn titles_are_the_keys_of_a_map_in_a_struct() {
    #[derive(Serialize)]
    struct Maybe {
        id: u8,
        tags: Option<BTreeMap<&'static str, u8>>,
        end: u8,
    }
    let row = |id, tags| Maybe { id, tags, end: 9 };
    let tags = |tags: &[(&'static str, u8)]| Some(tags.iter().copied().collect());
    let rows = || {
        [
            row(1, None),
            row(2, tags(&[("a", 1)])),
            row(3, tags(&[])),
            row(4, None),
        ]
    };
    let titles = ["id", "tags.b", "tags.a", "end"];
    let expected = "id,tags.b,tags.a,end\n1,,,9\n2,,1,9\n3,,,9\n4,,,9\n";
    assert_eq!(titled(&titles, &rows()), Ok(expected.to_owned()));
    let mut rows = rows();
    rows.rotate_left(2);
    assert_eq!(
        titled(&titles, &rows),
        Ok("id,tags.b,tags.a,end\n3,,,9\n4,,,9\n1,,,9\n2,,1,9\n".to_owned())
    );
    assert_eq!(
        csv(&[row(1, None), row(2, tags(&[]))]),
        Ok("id,tags,end\n1,,9\n2,,9\n".to_owned())
    );
    assert_fails(
        &[row(1, None), row(2, tags(&[("a", 1)]))],
        "row 2, column `tags`: nested values, but the first row has a single cell; name the columns with `Rows::columns`",
    );
}

#[test]
fn tuples_have_no_header_unless_it_is_given() {
    let rows = [(1, "a", Some(true)), (2, "b", None)];
    assert_eq!(csv(&rows), Ok("1,a,true\n2,b,\n".to_owned()));
    assert_eq!(
        titled(&["x", "y", "z"], &rows),
        Ok("x,y,z\n1,a,true\n2,b,\n".to_owned())
    );
    assert_eq!(
        titled(&["x"], &rows),
        Err("row 1: 1 titles for 3 cells".to_owned())
    );
    let joined = [
        (
            Address {
                city: "Kiel",
                zip: 1,
            },
            1,
        ),
        (
            Address {
                city: "Bonn",
                zip: 2,
            },
            2,
        ),
    ];
    assert_eq!(csv(&joined), Ok("Kiel,1,1\nBonn,2,2\n".to_owned()));
    let maybe = [
        (
            Some(Address {
                city: "Kiel",
                zip: 1,
            }),
            1,
        ),
        (None, 2),
    ];
    assert_eq!(csv(&maybe), Ok("Kiel,1,1\n,,2\n".to_owned()));
}

#[derive(Serialize)]
#[serde(tag = "kind")]
enum Event {
    Made { by: u8 },
    Sent { to: u8 },
}

#[test]
fn rows_have_the_same_number_of_cells() {
    assert_fails(&[vec![1, 2], vec![1]], "row 2: 1 cell instead of 2");
    assert_fails(&[vec![1, 2], vec![1, 2, 3]], "row 2: more than 2 cells");
    let same = csv(&[Event::Made { by: 1 }, Event::Made { by: 2 }]);
    assert_eq!(same, Ok("kind,by\nMade,1\nMade,2\n".to_owned()));
    assert_fails(
        &[Event::Made { by: 1 }, Event::Sent { to: 1 }],
        "row 2: unknown key `to`",
    );
}

#[test]
fn a_single_value_is_not_a_row_of_several_cells() {
    #[derive(Serialize)]
    enum Step {
        Started { by: u8, at: u8 },
        Ended,
    }
    assert_fails(
        &[Step::Started { by: 1, at: 2 }, Step::Ended],
        "row 2: a single value instead of 2 cells",
    );
}

/// `serde_json` serializes numbers like this with its feature `arbitrary_precision`.
struct Precise(&'static str);

impl Serialize for Precise {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        const NAME: &str = "$serde_json::private::Number";
        let mut number = serializer.serialize_struct(NAME, 1)?;
        number.serialize_field(NAME, self.0)?;
        number.end()
    }
}

#[test]
fn a_number_of_arbitrary_precision_is_a_cell() {
    #[derive(Serialize)]
    struct Amount {
        id: u8,
        total: Option<Precise>,
    }
    let row = |id, total| Amount { id, total };
    let rows = [
        row(1, None),
        row(2, Some(Precise("-0.10000000000000000001"))),
    ];
    assert_eq!(
        csv(&rows),
        Ok("id,total\n1,\n2,-0.10000000000000000001\n".to_owned())
    );
    let map = || BTreeMap::from([("a", Precise("1")), ("b", Precise("2"))]);
    assert_eq!(csv(&[map(), map()]), Ok("a,b\n1,2\n1,2\n".to_owned()));
    assert_eq!(csv(&[Precise("1"), Precise("2")]), Ok("1\n2\n".to_owned()));
}

#[derive(Serialize)]
enum Shape {
    #[serde(rename = "dot")]
    Dot,
    Line(u8),
    Area(u8, u8),
}

#[derive(Serialize)]
struct Metres(f32);

#[test]
fn enums_and_newtypes_are_cells() {
    let rows = [
        (Shape::Dot, Metres(0.3), 'c', ()),
        (Shape::Line(7), Metres(1.0), ',', ()),
    ];
    assert_eq!(csv(&rows), Ok("dot,0.3,c,\n7,1.0,\",\",\n".to_owned()));
    assert_eq!(
        csv(&[Metres(0.5), Metres(f32::INFINITY)]),
        Ok("0.5\n\"\"\n".to_owned())
    );
    let extremes = [(u128::MAX, i128::MIN, u64::MAX, i64::MIN)];
    let expected = format!("{},{},{},{}\n", u128::MAX, i128::MIN, u64::MAX, i64::MIN);
    assert_eq!(csv(&extremes), Ok(expected));
}

#[test]
fn lists_and_bytes_in_a_cell_are_errors() {
    struct Bytes;
    impl Serialize for Bytes {
        fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
            serializer.serialize_bytes(b"abc")
        }
    }
    #[derive(Serialize)]
    struct Listed {
        id: u8,
        tags: Vec<u8>,
    }
    #[derive(Serialize)]
    struct Coded {
        code: Bytes,
    }
    let listed = [Listed {
        id: 1,
        tags: vec![],
    }];
    assert_fails(&listed, "row 1, column `tags`: a list in a cell");
    assert_fails(&[(1, (2, 3))], "row 1, column `1`: a list in a cell");
    assert_fails(
        &[(Shape::Dot,), (Shape::Area(1, 2),)],
        "row 2, column `0`: a list in a cell",
    );
    assert_fails(
        &[Coded { code: Bytes }],
        "row 1, column `code`: bytes in a cell",
    );
    assert_fails(&[Bytes], "row 1: bytes in a cell");
}

#[test]
fn a_result_is_never_a_row() {
    let rows: [Result<u8, u8>; 2] = [Ok(1), Err(2)];
    for format in [Format::Csv, Format::Tsv, Format::JsonLines, Format::Json] {
        for row in rows {
            let refused = written(format, Csv::new(), None, &[Some(row)]).unwrap_err();
            assert!(
                refused.starts_with("row 1: a `Result` is not a row"),
                "{refused}"
            );
        }
    }
    assert!(csv(&[(1, rows[0])]).is_err());
}

#[test]
fn the_only_cell_of_a_row_is_never_an_empty_line() {
    assert_eq!(csv(&["", "a", ""]), Ok("\"\"\na\n\"\"\n".to_owned()));
    assert_eq!(csv(&[None::<u8>]), Ok("\"\"\n".to_owned()));
    assert_eq!(csv(&[()]), Ok("\"\"\n".to_owned()));
    let map = BTreeMap::from([("a", None::<u8>)]);
    assert_eq!(csv(&[map.clone(), map]), Ok("a\n\"\"\n\"\"\n".to_owned()));
    assert_eq!(titled(&[""], &[1]), Ok("\"\"\n1\n".to_owned()));
}

#[test]
fn titles_are_cells() {
    let rows = [(1, 2)];
    assert_eq!(
        titled(&["a,b", "=1+1"], &rows),
        Ok("\"a,b\",\"'=1+1\"\n1,2\n".to_owned())
    );
}

#[test]
fn an_empty_table_has_the_titles_that_were_given() {
    let none: [(u8, u8); 0] = [];
    let settings = || Csv::excel().lf();
    let table = |settings, titles| written(Format::Csv, settings, titles, &none).unwrap();
    assert_eq!(table(settings(), Some(&["a", "b"])), "\u{feff}a,b\n");
    assert_eq!(table(settings().no_header(), Some(&["a", "b"])), "");
    assert_eq!(table(settings(), None), "");
    assert_eq!(
        written(Format::Json, Csv::new(), None, &none).unwrap(),
        "[]"
    );
    assert_eq!(
        written(Format::JsonLines, Csv::new(), Some(&["a"]), &none).unwrap(),
        ""
    );
}

#[test]
fn settings_are_those_of_the_format() {
    let rows = [("a\tb;c", -1.5), ("=1", 0.0)];
    let settings = || Csv::excel().delimiter(';').decimal_comma().no_header();
    let table = |format, settings| written(format, settings, Some(&["x", "y"]), &rows).unwrap();
    assert_eq!(
        table(Format::Csv, settings()),
        "\u{feff}\"a\tb;c\";-1,5\r\n\"'=1\";0,0\r\n"
    );
    assert_eq!(
        table(Format::Tsv, settings().lf()),
        "\u{feff}\"a\tb;c\"\t-1,5\n\"'=1\"\t0,0\n"
    );
    assert_eq!(
        table(Format::JsonLines, settings()),
        "[\"a\\tb;c\",-1.5]\n[\"=1\",0.0]\n"
    );
    assert_eq!(
        table(Format::Json, settings()),
        "[\n[\"a\\tb;c\",-1.5],\n[\"=1\",0.0]\n]"
    );
    let refused = written(
        Format::Csv,
        Csv::new().formulas(Formulas::Refuse),
        None,
        &rows,
    );
    let error = "row 2, column `0`: \"=1\" begins like a formula of a spreadsheet";
    assert_eq!(refused, Err(error.to_owned()));
}

#[test]
fn nothing_comes_after_a_row_that_failed() {
    for format in [Format::Csv, Format::Json] {
        let mut encoder = Encoder::new(format, Csv::new(), None, HasHeader::default()).unwrap();
        encoder.row(&1).unwrap();
        encoder.row(&Err::<u8, u8>(2)).unwrap_err();
        assert!(encoder.row(&3).is_err());
        assert!(encoder.finish().is_err());
    }
}

#[test]
fn a_result_is_tested_by_name_only() {
    #[derive(Serialize)]
    enum Outcome {
        Ok(u8),
    }
    assert_eq!(csv(&[Outcome::Ok(1)]), Ok("1\n".to_owned()));
}

#[derive(Clone, Debug, Serialize, Deserialize, PartialEq)]
struct Any {
    text: String,
    number: f64,
    maybe: Option<i64>,
    flag: bool,
    letter: char,
    last: String,
}

prop_compose! {
    fn any_row()(
        text in ".*",
        number in any::<f64>().prop_filter("CSV has no NaN", |number| number.is_finite()),
        maybe in any::<Option<i64>>(),
        flag in any::<bool>(),
        letter in any::<char>(),
        last in "[\"\r\n,;=+ a-]*",
    ) -> Any {
        Any { text, number, maybe, flag, letter, last }
    }
}

proptest! {
    #[test]
    fn the_csv_crate_reads_back_what_was_written(
        rows in prop::collection::vec(any_row(), 1..10),
        delimiter in prop::sample::select(vec![',', ';', '\t', '|']),
        is_lf in any::<bool>(),
    ) {
        let settings = Csv::new().delimiter(delimiter).formulas(Formulas::Keep);
        let settings = if is_lf { settings.lf() } else { settings };
        let text = written(Format::Csv, settings, None, &rows).unwrap();
        let mut reader = ::csv::ReaderBuilder::new();
        let mut reader = reader.delimiter(delimiter as u8).from_reader(text.as_bytes());
        let read: Vec<Any> = reader.deserialize().map(Result::unwrap).collect();
        prop_assert_eq!(&read, &rows);
    }

    #[test]
    fn serde_json_reads_back_what_was_written(rows in prop::collection::vec(any_row(), 0..10)) {
        let text = written(Format::Json, Csv::new(), None, &rows).unwrap();
        let read: Vec<Any> = serde_json::from_str(&text).unwrap();
        prop_assert_eq!(read.len(), rows.len());
        let lines = written(Format::JsonLines, Csv::new(), None, &rows).unwrap();
        for ((line, row), read) in lines.lines().zip(&rows).zip(&read) {
            prop_assert_eq!(&read.text, &row.text);
            let read: serde_json::Value = serde_json::from_str(line).unwrap();
            prop_assert_eq!(&read["last"], &row.last);
        }
    }

    #[test]
    fn an_escaped_formula_is_the_text_after_an_apostrophe(text in "[=+@\t\r\n＝-].*") {
        let file = csv(&[(&text, 1)]).unwrap();
        let mut reader = ::csv::ReaderBuilder::new();
        let mut reader = reader.has_headers(false).from_reader(file.as_bytes());
        let cells = reader.records().next().unwrap().unwrap();
        prop_assert!(cells[0] == text || cells[0].strip_prefix('\'') == Some(text.as_str()));
    }
}
