"""Tests of join conditions: what is a key, a filter of a side, a range, the rest."""

from __future__ import annotations

import pytest

from tests.plan.joined_streams import joined, shown
from unbounded.plan.join_condition import (
    JoinCondition,
    inequality_of,
    split_condition,
)

SECOND = 1_000_000
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE
DAY = 24 * HOUR


def split(text: str, *, has_even_days: bool = False) -> JoinCondition:
    """The parts of a full join's condition, none of which is moved below it."""
    return split_condition(joined(text, "full"), has_even_days=has_even_days)


def ranged(text: str, *, has_even_days: bool = False) -> tuple[object, ...] | None:
    """The range's columns and bounds; all of the condition is in it."""
    condition = split(text, has_even_days=has_even_days)
    found = condition.time_range
    if found is None:
        return None
    assert not condition.residual
    return found.left.name, found.right.name, found.low_us, found.high_us


def residual(text: str) -> list[str]:
    condition = split(text)
    assert condition.time_range is None
    assert not condition.keys
    return [shown(conjunct) for conjunct in condition.residual]


def test_join_without_condition_has_no_parts() -> None:
    assert split_condition(joined(None)) == JoinCondition((), (), (), None, ())


# --- keys ---------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "left", "right"),
    [
        ("k = j", "k", "j"),
        ("j = k", "k", "j"),
        ("upper(j) = lower(k)", "lower(k)", "upper(j)"),
        ("x = v", "cast(v, bigint)", "x"),
        ("v = x + 1", "cast(v, bigint)", "add(x, cast(1, bigint))"),
        ("aw = bw", "aw", "bw"),
        ("bw.end = aw.end", "get_field(aw, 'end')", "get_field(bw, 'end')"),
        ("a = b + INTERVAL 1 HOUR", "a", "add_interval(b, 3600000000)"),
        ("cast(a AS DATE) = cast(b AS DATE)", "cast(a, date)", "cast(b, date)"),
    ],
)
def test_equality_of_the_sides_is_a_key(text: str, left: str, right: str) -> None:
    condition = split(text)

    ((key),) = condition.keys
    assert (shown(key.left), shown(key.right)) == (left, right)
    assert not key.is_null_safe
    assert condition == JoinCondition((key,), (), (), None, ())


def test_keys_keep_their_order_through_nested_conjunctions() -> None:
    condition = split("(k = j AND (v = x AND a = b)) AND k <=> upper(j)")

    pairs = [(shown(k.left), shown(k.right), k.is_null_safe) for k in condition.keys]
    assert pairs == [
        ("k", "j", False),
        ("cast(v, bigint)", "x", False),
        ("a", "b", False),
        ("k", "upper(j)", True),
    ]


@pytest.mark.parametrize(
    ("text", "rest"),
    [
        ("v - x = 3", ["equal(subtract(cast(v, bigint), x), cast(3, bigint))"]),
        ("v + x = x", ["equal(add(cast(v, bigint), x), x)"]),
        ("k = j OR v = x", ["or(equal(k, j), equal(cast(v, bigint), x))"]),
        ("NOT k = j", ["not(equal(k, j))"]),
        ("v < x", ["less(cast(v, bigint), x)"]),
        ("1 = 1", ["equal(1, 1)"]),
        ("true", ["True"]),
        ("rand() > v", ["greater(rand(), cast(v, double))"]),
        ("v + rand() = x", ["equal(add(cast(v, double), rand()), cast(x, double))"]),
    ],
)
def test_what_is_neither_key_nor_of_one_side_is_residual(
    text: str, rest: list[str]
) -> None:
    assert residual(text) == rest


def test_conjuncts_of_one_side_are_apart() -> None:
    condition = split("k = j AND v > 3 AND x < 2 AND upper(k) = 'A' AND b2 IS NULL")

    assert [shown(c) for c in condition.left_only] == [
        "greater(v, 3)",
        "equal(upper(k), 'A')",
    ]
    assert [shown(c) for c in condition.right_only] == [
        "less(x, cast(2, bigint))",
        "is_null(b2)",
    ]
    assert not condition.residual


def test_times_compared_on_one_side_are_a_filter_of_it() -> None:
    condition = split("a < a2")

    assert [shown(c) for c in condition.left_only] == ["less(a, a2)"]
    assert condition.time_range is None


# --- the range of times -------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "low_us", "high_us"),
    [
        ("a < b", 1, None),
        ("a <= b", 0, None),
        ("a > b", None, -1),
        ("a >= b", None, 0),
        ("b < a", None, -1),
        ("b <= a", None, 0),
        ("b > a", 1, None),
        ("b >= a", 0, None),
        ("NOT a < b", None, 0),
        ("NOT a <= b", None, -1),
        ("NOT a > b", 0, None),
        ("NOT a >= b", 1, None),
        ("a < b + INTERVAL 1 MINUTE", 1 - MINUTE, None),
        ("a - INTERVAL 1 MINUTE < b", 1 - MINUTE, None),
        ("a <= b - INTERVAL 1 MINUTE", MINUTE, None),
        ("a + INTERVAL 1 MINUTE <= b", MINUTE, None),
        ("a > b + INTERVAL 1 MINUTE", None, -MINUTE - 1),
        ("a >= b - INTERVAL 1 MINUTE", None, MINUTE),
        ("INTERVAL 1 MINUTE + b >= a", -MINUTE, None),
        ("b > a + INTERVAL 1 MINUTE", MINUTE + 1, None),
        ("b - INTERVAL 1 HOUR <= a + INTERVAL 1 MINUTE", None, HOUR + MINUTE),
        ("b + INTERVAL 1 HOUR - INTERVAL 1 MINUTE <= a", None, MINUTE - HOUR),
        ("b <= a + (INTERVAL 1 HOUR - INTERVAL 1 MINUTE)", None, HOUR - MINUTE),
        ("b <= a + INTERVAL 20 SECONDS * 3", None, MINUTE),
        ("b <= a - (-INTERVAL '1:30' MINUTE TO SECOND)", None, 90 * SECOND),
        ("b <= a + INTERVAL 1 MINUTE * 1.5", None, 90 * SECOND),
        ("b <= a + INTERVAL 1 MINUTE / 4", None, 15 * SECOND),
        ("b <= a + INTERVAL '0.000001' SECOND / 2", None, 1),
        ("b <= a + make_dt_interval(0, 1, 1, 30.5)", None, HOUR + 90_500_000),
        ("b <= a + make_dt_interval(0, 0, 3)", None, 3 * MINUTE),
        ("b <= a + INTERVAL '0.000001' SECOND", None, 1),
        ("b <= a + INTERVAL 20 HOURS + INTERVAL 20 HOURS", None, 40 * HOUR),
        ("b BETWEEN a AND a + INTERVAL 1 HOUR", 0, HOUR),
        ("b > a AND b < a + INTERVAL 1 HOUR", 1, HOUR - 1),
        ("b > a AND b >= a - INTERVAL 1 HOUR AND a > b - INTERVAL 1 HOUR", 1, HOUR - 1),
        ("b >= a + INTERVAL 1 HOUR AND b <= a", HOUR, 0),
    ],
)
def test_comparison_of_two_times_is_a_range(
    text: str, low_us: int | None, high_us: int | None
) -> None:
    assert ranged(text) == ("a", "b", low_us, high_us)


def test_local_times_make_a_range_of_any_days() -> None:
    assert ranged("bn <= an + INTERVAL 3 DAYS") == ("an", "bn", None, 3 * DAY)


def test_days_of_instants_make_a_range_where_days_are_even() -> None:
    text = "b <= a + INTERVAL '1 12' DAY TO HOUR"

    assert ranged(text) is None
    assert ranged(text, has_even_days=True) == ("a", "b", None, DAY + 12 * HOUR)


@pytest.mark.parametrize(
    "text",
    [
        "an < b",
        "b <= a + INTERVAL 1 MONTH",
        "b <= a + INTERVAL 1 SECOND * v",
        "b - a < INTERVAL 1 MINUTE",
        "date_trunc('hour', a) < b",
        "a2 < b AND rand() < 2 OR a < b",
        "aw.end < b",
        "cast(a AS DOUBLE) < cast(b AS DOUBLE)",
    ],
)
def test_other_comparisons_are_residual(text: str) -> None:
    assert len(residual(text)) == 1


def test_pair_with_most_conjuncts_makes_the_range() -> None:
    condition = split(
        "a2 < b2 AND b > a AND an < bn AND b < a + INTERVAL 1 MINUTE AND v < x"
    )

    found = condition.time_range
    assert found is not None
    assert (found.left.name, found.right.name) == ("a", "b")
    assert (found.low_us, found.high_us) == (1, MINUTE - 1)
    assert [shown(c) for c in condition.residual] == [
        "less(a2, b2)",
        "less(an, bn)",
        "less(cast(v, bigint), x)",
    ]


def test_first_of_equal_pairs_makes_the_range() -> None:
    condition = split("b2 > a2 AND b > a")

    assert condition.time_range is not None
    assert condition.time_range.left.name == "a2"
    assert [shown(c) for c in condition.residual] == ["greater(b, a)"]


def test_equality_is_no_inequality() -> None:
    (key,) = split("a = b").keys

    assert inequality_of(key.left) is None
    assert inequality_of(joined("NOT a = b").condition or key.left) is None
