"""CSV files against what Spark read from the same bytes."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.sources.recordings import (
    ZONE,
    read_carefully,
    recorded,
    rows_of,
    same_text,
    shown,
)
from unbounded.engine import Cursor
from unbounded.errors import AnalysisError, ExecutionError, UnsupportedError
from unbounded.parser import parse_schema
from unbounded.sources.csv import read_csv_sql

TOKENS = recorded("spark_csv_tokens")
FILES = recorded("spark_csv_files")


@pytest.mark.parametrize("data_type", TOKENS["values"])
def test_cells_are_read_as_spark_reads_them(
    data_type: str, tmp_path: Path, cursor: Cursor
) -> None:
    path = tmp_path / "tokens.csv"
    lines = (f"{i}|{t}|end\n" for i, t in enumerate(TOKENS["tokens"]))
    path.write_text("".join(lines), "utf-8")
    schema = parse_schema(f"id INT, v {data_type}, z STRING, _corrupt_record STRING")
    sql = read_csv_sql([str(path)], schema, {"sep": "|"}, ZONE)
    table = cursor.query(
        f"SELECT {shown(data_type)}, z, _corrupt_record IS NOT NULL FROM ({sql})"
    )
    wrong = [
        (token, ours, theirs)
        for token, ours, theirs in zip(
            TOKENS["tokens"],
            zip(*table.to_pydict().values(), strict=True),
            TOKENS["values"][data_type],
            strict=True,
        )
        if not same_text(data_type, ours[0], theirs[0]) or list(ours[1:]) != theirs[1:]
    ]
    assert not wrong


@pytest.mark.parametrize(
    ("name", "case"),
    [
        (name, case)
        for name, file in FILES.items()
        for case in file["expected"]
        if name != "headermis2" and not (name == "multiq" and case.endswith("True"))
    ],
)
def test_files_are_read_as_spark_reads_them(
    name: str, case: str, tmp_path: Path, cursor: Cursor
) -> None:
    file = FILES[name]
    path = tmp_path / f"{name}.csv"
    path.write_bytes(file["data"].encode("latin-1"))
    mode, has_corrupt_column = case.split("/")
    columns = file["schema"]
    if has_corrupt_column == "True":
        columns += ", _corrupt_record STRING"
    options = {key.lower(): value for key, value in file["options"].items()}
    schema = parse_schema(columns)

    def read() -> object:
        _, table = read_carefully(
            cursor,
            lambda care: read_csv_sql(
                [str(path)], schema, options | {"mode": mode}, ZONE, care
            ),
        )
        return rows_of(table)

    expected = file["expected"][case]
    if expected != "error":
        assert read() == expected
        return
    with pytest.raises(ExecutionError) as caught:
        read()
    assert caught.value.condition == "MALFORMED_RECORD_IN_PARSING"


def test_names_that_must_match_the_header_are_refused_by_name() -> None:
    with pytest.raises(UnsupportedError, match="enforceschema"):
        read_csv_sql(["/x"], parse_schema("a INT"), {"enforceschema": "false"}, ZONE)


def test_multi_line_files_have_no_corrupt_records() -> None:
    schema = parse_schema("a INT, _corrupt_record STRING")
    with pytest.raises(UnsupportedError, match="multiLine"):
        read_csv_sql(["/x"], schema, {"multiline": "true"}, ZONE)


def test_a_type_csv_cannot_hold_is_refused() -> None:
    with pytest.raises(AnalysisError) as caught:
        read_csv_sql(["/x"], parse_schema("a ARRAY<INT>"), {}, ZONE)
    assert caught.value.condition == "UNSUPPORTED_DATA_TYPE_FOR_DATASOURCE"


def test_the_header_of_each_file_is_left_out(tmp_path: Path, cursor: Cursor) -> None:
    for name in ("a", "b"):
        (tmp_path / f"{name}.csv").write_text(f"n\n{name}\n")
    paths = [str(tmp_path / "a.csv"), str(tmp_path / "b.csv")]
    sql = read_csv_sql(paths, parse_schema("n STRING"), {"header": "true"}, ZONE)
    assert cursor.query(sql)["n"].to_pylist() == ["a", "b"]
