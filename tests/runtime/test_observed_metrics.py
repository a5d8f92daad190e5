"""Observed metrics as a progress document holds them."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pyarrow as pa
import pytest

from unbounded.parser import parse_schema
from unbounded.plan.observation import ObservedMetrics
from unbounded.runtime.observed_metrics import metrics_documents
from unbounded.types import to_arrow

MOMENT = datetime(2026, 3, 6, 15, 11, 12, 500_000, UTC)


def value(data_type: str, given: object, time_zone: str = "UTC") -> object:
    schema = parse_schema(f"m {data_type}")
    column = pa.array([given], to_arrow(schema.fields[0].data_type))
    metrics = ObservedMetrics("seen", schema, pa.table({"m": column}))
    return metrics_documents([metrics], time_zone)["seen"]["m"]


@pytest.mark.parametrize(
    ("data_type", "given", "written"),
    [
        ("BIGINT", 7, 7),
        ("BOOLEAN", True, True),
        ("DOUBLE", 1.5, 1.5),
        ("STRING", "é", "é"),
        ("DECIMAL(10, 2)", Decimal("1.50"), 1.5),
        ("BINARY", b"\x00\xff", "AP8="),
        ("DATE", date(2026, 3, 6), "2026-03-06"),
        ("INT", None, None),
        ("ARRAY<INT>", [1, None], [1, None]),
        ("STRUCT<a: INT, b: DATE>", {"a": 1, "b": None}, {"a": 1, "b": None}),
        ("MAP<STRING, INT>", [("x", 1)], {"x": 1}),
        ("MAP<INT, STRING>", [(1, "x")], [{"key": 1, "value": "x"}]),
        ("TIMESTAMP_NTZ", MOMENT.replace(tzinfo=None), "2026-03-06 15:11:12"),
    ],
)
def test_value_is_written_as_spark_writes_a_row(
    data_type: str, given: object, written: object
) -> None:
    assert value(data_type, given) == written


def test_time_is_that_of_the_sessions_zone() -> None:
    assert value("TIMESTAMP", MOMENT, "America/New_York") == "2026-03-06 10:11:12"


def test_time_before_1970_keeps_its_second() -> None:
    moment = datetime(1969, 12, 31, 23, 59, 58, 250_000, UTC)
    assert value("TIMESTAMP", moment) == "1969-12-31 23:59:58"
