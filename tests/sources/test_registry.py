from __future__ import annotations

import json
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from unbounded.engine import Cursor
from unbounded.errors import AnalysisError, ExecutionError, IllegalArgumentError
from unbounded.files import LocalFiles
from unbounded.parser import parse_schema
from unbounded.sources import infer_schema, read_sql
from unbounded.types import StructType


def read(
    cursor: Cursor, format_name: str, schema: StructType, path: Path, **options: str
) -> list[dict[str, object]]:
    sql = read_sql(format_name, schema, options, [str(path)], time_zone="UTC")
    return cursor.query(sql).to_pylist()


def inferred(cursor: Cursor, format_name: str, path: Path, **options: str) -> str:
    found = infer_schema(format_name, options, [str(path)], cursor.query)
    return found.simple_string.removeprefix("struct<").removesuffix(">")


def test_an_unknown_format_is_named(cursor: Cursor) -> None:
    with pytest.raises(AnalysisError, match="nope"):
        read(cursor, "nope", StructType(), Path("/"))


def test_a_missing_path_is_named(cursor: Cursor, tmp_path: Path) -> None:
    with pytest.raises(AnalysisError) as caught:
        read(cursor, "json", parse_schema("a INT"), tmp_path / "none")
    assert caught.value.condition == "PATH_NOT_FOUND"


def test_an_empty_folder_has_no_rows(cursor: Cursor, tmp_path: Path) -> None:
    assert read(cursor, "json", parse_schema("a INT"), tmp_path) == []


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b'a\n\n b,"c\nd', ["a", "", ' b,"c', "d"]),
        (b"a\r\n\r\nb\r\n", ["a", "", "b"]),
        (b"a\r\rb", ["a", "", "b"]),
        (b"a\n\r\nb\rc", ["a", "", "b", "c"]),
        (b"\n", [""]),
        (b"", []),
    ],
)
def test_text_has_a_row_a_line(
    data: bytes, expected: list[str], cursor: Cursor, tmp_path: Path
) -> None:
    path = tmp_path / "t.txt"
    path.write_bytes(data)
    rows = read(cursor, "text", parse_schema("value STRING"), path)
    assert [row["value"] for row in rows] == expected


def test_whole_text_has_a_row_a_file(cursor: Cursor, tmp_path: Path) -> None:
    path = tmp_path / "t.txt"
    path.write_text("a\nb\n")
    schema = parse_schema("value STRING")
    assert read(cursor, "text", schema, path, wholetext="true") == [{"value": "a\nb\n"}]


def test_text_is_split_at_the_separator(cursor: Cursor, tmp_path: Path) -> None:
    path = tmp_path / "t.txt"
    path.write_text("a|b\nc|")
    rows = read(cursor, "text", parse_schema("value STRING"), path, linesep="|")
    assert [row["value"] for row in rows] == ["a", "b\nc"]


def test_text_has_one_column(cursor: Cursor, tmp_path: Path) -> None:
    (tmp_path / "t.txt").write_text("a\n")
    with pytest.raises(AnalysisError) as caught:
        read(cursor, "text", parse_schema("a STRING, b STRING"), tmp_path)
    assert caught.value.condition == "TEXT_COLUMN_COUNT"


def test_parquet_columns_go_by_name_and_missing_ones_are_null(
    cursor: Cursor, tmp_path: Path
) -> None:
    pq.write_table(pa.table({"b": [1], "a": ["x"]}), tmp_path / "1.parquet")
    pq.write_table(pa.table({"A": ["y"]}), tmp_path / "2.parquet")
    rows = read(cursor, "parquet", parse_schema("a STRING, b BIGINT"), tmp_path)
    assert rows == [{"a": "x", "b": 1}, {"a": "y", "b": None}]


def test_old_parquet_times_are_instants(cursor: Cursor, tmp_path: Path) -> None:
    times = pa.array([1_767_225_600_000_000], pa.timestamp("us"))
    pq.write_table(
        pa.table({"t": times}),
        tmp_path / "1.parquet",
        use_deprecated_int96_timestamps=True,
    )
    assert inferred(cursor, "parquet", tmp_path) == "t:timestamp"
    sql = read_sql(
        "parquet", parse_schema("t TIMESTAMP"), {}, [str(tmp_path)], time_zone="UTC"
    )
    found = cursor.query(f"SELECT epoch_us(t) AS us FROM ({sql})")
    assert found["us"].to_pylist() == [1_767_225_600_000_000]


def test_a_parquet_column_of_another_kind_is_named(
    cursor: Cursor, tmp_path: Path
) -> None:
    pq.write_table(pa.table({"a": ["x"]}), tmp_path / "1.parquet")
    with pytest.raises(ExecutionError, match="column a"):
        read(cursor, "parquet", parse_schema("a INT"), tmp_path)


def test_a_file_that_is_no_parquet_is_named(cursor: Cursor, tmp_path: Path) -> None:
    (tmp_path / "1.parquet").write_text("nothing")
    with pytest.raises(ExecutionError, match=r"1\.parquet"):
        read(cursor, "parquet", parse_schema("a INT"), tmp_path)


# As Spark 4.3 infers them.
@pytest.mark.parametrize(
    ("format_name", "text", "options", "expected"),
    [
        (
            "json",
            '{"b":1,"a":"x","c":1.5,"d":[1,2.5],"e":{"y":1,"x":null},"n":null}\n'
            '{"b":2.5,"a":5,"e":{"z":"q"},"t":true}\n'
            "broken\n",
            {},
            "_corrupt_record:string,a:string,b:double,c:double,d:array<double>,"
            "e:struct<x:string,y:bigint,z:string>,n:string,t:boolean",
        ),
        ("json", '{"b":1}\n{"b":"x"}\n{"b":[1]}\n', {}, "b:string"),
        ("json", '{"b":1}\n{"b":-1}\n', {}, "b:bigint"),
        ("json", '[{"a":1},{"b":"x"}]\n', {}, "a:bigint,b:string"),
        (
            "json",
            '{"a":1,"b":true}\n',
            {"primitivesasstring": "true"},
            "a:string,b:string",
        ),
        (
            "csv",
            "a,b,c,d,e\n1,1.5,x,2020-01-01,true\n2,3,,2020-01-02,false\n",
            {"header": "true", "inferschema": "true"},
            "a:int,b:double,c:string,d:date,e:boolean",
        ),
        ("csv", "a,b\n1,2\n", {"header": "true"}, "a:string,b:string"),
        ("csv", "1,2\n3,4,5\n", {}, "_c0:string,_c1:string"),
        ("text", "x\n", {}, "value:string"),
    ],
)
def test_schemas_are_inferred_as_in_spark(
    format_name: str,
    text: str,
    options: dict[str, str],
    expected: str,
    cursor: Cursor,
    tmp_path: Path,
) -> None:
    path = tmp_path / "input"
    path.write_text(text)
    assert inferred(cursor, format_name, path, **options) == expected


def test_a_folder_without_files_has_no_schema(cursor: Cursor, tmp_path: Path) -> None:
    with pytest.raises(AnalysisError) as caught:
        inferred(cursor, "json", tmp_path)
    assert caught.value.condition == "UNABLE_TO_INFER_SCHEMA"


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        (["1", "2"], "int"),
        (["1", "3000000000"], "bigint"),
        (["1", "1.5"], "double"),
        (["2026-01-01"], "date"),
        (["1", "x"], "string"),
        (["__HIVE_DEFAULT_PARTITION__"], "void"),
    ],
)
def test_partition_columns_come_last_with_inferred_types(
    values: list[str], expected: str, cursor: Cursor, tmp_path: Path
) -> None:
    for value in values:
        (tmp_path / f"k={value}").mkdir()
        (tmp_path / f"k={value}" / "f.json").write_text('{"a": 1}\n')
    assert inferred(cursor, "json", tmp_path) == f"a:bigint,k:{expected}"


def test_of_a_querys_output_those_files_count_which_its_log_names(
    cursor: Cursor, tmp_path: Path
) -> None:
    for name in ("named.json", "orphan.json"):
        (tmp_path / name).write_text(json.dumps({"a": name}) + "\n")
    line = {
        "path": f"file://{tmp_path}/named.json",
        "size": 1,
        "isDir": False,
        "modificationTime": 1,
        "blockReplication": 1,
        "blockSize": 1,
        "action": "add",
    }
    log = tmp_path / "_spark_metadata"
    log.mkdir()
    (log / "0").write_text("v1\n" + json.dumps(line, separators=(",", ":")))
    sql = read_sql(
        "json",
        parse_schema("a STRING"),
        {},
        [str(tmp_path)],
        time_zone="UTC",
        files=LocalFiles(),
    )
    assert cursor.query(sql)["a"].to_pylist() == ["named.json"]


@pytest.mark.parametrize("ratio", ["0", "-1", "half"])
def test_a_sampling_ratio_that_is_no_part_is_named(
    ratio: str, cursor: Cursor, tmp_path: Path
) -> None:
    (tmp_path / "a.json").write_text('{"a": 1}\n')
    with pytest.raises(IllegalArgumentError, match="samplingRatio"):
        inferred(cursor, "json", tmp_path, samplingratio=ratio)


def test_fields_that_are_null_everywhere_are_dropped_if_asked_for(
    cursor: Cursor, tmp_path: Path
) -> None:
    (tmp_path / "a.json").write_text('{"a": 1, "b": null, "c": [], "d": {"e": null}}\n')
    found = inferred(cursor, "json", tmp_path, dropfieldifallnull="true")
    assert found == "a:bigint"


def test_columns_of_all_files_are_put_together_if_asked_for(
    cursor: Cursor, tmp_path: Path
) -> None:
    pq.write_table(pa.table({"a": [1]}), tmp_path / "1")
    pq.write_table(pa.table({"a": [2], "b": ["x"]}), tmp_path / "2")
    assert inferred(cursor, "parquet", tmp_path) == "a:bigint"
    assert inferred(cursor, "parquet", tmp_path, mergeschema="true") == (
        "a:bigint,b:string"
    )
    pq.write_table(pa.table({"a": ["word"]}), tmp_path / "3")
    with pytest.raises(ExecutionError) as caught:
        inferred(cursor, "parquet", tmp_path, mergeschema="true")
    assert caught.value.condition == "CANNOT_MERGE_SCHEMAS"


def test_files_that_are_none_of_their_format_are_passed_over_if_asked_for(
    cursor: Cursor, tmp_path: Path
) -> None:
    (tmp_path / "0").write_text("words")
    pq.write_table(pa.table({"a": [1]}), tmp_path / "1")
    asked = {"ignorecorruptfiles": "true"}
    assert inferred(cursor, "parquet", tmp_path, **asked) == "a:bigint"
    schema = parse_schema("a BIGINT")
    assert read(cursor, "parquet", schema, tmp_path, **asked) == [{"a": 1}]
