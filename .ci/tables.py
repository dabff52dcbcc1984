"""Reads the tables of `tables DIRECTORY` back with Python's `csv` and `json`."""

import csv
import json
import pathlib
import sys

directory = pathlib.Path(sys.argv[1])
values = json.loads((directory / "values.json").read_text(encoding="utf-8"))
title = 'a "title", quoted'


def read(name, delimiter=",", encoding="utf-8"):
    with open(directory / name, newline="", encoding=encoding) as file:
        return list(csv.DictReader(file, delimiter=delimiter, strict=True))


def same(name, rows, text=lambda text: text, number=float):
    assert len(rows) == len(values), f"{name}: {len(rows)} rows"
    for row, value in zip(rows, values):
        assert list(row) == list(value), f"{name}: {list(row)}"
        for key in ("text", "last"):
            assert row[key] == text(value[key]), f"{name}: {row[key]!r} is not {value[key]!r}"
        assert number(row[title]) == value[title], f"{name}: {row[title]!r}"
        maybe = int(row["maybe"]) if row["maybe"] else None
        assert maybe == value["maybe"], f"{name}: {row['maybe']!r}"


def escaped(text):
    """Adds what Formulas::Escape puts before a formula."""
    try:
        if text.strip() == text:
            float(text)
            return text
    except ValueError:
        pass
    return "'" + text if text.startswith(tuple("=+-@\t\r\n\0＝＋－＠")) else text


same("kept.csv", read("kept.csv"))
same("kept-lf.csv", read("kept-lf.csv"))
same("kept.tsv", read("kept.tsv", delimiter="\t"))
same("escaped.csv", read("escaped.csv"), text=escaped)
same(
    "excel.csv",
    read("excel.csv", delimiter=";", encoding="utf-8-sig"),
    text=escaped,
    number=lambda text: float(text.replace(",", ".")),
)
assert json.loads((directory / "rows.json").read_text(encoding="utf-8")) == values
lines = (directory / "rows.jsonl").read_bytes().decode("utf-8").split("\n")
assert lines.pop() == ""
assert [json.loads(line) for line in lines] == values
