from __future__ import annotations

import pytest

from unbounded.errors import AnalysisError, ExecutionError, UnboundedError
from unbounded.parser import parse_schema
from unbounded.sources.listing import ListedFile
from unbounded.sources.partitions import (
    partition_literal,
    partition_values,
    with_partition_fields,
)
from unbounded.types import StructField, StructType


def files(*folders: str) -> list[ListedFile]:
    return [ListedFile(f"/data/{folder}/x", 1, 0, "/data") for folder in folders]


def fields(*folders: str, schema: str = "v INT", is_given: bool = True) -> str:
    found = with_partition_fields(
        parse_schema(schema), files(*folders), is_given=is_given
    )
    return found.simple_string.removeprefix("struct<").removesuffix(">")


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ("1 -2 007", "int"),
        ("1 3000000000", "bigint"),
        ("1 123456789012345678901234567890", "decimal(30,0)"),
        ("1 2.5", "double"),
        ("2.5 1e3", "string"),
        ("1f NaN", "double"),
        ("3000000000 2.5", "string"),
        ("2026-01-02", "date"),
        ("2026-1-2", "string"),
        ("2026-02-30", "string"),
        ("2026-01-02%2003:04:05 2026-01-02", "timestamp"),
        ("2026-01-02T03:04:05", "string"),
        ("1 x", "string"),
        ("true", "string"),
        ("1 __HIVE_DEFAULT_PARTITION__", "int"),
        ("__HIVE_DEFAULT_PARTITION__", "void"),
    ],
)
def test_the_type_of_a_partition_column_holds_all_its_values(
    values: str, expected: str
) -> None:
    assert fields(*(f"p={v}" for v in values.split())) == f"v:int,p:{expected}"


def test_without_inference_values_are_text() -> None:
    found = with_partition_fields(
        StructType(), files("p=1"), is_given=True, infers_types=False
    )
    assert found.simple_string == "struct<p:string>"


def test_a_given_type_holds_and_partition_columns_come_last() -> None:
    assert fields("p=1", schema="P BIGINT, v INT") == "v:int,P:bigint"


def test_an_inferred_column_keeps_its_place_and_takes_the_folders_type() -> None:
    found = fields("p=1", schema="p STRING, v INT", is_given=False)
    assert found == "p:int,v:int"


@pytest.mark.parametrize(
    ("folders", "condition"),
    [
        ("a=1 b=1", "CONFLICTING_PARTITION_COLUMN_NAMES"),
        ("a=1 a=1/b=2", "CONFLICTING_PARTITION_COLUMN_NAMES"),
        ("x/a=1 y/a=1", "CONFLICTING_DIRECTORY_STRUCTURES"),
        ("=1", "EMPTY_PARTITION_COLUMN_NAME"),
        ("a=", "EMPTY_PARTITION_COLUMN_VALUE"),
        ("a=1/a=2", "COLUMN_ALREADY_EXISTS"),
    ],
)
def test_folders_that_do_not_agree_are_refused(folders: str, condition: str) -> None:
    with pytest.raises((AnalysisError, ExecutionError)) as caught:
        fields(*folders.split())
    assert isinstance(caught.value, UnboundedError)
    assert caught.value.condition == condition


def test_columns_that_differ_in_case_are_one() -> None:
    assert fields("a=1", "A=2") == "v:int,a:int"


def test_names_of_folders_give_values() -> None:
    (file,) = files("a=1/plain/b=x%2Fy/c=__HIVE_DEFAULT_PARTITION__")
    assert partition_values(file) == {"a": "1", "b": "x/y", "c": None}


@pytest.mark.parametrize(
    ("column", "text", "expected"),
    [
        ("p INT", "007", "CAST(7 AS INTEGER)"),
        ("p DOUBLE", "1f", "CAST('1' AS DOUBLE)"),
        ("p STRING", "it's", "'it''s'"),
        ("p INT", None, "CAST(NULL AS INTEGER)"),
    ],
)
def test_a_value_is_of_its_columns_type(
    column: str, text: str | None, expected: str
) -> None:
    (field,) = parse_schema(column).fields
    assert isinstance(field, StructField)
    assert partition_literal(field, text) == expected


@pytest.mark.parametrize("column", ["p INT", "p TINYINT", "p DOUBLE"])
def test_a_value_its_column_can_not_hold_is_named(column: str) -> None:
    (field,) = parse_schema(column).fields
    with pytest.raises(ExecutionError) as caught:
        partition_literal(field, "x1")
    assert caught.value.condition == "INVALID_PARTITION_VALUE"
