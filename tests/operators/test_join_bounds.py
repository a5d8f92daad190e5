"""Tests of join bounds: when rows of either side of a join may be forgotten."""

from __future__ import annotations

from datetime import datetime

import pytest

from tests.plan.joined_streams import joined
from unbounded.operators.join_bounds import JoinBounds, SideBound, join_bounds
from unbounded.plan.join_condition import split_condition
from unbounded.plan.relations import JoinType

WATERMARK = 1_000_000_000
MINUTE = 60_000
HOUR = 60 * MINUTE


def bounds(
    text: str | None,
    left: str | None = "a",
    right: str | None = "b",
    join_type: JoinType = "inner",
) -> JoinBounds:
    join = joined(text, join_type, left, right)
    return join_bounds(join, split_condition(join))


def held_ms(bound: SideBound | None) -> int | None:
    return None if bound is None else WATERMARK - bound.bound_ms(WATERMARK)


@pytest.mark.parametrize(
    ("text", "left", "right", "output"),
    [
        ("k = j", None, None, 0),
        ("a > b", 0, None, 0),
        ("a >= b - INTERVAL 8 MINUTES", 8 * MINUTE + 1, None, 8 * MINUTE + 1),
        ("a < b + INTERVAL 1 HOUR", None, HOUR, HOUR),
        ("a > b - INTERVAL 8 MINUTES AND a < b + INTERVAL 1 HOUR", 480_000, HOUR, HOUR),
        ("a > b + INTERVAL 8 MINUTES", -8 * MINUTE, None, 0),
        ("b > a AND b < a - INTERVAL 1 HOUR", -HOUR, 0, 0),
        ("a > b - INTERVAL 1 HOUR AND a > b - INTERVAL 1 MINUTE", HOUR, None, HOUR),
        ("a > b - INTERVAL 1 MINUTE AND a > b - INTERVAL 1 HOUR", HOUR, None, HOUR),
        ("k = j AND b BETWEEN a AND a + INTERVAL 1 MINUTE", MINUTE + 1, 1, MINUTE + 1),
    ],
)
def test_range_bounds_the_sides(
    text: str, left: int | None, right: int | None, output: int
) -> None:
    found = bounds(text)

    assert (held_ms(found.left), held_ms(found.right)) == (left, right)
    assert WATERMARK - found.output_watermark_ms(WATERMARK) == output


@pytest.mark.parametrize(
    ("left", "right"), [("a", "b"), ("a", None), (None, "b"), ("a2", "b")]
)
def test_watermark_on_one_key_bounds_both_sides(
    left: str | None, right: str | None
) -> None:
    found = bounds("k = j AND a = b", left, right)

    assert found.left == found.right == SideBound(1, None)
    assert (held_ms(found.left), held_ms(found.right)) == (0, 0)
    assert found.output_watermark_ms(WATERMARK) == WATERMARK


def test_key_comes_before_a_range() -> None:
    found = bounds("aw = bw AND a > b - INTERVAL 1 HOUR", "aw", "bw")

    assert found.left == found.right == SideBound(0, None)
    assert found.output_watermark_ms(WATERMARK) == WATERMARK


@pytest.mark.parametrize(
    ("text", "column", "held"),
    [
        ("a2 > b - INTERVAL 1 MINUTE", "a2", MINUTE),
        ("a2 > b - INTERVAL 1 MINUTE AND a > b - INTERVAL 1 HOUR", "a", HOUR),
    ],
)
def test_rows_leave_by_the_column_that_is_limited_at_best_the_event_time(
    text: str, column: str, held: int
) -> None:
    found = bounds(text)

    assert found.left is not None
    assert found.left.column is not None
    assert (found.left.column.name, held_ms(found.left)) == (column, held)


def test_rows_leave_by_times_alone() -> None:
    assert bounds("v > cast(b AS BIGINT) - 5").left is None


def test_times_are_no_older_for_rows_that_leave_by_another_column() -> None:
    found = bounds("a2 > b - INTERVAL 1 HOUR")

    assert found.output_watermark_ms(WATERMARK) == WATERMARK


def test_side_without_a_watermark_has_no_bound() -> None:
    text = "a > b AND a < b + INTERVAL 1 HOUR"

    assert bounds(text, left=None).left is None
    assert bounds(text, left=None).right is None
    assert bounds(text, right=None).right is None
    assert not bounds(text, None, None).evicts


def test_late_rows_are_told_by_the_first_watermarked_column() -> None:
    found = bounds("k = j", "a2", None)

    assert found.left_late is not None
    assert found.left_late.name == "a2"
    assert found.right_late is None


def test_bounds_ask_for_eviction_if_one_side_has_one() -> None:
    assert bounds("a > b").evicts
    assert bounds("a = b").evicts
    assert not bounds("k = j").evicts


def time_ms(text: str) -> int:
    moment = datetime.fromisoformat(f"2026-03-06T{text}+00:00")
    return round(moment.timestamp() * 1000)


def test_example_of_the_page_on_joins() -> None:
    text = "k = j AND b >= a AND b <= a + INTERVAL 1 HOUR"
    found = bounds(text, join_type="left")
    watermark = time_ms("12:34:00.000")

    assert found.left is not None
    assert found.right is not None
    assert found.left.bound_ms(watermark) == time_ms("11:33:59.999")
    assert found.right.bound_ms(watermark) == time_ms("12:33:59.999")
    assert found.output_watermark_ms(watermark) == time_ms("11:33:59.999")


@pytest.mark.parametrize("join_type", ["left", "right", "full", "semi"])
def test_bounds_are_the_same_for_each_kind_of_join(join_type: JoinType) -> None:
    found = bounds("k = j AND a > b", join_type=join_type)

    assert (held_ms(found.left), found.right) == (0, None)
