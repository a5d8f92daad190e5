"""Tests of join filters: what Spark 4.3's optimizer filters below a join, we do too.

Each pair is a query and the outline of its plan.
"""

from __future__ import annotations

from textwrap import dedent

from tests.analyzer.queries import resolved, source, stream
from tests.plan.joined_streams import LEFT_ROWS, join, outline, select, where
from unbounded.analyzer import prune_join_inputs
from unbounded.plan.relations import (
    Relation,
)

ONE_SIDED = "k = j AND v > 3 AND x < 5"


def assert_outline(plan: Relation, wanted: str) -> None:
    assert outline(prune_join_inputs(resolved(plan))) == dedent(wanted).strip()


def test_inner_join_is_given_filtered_rows_of_the_columns_it_needs() -> None:
    plan = select(join("inner", f"{ONE_SIDED} AND v < x"), "k", "x")

    assert_outline(
        plan,
        """
        project k, x
         inner join on equal(k, j) & less(cast(v, bigint), x)
          project k, v
           watermark a
            filter is_not_null(v) & is_not_null(k)
             filter greater(v, 3)
              scan a
          project j, x
           watermark b
            filter is_not_null(x) & is_not_null(j)
             filter less(x, cast(5, bigint))
              scan b
        """,
    )


def test_left_join_filters_its_right_side() -> None:
    plan = select(join("left", ONE_SIDED), "k", "x")

    assert_outline(
        plan,
        """
        project k, x
         left join on equal(k, j) & greater(v, 3)
          project k, v
           watermark a
            scan a
          project j, x
           watermark b
            filter is_not_null(x) & is_not_null(j)
             filter less(x, cast(5, bigint))
              scan b
        """,
    )


def test_right_join_filters_its_left_side() -> None:
    plan = select(join("right", ONE_SIDED), "k", "x")

    assert_outline(
        plan,
        """
        project k, x
         right join on equal(k, j) & less(x, cast(5, bigint))
          project k
           watermark a
            filter is_not_null(v) & is_not_null(k)
             filter greater(v, 3)
              scan a
          project j, x
           watermark b
            scan b
        """,
    )


def test_full_join_filters_neither_side() -> None:
    plan = select(join("full", ONE_SIDED), "k", "x")

    assert_outline(
        plan,
        """
        project k, x
         full join on equal(k, j) & greater(v, 3) & less(x, cast(5, bigint))
          project k, v
           watermark a
            scan a
          project j, x
           watermark b
            scan b
        """,
    )


def test_semi_join_filters_both_sides() -> None:
    plan = select(join("semi", ONE_SIDED), "k")

    assert_outline(
        plan,
        """
        project k
         semi join on equal(k, j)
          project k
           watermark a
            filter is_not_null(v) & is_not_null(k)
             filter greater(v, 3)
              scan a
          project j
           watermark b
            filter is_not_null(x) & is_not_null(j)
             filter less(x, cast(5, bigint))
              scan b
        """,
    )


def test_filter_above_a_cross_join_is_its_condition() -> None:
    plan = select(where(join("cross", None), "k = j AND v > 3 AND v < x"), "a")

    assert_outline(
        plan,
        """
        project a
         inner join on equal(k, j) & less(cast(v, bigint), x)
          watermark a
           filter is_not_null(v) & is_not_null(k)
            filter greater(v, 3)
             scan a
          project j, x
           watermark b
            filter is_not_null(j) & is_not_null(x)
             scan b
        """,
    )


def test_filter_above_a_left_join_goes_to_its_left_side() -> None:
    plan = select(where(join("left"), "v > 3 AND x IS NULL"), "v")

    assert_outline(
        plan,
        """
        project v
         filter is_null(x)
          left join on equal(k, j)
           project k, v
            watermark a
             filter greater(v, 3)
              scan a
           project j, x
            watermark b
             filter is_not_null(j)
              scan b
        """,
    )


def test_filter_that_rejects_nulls_makes_a_left_join_an_inner_one() -> None:
    plan = select(where(join("left"), "x > 3"), "v")

    assert_outline(
        plan,
        """
        project v
         inner join on equal(k, j)
          project k, v
           watermark a
            filter is_not_null(k)
             scan a
          project j
           watermark b
            filter is_not_null(x) & is_not_null(j)
             filter greater(x, cast(3, bigint))
              scan b
        """,
    )


def test_filter_that_rejects_nulls_makes_a_right_join_an_inner_one() -> None:
    plan = select(where(join("right"), "upper(k) = 'A'"), "x")

    assert_outline(
        plan,
        """
        project x
         inner join on equal(k, j)
          project k
           watermark a
            filter is_not_null(k)
             filter equal(upper(k), 'A')
              scan a
          project j, x
           watermark b
            filter equal(upper(j), 'A') & is_not_null(j)
             scan b
        """,
    )


def test_filter_that_rejects_nulls_of_one_side_makes_a_full_join_a_left_one() -> None:
    plan = select(where(join("full"), "v > 3"), "v")

    assert_outline(
        plan,
        """
        project v
         left join on equal(k, j)
          project k, v
           watermark a
            filter greater(v, 3)
             scan a
          project j
           watermark b
            filter is_not_null(j)
             scan b
        """,
    )


def test_filter_that_rejects_nulls_of_both_sides_makes_a_full_join_an_inner_one() -> (
    None
):
    plan = select(where(join("full"), "v + x > 3"), "v")

    assert_outline(
        plan,
        """
        project v
         inner join on equal(k, j) & greater(add(cast(v, bigint), x), cast(3, bigint))
          project k, v
           watermark a
            filter is_not_null(k) & is_not_null(v)
             scan a
          project j, x
           watermark b
            filter is_not_null(j) & is_not_null(x)
             scan b
        """,
    )


def test_filter_that_nulls_may_pass_leaves_an_outer_join() -> None:
    plan = select(where(join("full"), "v > 3 OR x IS NULL"), "v")

    assert_outline(
        plan,
        """
        project v
         filter or(greater(v, 3), is_null(x))
          full join on equal(k, j)
           project k, v
            watermark a
             scan a
           project j, x
            watermark b
             scan b
        """,
    )


def test_random_filter_stays_above() -> None:
    plan = select(where(join("inner"), "rand() > 0.5 AND v > 1"), "v")

    assert_outline(
        plan,
        """
        project v
         filter greater(rand(), cast(Decimal('0.5'), double))
          inner join on equal(k, j)
           project k, v
            watermark a
             filter is_not_null(v) & is_not_null(k)
              filter greater(v, 1)
               scan a
           project j
            watermark b
             filter is_not_null(j)
              scan b
        """,
    )


def test_filter_of_the_event_time_stays_above_the_watermark() -> None:
    plan = select(
        join("inner", "k = j AND a < b AND a > TIMESTAMP '2026-01-01 00:00:00'"), "v"
    )

    assert_outline(
        plan,
        """
        project v
         inner join on equal(k, j) & less(a, b)
          filter greater(a, cast('2026-01-01 00:00:00', timestamp)) & is_not_null(a)
           watermark a
            filter is_not_null(k)
             scan a
          project b, j
           filter is_not_null(b)
            watermark b
             filter is_not_null(j)
              scan b
        """,
    )


def test_constant_of_a_column_is_that_of_its_equal() -> None:
    plan = select(
        join("inner", "n = j", where(select(LEFT_ROWS, "k as n", "v"), "n = 'q'")), "v"
    )

    assert_outline(
        plan,
        """
        project v
         inner join on equal(n, j)
          project k as n, v
           watermark a
            filter is_not_null(k)
             filter equal(k, 'q')
              scan a
          project j
           watermark b
            filter equal(j, 'q') & is_not_null(j)
             scan b
        """,
    )


def test_null_safe_key_may_be_null() -> None:
    plan = select(join("inner", "k <=> j AND v = x"), "a")

    assert_outline(
        plan,
        """
        project a
         inner join on null_safe_equal(k, j) & equal(cast(v, bigint), x)
          watermark a
           filter is_not_null(v)
            scan a
          project j, x
           watermark b
            filter is_not_null(x)
             scan b
        """,
    )


def test_computed_keys_ask_for_the_values_they_are_of() -> None:
    plan = select(join("inner", "upper(k) = j AND v + 1 > x"), "a")

    assert_outline(
        plan,
        """
        project a
         inner join on equal(upper(k), j) & greater(cast(add(v, 1), bigint), x)
          watermark a
           filter is_not_null(k) & is_not_null(v)
            scan a
          project j, x
           watermark b
            filter is_not_null(j) & is_not_null(x)
             scan b
        """,
    )


def test_filters_go_through_a_join_with_a_static_table() -> None:
    plan = select(
        join("inner", "k = i AND y > 2 AND v > 1", right=source("i STRING, y INT")), "v"
    )

    assert_outline(
        plan,
        """
        project v
         inner join on equal(k, i)
          project k, v
           watermark a
            filter is_not_null(v) & is_not_null(k)
             filter greater(v, 1)
              scan a
          project i
           filter is_not_null(y) & is_not_null(i)
            filter greater(y, 2)
             scan i
        """,
    )


def test_what_alternatives_have_in_common_is_a_key() -> None:
    plan = select(join("inner", "k = j AND v > 1 OR k = j AND x > 1"), "a")

    assert_outline(
        plan,
        """
        project a
         inner join on equal(k, j) & or(greater(v, 1), greater(x, cast(1, bigint)))
          watermark a
           filter is_not_null(k)
            scan a
          project j, x
           watermark b
            filter is_not_null(j)
             scan b
        """,
    )


def test_alternatives_that_all_ask_of_a_side_filter_it() -> None:
    plan = select(join("inner", "k = j AND (v > 1 AND b < a OR v > 3)"), "a")

    assert_outline(
        plan,
        """
        project a
         inner join on equal(k, j) & or(greater(v, 1) & less(b, a), greater(v, 3))
          watermark a
           filter is_not_null(k) & or(greater(v, 1), greater(v, 3))
            scan a
          project b, j
           watermark b
            filter is_not_null(j)
             scan b
        """,
    )


def test_alternative_without_a_side_leaves_that_unfiltered() -> None:
    plan = select(join("left", "k = j AND (v > 1 AND b IS NULL OR j > 'c')"), "a")

    assert_outline(
        plan,
        """
        project a
         left join on equal(k, j) & or(greater(v, 1) & is_null(b), greater(j, 'c'))
          watermark a
           scan a
          project b, j
           filter or(is_null(b), greater(j, 'c'))
            watermark b
             filter is_not_null(j)
              scan b
        """,
    )


def test_denied_alternatives_are_denied_each() -> None:
    plan = select(join("inner", "k = j AND NOT (v > 1 OR x > 2)"), "a")

    assert_outline(
        plan,
        """
        project a
         inner join on equal(k, j)
          project a, k
           watermark a
            filter is_not_null(v) & is_not_null(k)
             filter not(greater(v, 1))
              scan a
          project j
           watermark b
            filter is_not_null(x) & is_not_null(j)
             filter not(greater(x, cast(2, bigint)))
              scan b
        """,
    )


def test_columns_that_equal_one_column_are_equal() -> None:
    plan = select(
        join("inner", "k = j AND k = i", right=stream("j STRING, i STRING")), "v"
    )

    assert_outline(
        plan,
        """
        project v
         inner join on equal(k, j) & equal(k, i)
          project k, v
           watermark a
            filter is_not_null(k)
             scan a
          filter equal(j, i) & equal(i, j) & is_not_null(j) & is_not_null(i)
           scan j
        """,
    )
