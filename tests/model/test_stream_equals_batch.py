"""The law: a stream's table equals the same plan run over all its input as a batch.

Complete mode: the last batch. Update mode: what each batch gave, the newest row
of a key counting. Append mode: all that was given; groups whose time has come.
Rows that the watermark dropped are taken from the batch's input too.
"""

from __future__ import annotations

import datetime
import math
from collections.abc import Callable, Sequence
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given, settings, strategies as st

from tests.model.deduplication_twin import same
from tests.model.stream_queries import (
    EPOCH,
    FAMILIES,
    SCHEMA,
    AddFile,
    Case,
    Query,
    Row,
    cases,
)
from tests.model.stream_runs import StreamRuns, case_folder
from tests.model.stream_twin import Batches
from unbounded.runtime import static_tables

Table = list[tuple[Any, ...]]


def check(case: Case) -> None:
    with case_folder() as folder:
        runs = StreamRuns(folder, case)
        runs.run()
        batches = runs.foresee()
        assert len(runs.reports) == len(batches.all)
        given = [rows_of(table) for table in runs.deliveries]
        answer = rows_of(runs.batch_answer(batches))
    TABLE_CHECKS[table_kind(case)](case, given, answer, batches)


def table_kind(case: Case) -> str:
    return case.output_mode if case.query.is_aggregate else "rows"


def _check_rows(
    case: Case, given: Sequence[Table], answer: Table, batches: Batches
) -> None:
    assert_same([row for rows in given for row in rows], answer)


def _check_complete(
    case: Case, given: Sequence[Table], answer: Table, batches: Batches
) -> None:
    assert_same(given[-1], answer, is_ordered=case.query.order is not None)


def _check_update(
    case: Case, given: Sequence[Table], answer: Table, batches: Batches
) -> None:
    width = case.query.key_count
    table = {row[:width]: row for rows in given for row in rows}
    if case.query.having is not None or case.query.is_by_session:
        # A key that has left the result is not taken back in update mode.
        still = {row[:width] for row in answer}
        table = {key: row for key, row in table.items() if key in still}
    wanted = {row[:width]: row for row in answer}
    assert_same(list(table.values()), list(wanted.values()))


def _check_append(
    case: Case, given: Sequence[Table], answer: Table, batches: Batches
) -> None:
    final = EPOCH + datetime.timedelta(milliseconds=batches.final_ms)
    ended = [row for row in answer if has_ended(row[0], final)]
    assert_same([row for rows in given for row in rows], ended)


TABLE_CHECKS: dict[str, Callable[[Case, Sequence[Table], Table, Batches], None]] = {
    "append": _check_append,
    "complete": _check_complete,
    "rows": _check_rows,
    "update": _check_update,
}


def has_ended(event_time: Any, watermark: datetime.datetime) -> bool:
    end = event_time[1] if isinstance(event_time, tuple) else event_time
    return end is not None and end <= watermark


# --- tables -------------------------------------------------------------------


def rows_of(table: pa.Table) -> Table:
    columns = (column.to_pylist() for column in table.columns)
    return [tuple(map(same, row)) for row in zip(*columns, strict=True)]


def assert_same(found: Table, expected: Table, is_ordered: bool = False) -> None:
    if not is_ordered:
        found, expected = sorted(found, key=_order), sorted(expected, key=_order)
    assert len(found) == len(expected), (found, expected)
    for left, right in zip(found, expected, strict=True):
        assert all(map(_is_same, left, right)), (left, right)


def _order(row: tuple[Any, ...]) -> list[str]:
    return [f"{v + 0.0:.6e}" if isinstance(v, float) else repr(v) for v in row]


def _is_same(left: Any, right: Any) -> bool:
    if isinstance(left, float) and isinstance(right, float):
        return math.isclose(left, right, rel_tol=1e-9, abs_tol=1e-9)
    if isinstance(left, tuple) and isinstance(right, tuple):
        return len(left) == len(right) and all(map(_is_same, left, right))
    return type(left) is type(right) and bool(left == right)


# --- the law ------------------------------------------------------------------


def row(**values: Any) -> Row:
    """A row of nulls but for these."""
    names = [column.split()[0] for column in SCHEMA.split(", ")]
    return tuple(values.get(name) for name in names[2:])


FOUND = {
    "least of times merged with that of a batch": Case(
        Query(is_aggregate=True, aggregates=("min(time)", "max(time)")),
        "complete",
        (AddFile(0, (row(time=EPOCH),)), AddFile(0, (row(),))),
    ),
    "lambda over an aggregate whose filter has a lambda too": Case(
        Query(
            is_aggregate=True,
            aggregates=("skewness(i) FILTER (WHERE time + INTERVAL 1 HOUR > time)",),
        ),
        "complete",
        (AddFile(0, (row(i=1, time=EPOCH), row(i=2), row(i=4, time=EPOCH))),),
    ),
    "NaN that the statistics of a file leave out": Case(
        Query(conditions=("-(x) > 0.5",)),
        "append",
        (AddFile(0, (row(x=1.5), row(x=math.nan))),),
    ),
}


@pytest.mark.parametrize("case", FOUND.values(), ids=FOUND)
def test_case_found_before_is_right(case):
    check(case)


@pytest.mark.parametrize("family", sorted(FAMILIES.keys() - {"tables"}))
@settings(max_examples=settings.default.max_examples * 3)
@given(data=st.data())
def test_stream_equals_batch(family, data):
    check(data.draw(cases(family)))


@pytest.mark.parametrize("is_looked_up", [False, True])
@given(data=st.data())
def test_stream_joined_with_a_table_equals_batch(is_looked_up, data):
    """Rows are looked up in large tables alone, unless these are taken for large."""
    with pytest.MonkeyPatch.context() as patch:
        if is_looked_up:
            patch.setattr(static_tables, "_LOOKED_UP_ROWS_MIN", 0)
            patch.setattr(static_tables, "_TABLE_ROWS_PER_ROW_MIN", 0)
        check(data.draw(cases("tables")))
