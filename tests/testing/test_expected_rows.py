from __future__ import annotations

import datetime
from decimal import Decimal
from typing import Any

import pytest

from unbounded.parser import parse_schema
from unbounded.testing.expected_rows import RowTexts, difference

UTC = datetime.UTC


def text(schema: str, row: Any, zone: str = "UTC") -> str:
    return RowTexts(parse_schema(schema), zone).of(row)


@pytest.mark.parametrize(
    ("schema", "expected", "found"),
    [
        ("n INT", 1, {"n": 1}),
        ("n INT, k STRING", (1, "a"), {"k": "a", "n": 1}),
        ("x DOUBLE", 0.3, {"x": 0.1 + 0.2}),
        ("d DATE", "2026-01-02", {"d": datetime.date(2026, 1, 2)}),
        ("m DECIMAL(4,2)", "1.5", {"m": Decimal("1.50")}),
        ("m DECIMAL(4,2)", 2, {"m": Decimal("2.00")}),
        ("a ARRAY<INT>", ([1, None],), {"a": [1, None]}),
        ("m MAP<STRING, INT>", {"m": {"b": 2, "a": 1}}, {"m": [("a", 1), ("b", 2)]}),
        ("s STRUCT<x: INT, y: STRING>", ((1, "a"),), {"s": {"x": 1, "y": "a"}}),
        ("b BOOLEAN", None, {"b": None}),
    ],
)
def test_what_a_test_writes_equals_what_a_query_gives(
    schema: str, expected: Any, found: dict[str, Any]
) -> None:
    assert text(schema, expected) == text(schema, found)


def test_times_are_those_of_the_session_s_zone() -> None:
    found = {"t": datetime.datetime(2026, 1, 1, 12, tzinfo=UTC)}
    assert text("t TIMESTAMP", "2026-01-01 13:00", "Europe/Berlin") == text(
        "t TIMESTAMP", found, "Europe/Berlin"
    )


@pytest.mark.parametrize("row", [(1, 2), {"m": 1}, {"n": 1, "m": 2}])
def test_a_row_with_other_columns_is_named(row: Any) -> None:
    with pytest.raises(AssertionError, match="columns"):
        text("n INT", row)


def test_rows_are_compared_with_their_repeats_in_any_order() -> None:
    assert difference(["a", "b", "a"], ["b", "a", "a"]) is None
    assert difference(["a", "b"], ["b", "c", "c"]) == "  - a\n  + c\n  + c\n    b"
