"""Tests of join pruning: the columns of a join's inputs that nothing asks for are out.

Each pair is a query and the outline of its plan.
"""

from __future__ import annotations

from textwrap import dedent

from tests.analyzer.queries import expr, resolved, source, stream
from tests.plan.joined_streams import join, outline, select, where
from unbounded.analyzer import prune_join_inputs
from unbounded.plan.relations import (
    Deduplicate,
    Relation,
    SetOperation,
    UnresolvedAggregate,
    WithWatermark,
    output_of,
)

ONE_SIDED = "k = j AND v > 3 AND x < 5"


def assert_outline(plan: Relation, wanted: str) -> None:
    assert outline(prune_join_inputs(resolved(plan))) == dedent(wanted).strip()


def test_aggregation_needs_its_keys_and_arguments() -> None:
    plan = UnresolvedAggregate(
        join("inner"), "groupby", (expr("k"),), (expr("max(v)"),)
    )

    assert_outline(
        plan,
        """
        aggregate
         inner join on equal(k, j)
          project k, v
           watermark a
            filter is_not_null(k)
             scan a
          project j
           watermark b
            filter is_not_null(j)
             scan b
        """,
    )


def test_deduplication_needs_its_keys() -> None:
    plan = select(Deduplicate(join("inner"), ("k",)), "v")

    assert_outline(
        plan,
        """
        project v
         distinct
          inner join on equal(k, j)
           project k, v
            watermark a
             filter is_not_null(k)
              scan a
           project j
            watermark b
             filter is_not_null(j)
              scan b
        """,
    )


def test_deduplication_within_a_watermark_needs_the_event_time() -> None:
    plan = select(Deduplicate(join("inner"), ("k",), within_watermark=True), "v")

    assert_outline(
        plan,
        """
        project v
         distinct
          inner join on equal(k, j)
           watermark a
            filter is_not_null(k)
             scan a
           project b, j
            watermark b
             filter is_not_null(j)
              scan b
        """,
    )


def test_columns_of_a_union_are_told_by_their_places() -> None:
    plan = select(
        SetOperation(
            select(join("inner"), "v", "x"),
            select(stream("z INT, y BIGINT"), "z", "y"),
            "union",
        ),
        "x",
    )

    assert_outline(
        plan,
        """
        project x
         union
          project x
           inner join on equal(k, j)
            project k
             watermark a
              filter is_not_null(k)
               scan a
            project j, x
             watermark b
              filter is_not_null(j)
               scan b
          project y
           project z, y
            scan z
        """,
    )


def test_watermark_above_needs_its_time() -> None:
    plan = select(
        WithWatermark(select(join("inner"), "a as t", "k", "v", "x"), "t", "1 minute"),
        "k",
    )

    assert_outline(
        plan,
        """
        project k
         watermark t
          project a as t, k
           inner join on equal(k, j)
            project a, k
             watermark a
              filter is_not_null(k)
               scan a
            project j
             watermark b
              filter is_not_null(j)
               scan b
        """,
    )


def test_row_of_no_column_keeps_one_that_is_no_event_time() -> None:
    plan = select(join("cross", None), "1 as one")

    assert_outline(
        plan,
        """
        project 1 as one
         cross join
          project k
           watermark a
            scan a
          project j
           watermark b
            scan b
        """,
    )


def test_joins_of_joins_are_pruned_down_to_the_sources() -> None:
    plan = select(
        join("left", "k = i", join("inner"), stream("c TIMESTAMP, i STRING, y INT")),
        "v",
    )

    assert_outline(
        plan,
        """
        project v
         left join on equal(k, i)
          project k, v
           inner join on equal(k, j)
            project k, v
             watermark a
              filter is_not_null(k)
               scan a
            project j
             watermark b
              filter is_not_null(j)
               scan b
          project i
           filter is_not_null(i)
            scan c
        """,
    )


def test_output_is_that_of_the_query() -> None:
    plan = resolved(select(where(join("left", ONE_SIDED), "v > 1"), "x", "a", "x + 1"))

    assert output_of(prune_join_inputs(plan)) == output_of(plan)


def test_batch_query_is_left_as_it_is() -> None:
    left, right = source("k STRING, v INT"), source("j STRING, x INT")
    plan = resolved(select(where(join("inner", "k = j", left, right), "v > 1"), "x"))

    assert prune_join_inputs(plan) == plan


def test_pruned_query_has_nothing_more_to_prune() -> None:
    plan = prune_join_inputs(resolved(select(join("inner", ONE_SIDED), "k", "x")))

    assert prune_join_inputs(plan) == plan
