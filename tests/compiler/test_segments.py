"""Segments: what is measured, and that nothing is read twice."""

from __future__ import annotations

import datetime
from collections.abc import Iterator

import pyarrow as pa
import pytest

from tests.streams.steps import SCHEMA, Query, expressions, filtered, grouped
from unbounded.compiler import MACROS, CompileContext, EventTimeStats, compile_segment
from unbounded.compiler.grouped_segment import GroupedSegment
from unbounded.compiler.row_segment import RowSegment
from unbounded.conf import RuntimeConf
from unbounded.engine import Cursor, Database, EngineSettings
from unbounded.parser import parse_schema
from unbounded.plan.expressions import Alias, KeySet
from unbounded.plan.relations import (
    Aggregate,
    Project,
    Relation,
    SetOperation,
    UnresolvedAggregate,
    UnresolvedDataSource,
    WithColumns,
    WithWatermark,
)
from unbounded.plan.tree import walk
from unbounded.session import Session, SharedState
from unbounded.testing import ManualClock

CONTEXT = CompileContext("UTC", 0, True)
MINUTE_MS = 60_000
COUNTS = grouped(["key"], ["count(1)"])


def watermarked(source: Relation) -> Relation:
    return WithWatermark(source, "time", "1 minute")


@pytest.fixture(scope="module")
def cursor() -> Iterator[Cursor]:
    database = Database.open(EngineSettings(threads=1))
    cursor = database.cursor()
    for macro in MACROS:
        cursor.execute(macro)
    yield cursor
    cursor.close()
    database.close()


@pytest.fixture
def analyzed(tmp_path):
    shared = SharedState(new_id=lambda: "id", clock=ManualClock())
    session = Session(shared, "session", "user", RuntimeConf({}))
    source = UnresolvedDataSource(
        "json", parse_schema(SCHEMA), {}, (str(tmp_path),), is_streaming=True
    )
    return lambda query: session.analyze(query(source))


ROWS = pa.table(
    {
        "time": pa.array(
            [datetime.datetime(1970, 1, 1, 0, m, tzinfo=datetime.UTC) for m in (5, 15)]
            + [None],
            pa.timestamp("us", "UTC"),
        ),
        "key": ["a", "b", "a"],
        "value": [1, 2, 3],
    }
)


def measured(cursor: Cursor, plan: Relation, *tables: pa.Table):
    """The segment over `tables`, its rows and its measures."""
    segment = compile_segment(plan, CONTEXT, {}, 1000)
    names = {}
    for leaf_id, table in enumerate(tables):
        cursor.register(f"input_{leaf_id}", table)
        names[leaf_id] = f'"input_{leaf_id}"'
    rows, measures = segment.split(cursor.query(segment.statement(names)))
    assert rows.num_columns == len(segment.output)
    return segment, rows, measures


SEEN = EventTimeStats(3, 15 * MINUTE_MS, 0, 20 * MINUTE_MS / 3)


@pytest.mark.parametrize(
    "query",
    [
        pytest.param(lambda s: COUNTS(watermarked(s)), id="grouped"),
        pytest.param(lambda s: watermarked(s), id="rows"),
        pytest.param(
            lambda s: Project(watermarked(s), expressions("value", "time AS at")),
            id="rows renamed",
        ),
        pytest.param(
            lambda s: Project(watermarked(s), expressions("value", "time > now()")),
            id="time computed on",
        ),
        pytest.param(
            lambda s: filtered("minute(time) > 50")(watermarked(s)), id="viewed"
        ),
        pytest.param(
            grouped(["window(time, '10 minutes')"], ["count(1)"], delay="1 minute"),
            id="windowed",
        ),
        pytest.param(
            grouped(
                ["window(time, '10 minutes', '5 minutes')"],
                ["count(1)"],
                delay="1 minute",
            ),
            id="sliding",
        ),
        pytest.param(
            lambda s: COUNTS(filtered("minute(time) > 50")(watermarked(s))),
            id="filtered above",
        ),
    ],
)
def test_rows_and_event_times_are_those_read(cursor, analyzed, query: Query) -> None:
    _, _, measures = measured(cursor, analyzed(query), ROWS)
    assert measures.input_rows == {0: 3}
    assert measures.event_times == {0: SEEN}


def test_watermark_above_a_filter_sees_what_passes(cursor, analyzed) -> None:
    plan = analyzed(lambda s: COUNTS(watermarked(filtered("value = 1")(s))))
    _, rows, measures = measured(cursor, plan, ROWS)
    assert measures.input_rows == {0: 3}
    five = 5 * MINUTE_MS
    assert measures.event_times == {0: EventTimeStats(1, five, five, float(five))}
    assert rows.num_rows == 1


def test_each_input_of_a_union_is_counted_for_itself(cursor, analyzed) -> None:
    def united(source: Relation) -> Relation:
        other = WithWatermark(source, "time", "2 minutes")
        return SetOperation(watermarked(source), other, "union")

    _, rows, measures = measured(cursor, analyzed(united), ROWS, ROWS.slice(0, 1))
    assert measures.input_rows == {0: 3, 1: 1}
    five = 5 * MINUTE_MS
    assert measures.event_times == {
        0: SEEN,
        1: EventTimeStats(1, five, five, float(five)),
    }
    assert rows.num_rows == 4


@pytest.mark.parametrize(
    "query",
    [
        pytest.param(lambda s: COUNTS(watermarked(s)), id="grouped"),
        pytest.param(lambda s: watermarked(s), id="rows"),
        pytest.param(
            grouped([], ["count(1)", "max(value)"], delay="1 minute"), id="global"
        ),
    ],
)
def test_no_rows_measure_nothing(cursor, analyzed, query: Query) -> None:
    _, _, measures = measured(cursor, analyzed(query), ROWS.slice(0, 0))
    assert measures.input_rows == {0: 0}
    assert measures.event_times == {0: EventTimeStats(0, 0, 0, 0.0)}


def test_window_of_null_times_is_counted_and_gone(cursor, analyzed) -> None:
    query = grouped(["window(time, '10 minutes')"], ["count(1)"], delay="1 minute")
    segment, rows, measures = measured(cursor, analyzed(query), ROWS)
    assert isinstance(segment, GroupedSegment)
    assert measures.input_rows == {0: 3}
    assert rows.num_rows == 2


def test_null_stays_a_group_of_other_keys(cursor, analyzed) -> None:
    plan = analyzed(grouped(["time"], ["count(1)"], delay="1 minute"))
    _, rows, _ = measured(cursor, plan, ROWS)
    assert rows.num_rows == 3


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        (COUNTS, True),
        (lambda s: COUNTS(watermarked(s)), True),
        (grouped([], ["count(1)"]), True),
        (grouped(["window(time, '10 minutes')"], ["count(1)"]), True),
        (grouped(["window(time, '10 minutes', '5 minutes')"], ["count(1)"]), False),
        (lambda s: COUNTS(filtered("value > 1")(s)), False),
        (lambda s: COUNTS(SetOperation(s, s, "union")), False),
        (filtered("value > 1"), False),
    ],
)
def test_groups_carry_measures_where_every_row_reaches_one(
    cursor, analyzed, query: Query, expected: bool
) -> None:
    plan = analyzed(query)
    segment = compile_segment(plan, CONTEXT, {}, 1000)
    assert isinstance(segment, GroupedSegment) is expected


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        (watermarked, True),
        (lambda s: Project(watermarked(s), expressions("upper(key)", "time")), True),
        (lambda s: Project(watermarked(s), expressions("time AS a", "1 AS b")), True),
        (lambda s: Project(watermarked(s), expressions("key")), False),
        (lambda s: Project(s, expressions("key")), True),
        (filtered("value > 1"), True),
        (lambda s: filtered("value > 1")(watermarked(s)), True),
        (lambda s: watermarked(filtered("value IS NOT NULL")(s)), True),
        (lambda s: Project(filtered("value > 1")(s), expressions("1 / value")), False),
        (lambda s: filtered("1 / value > 1")(filtered("value > 1")(s)), False),
        (lambda s: SetOperation(s, s, "union"), False),
        (grouped(["window(time, '10 minutes')"], []), False),
    ],
)
def test_rows_carry_measures_where_each_comes_out_with_its_time(
    cursor, analyzed, query: Query, expected: bool
) -> None:
    segment = compile_segment(analyzed(query), CONTEXT, {}, 1000)
    assert isinstance(segment, RowSegment) is expected


def test_filters_of_rows_are_columns_and_hide_times_only_below_a_watermark(
    cursor, analyzed
) -> None:
    rows = pa.table(
        {
            "time": pa.array([1000, 2000, None], pa.timestamp("us", "UTC")),
            "key": ["a", None, "c"],
            "value": [1, 2, 3],
        }
    )
    below = filtered("key IS NOT NULL")
    above = filtered("time IS NOT NULL")
    plan = analyzed(lambda s: above(watermarked(below(s))))
    segment, kept, measures = measured(cursor, plan, rows)
    assert isinstance(segment, RowSegment)
    assert kept.num_columns == 3
    assert kept.column(1).to_pylist() == ["a"]
    assert list(measures.input_rows.values()) == [3]
    assert measures.event_times == {0: EventTimeStats(2, 1, 0, 0.5)}


def test_event_times_before_1970_are_rounded_down(cursor, analyzed) -> None:
    early = pa.array([-1, -1001], pa.timestamp("us", "UTC"))
    rows = ROWS.slice(0, 2).set_column(0, "time", early)
    _, _, measures = measured(cursor, analyzed(watermarked), rows)
    assert measures.event_times == {0: EventTimeStats(2, -1, -2, -1.5)}


def test_grouped_statement_reads_its_input_once(cursor, analyzed) -> None:
    segment = compile_segment(
        analyzed(lambda s: COUNTS(watermarked(s))), CONTEXT, {}, 1000
    )
    assert segment.statement({0: '"the input"'}).count('"the input"') == 1


def test_viewed_statement_reads_its_input_once(cursor, analyzed) -> None:
    plan = analyzed(lambda s: COUNTS(filtered("value > 1")(watermarked(s))))
    segment = compile_segment(plan, CONTEXT, {}, 1000)
    assert segment.statement({0: '"the input"'}).count('"the input"') == 1


def test_columns_computed_below_the_groups_are_theirs(cursor, analyzed) -> None:
    def query(source: Relation) -> Relation:
        (upper,) = expressions("upper(key)")
        named = WithColumns(source, (Alias(upper, ("key",)),))
        return COUNTS(watermarked(named))

    _, rows, measures = measured(cursor, analyzed(query), ROWS)
    found = {tuple(row.values()) for row in rows.to_pylist()}
    assert found == {("A", 2), ("B", 1)}
    assert measures.event_times == {0: SEEN}


# --- grouping sets ------------------------------------------------------------

EVERY_TEN = "window(time, '10 minutes')"


def in_sets(*keys: str, sets: str) -> Query:
    """`count(1)` of all sets; each key of a set is a letter of its own in `sets`."""

    def query(source: Relation) -> Relation:
        named = dict(zip("abc", expressions(*keys), strict=False))
        chosen = tuple(
            KeySet(tuple(named[k] for k in part)) for part in sets.split("|")
        )
        return UnresolvedAggregate(
            watermarked(source),
            "grouping_sets",
            tuple(named.values()),
            expressions("count(1)"),
            sets=chosen,
        )

    return query


@pytest.mark.parametrize(
    ("query", "is_grouped", "group_count"),
    [
        (in_sets("key", sets="a|"), True, 3),
        (in_sets("key", sets="a|a"), True, 4),
        (in_sets("key", "value", sets="|ab|b"), True, 7),
        (in_sets(EVERY_TEN, "key", sets="ab|a"), True, 4),
        (in_sets(EVERY_TEN, "key", sets="ab|"), False, 3),
    ],
)
def test_rows_are_counted_once_for_all_sets(
    cursor, analyzed, query: Query, is_grouped: bool, group_count: int
) -> None:
    plan = next(n for n in walk(analyzed(query)) if isinstance(n, Aggregate))
    segment, rows, measures = measured(cursor, plan, ROWS)
    assert isinstance(segment, GroupedSegment) is is_grouped
    assert measures.input_rows == {0: 3}
    assert measures.event_times == {0: SEEN}
    assert rows.num_rows == group_count
