"""Tests of state limits: which conjuncts limit a side's times, and to what."""

from __future__ import annotations

import pytest

from tests.plan.joined_streams import joined
from unbounded.plan.join_condition import split_condition
from unbounded.plan.relations import JoinType, output_of
from unbounded.plan.state_limits import event_time_pair, state_limits

WATERMARK = 1_000_000_000
MINUTE = 60_000
HOUR = 60 * MINUTE
DAY = 24 * HOUR


def limits(
    text: str | None, left: str | None = "a", right: str | None = "b"
) -> tuple[list[int], list[int]]:
    """How far before the watermark each conjunct's bound lies, for either side."""
    join = joined(text, "inner", left, right)
    sides = output_of(join.left), output_of(join.right)
    found = (
        state_limits(join.condition, *sides),
        state_limits(join.condition, sides[1], sides[0]),
    )
    lefts, rights = ([WATERMARK - n.bound_ms(WATERMARK) for n in ns] for ns in found)
    return lefts, rights


@pytest.mark.parametrize(
    ("text", "left", "right"),
    [
        ("a > b", [0], []),
        ("a >= b", [1], []),
        ("a < b", [], [0]),
        ("a <= b", [], [1]),
        ("b > a", [], [0]),
        ("b >= a", [], [1]),
        ("b < a", [0], []),
        ("b <= a", [1], []),
        ("NOT a > b", [], [1]),
        ("NOT a >= b", [], [0]),
        ("NOT a < b", [1], []),
        ("NOT a <= b", [0], []),
        ("a > b - INTERVAL 8 MINUTES", [8 * MINUTE], []),
        ("a >= b - INTERVAL 8 MINUTES", [8 * MINUTE + 1], []),
        ("a + INTERVAL 8 MINUTES > b", [8 * MINUTE], []),
        ("a > b + INTERVAL 8 MINUTES", [-8 * MINUTE], []),
        ("a - INTERVAL 8 MINUTES >= b", [1 - 8 * MINUTE], []),
        ("a < b + INTERVAL 1 HOUR", [], [HOUR]),
        ("a - INTERVAL 1 HOUR < b", [], [HOUR]),
        ("a <= b - INTERVAL 1 HOUR", [], [1 - HOUR]),
        ("a + INTERVAL 1 HOUR <= b", [], [1 - HOUR]),
        ("b - INTERVAL 8 MINUTES < a", [8 * MINUTE], []),
        ("b - INTERVAL 8 MINUTES <= a + INTERVAL 1 HOUR", [HOUR + 8 * MINUTE + 1], []),
        ("a <= b + INTERVAL 1 HOUR + INTERVAL 1 HOUR", [], [2 * HOUR + 1]),
        ("a > b - INTERVAL 4 MINUTES * 2", [8 * MINUTE], []),
        ("a > b - (INTERVAL 1 HOUR - INTERVAL 1 MINUTE)", [59 * MINUTE], []),
        ("a > b + (-INTERVAL 8 MINUTES)", [8 * MINUTE], []),
        ("a > b - INTERVAL 2 DAYS", [2 * DAY], []),
        ("a BETWEEN b - INTERVAL 1 MINUTE AND b", [MINUTE + 1], [1]),
        ("b BETWEEN a AND a + INTERVAL 1 HOUR", [HOUR + 1], [1]),
        ("a > b - INTERVAL 1 HOUR AND a >= b - INTERVAL 1 MINUTE", [HOUR, 60_001], []),
        ("k = j AND v < x AND a > b AND a < b + INTERVAL 1 HOUR", [0], [HOUR]),
        ("cast(a AS DOUBLE) > cast(b AS DOUBLE) - 2.5", [2500], []),
        ("cast(a AS BIGINT) - 5 >= cast(b AS BIGINT)", [-4999], []),
        ("-cast(a AS BIGINT) < 5 - cast(b AS BIGINT)", [5000], []),
        ("a2 > b - INTERVAL 8 MINUTES", [8 * MINUTE], []),
        ("v > cast(b AS BIGINT) - 5", [5000], []),
        ("an > b", [0], []),
    ],
)
def test_comparison_with_the_other_sides_event_time_is_a_limit(
    text: str, left: list[int], right: list[int]
) -> None:
    assert limits(text) == (left, right)


@pytest.mark.parametrize(
    "text",
    [
        None,
        "a = b",
        "a <=> b",
        "NOT a = b",
        "a2 > b2",
        "a > b2",
        "a > b OR a > b2",
        "a > b + INTERVAL 1 MONTH",
        "a - b > INTERVAL 8 MINUTES",
        "cast(a AS BIGINT) - cast(b AS BIGINT) > cast(b2 AS BIGINT)",
        "unix_timestamp(a) > unix_timestamp(b)",
        "aw.end > b",
        "a > bw.end",
        "a > b + INTERVAL 1 SECOND * x",
        "a > TIMESTAMP '2024-01-01 00:00:00'",
        "cast(a AS BIGINT) * 2 > cast(b AS BIGINT)",
        "cast(a AS BIGINT) > cast(b AS BIGINT) + cast(null AS BIGINT)",
        "date_trunc('hour', a) > b",
    ],
)
def test_other_conditions_limit_nothing(text: str | None) -> None:
    assert limits(text) == ([], [])


def test_side_is_limited_by_the_watermark_of_the_other() -> None:
    text = "a > b AND a < b + INTERVAL 1 HOUR"

    assert limits(text, left=None) == ([0], [])
    assert limits(text, right=None) == ([], [HOUR])
    assert limits(text, left=None, right=None) == ([], [])


def test_constant_limits_a_side_whatever_the_watermark_is() -> None:
    join = joined("cast(a AS BIGINT) > 5", "left")
    (limit,) = state_limits(join.condition, output_of(join.left), output_of(join.right))

    assert [limit.bound_ms(0), limit.bound_ms(WATERMARK)] == [5000, 5000]


@pytest.mark.parametrize(
    ("text", "watermark", "bound"),
    [
        ("a > b - INTERVAL '0.0005' SECOND", WATERMARK, WATERMARK - 1),
        ("a > b + INTERVAL '0.0005' SECOND", WATERMARK, WATERMARK),
        ("a >= b + INTERVAL '0.0005' SECOND", WATERMARK, WATERMARK - 1),
        ("a > b - INTERVAL '0.0005' SECOND", 0, 0),
        ("a > b - INTERVAL 8 MINUTES", 0, -8 * MINUTE),
    ],
)
def test_parts_of_a_millisecond_are_cut_off_towards_1970(
    text: str, watermark: int, bound: int
) -> None:
    join = joined(text)
    (limit,) = state_limits(join.condition, output_of(join.left), output_of(join.right))

    assert limit.bound_ms(watermark) == bound


@pytest.mark.parametrize(
    ("text", "left", "right", "place"),
    [
        ("a = b", "a", "b", 0),
        ("k = j AND a = b", "a", "b", 1),
        ("k = j AND b = a", None, "b", 1),
        ("a2 = b AND a = b2", "a", "b", 1),
        ("a2 = b AND a = b2", None, "b", 0),
        ("aw = bw", "aw", "b", 0),
        ("aw = bw", "a", "bw", 0),
        ("k = j", "a", "b", None),
        ("a = b", None, None, None),
        ("a <=> b", "a", "b", None),
        ("aw.end = bw.end", "aw", "bw", None),
        ("a + INTERVAL 1 HOUR = b + INTERVAL 1 HOUR", "a", "b", None),
        ("a + INTERVAL 1 HOUR = b", "a", "b", 0),
        ("a = cast(bn AS TIMESTAMP)", "a2", "bn", None),
    ],
)
def test_key_that_is_a_watermarked_column_is_found(
    text: str, left: str | None, right: str | None, place: int | None
) -> None:
    join_type: JoinType = "inner"
    condition = split_condition(joined(text, join_type, left, right))

    assert event_time_pair(condition.keys) == place
