"""The law of joins: a stream's rows are those of one batch join of all its input.

Less what the watermark dropped on the way, and but for the rows far in the future,
by which the others end. Counts in windows above a join are those of its rows.
"""

from __future__ import annotations

import datetime
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given, settings, strategies as st

from tests.model.join_queries import FAMILIES, FAR, JoinCase, JoinQuery, case_of, cases
from tests.model.stream_queries import AddFile
from tests.model.stream_runs import StreamRuns, case_folder
from tests.model.stream_twin import Batches, StreamTwin, latest_ms
from tests.model.test_stream_equals_batch import assert_same, row, rows_of
from unbounded.parser import parse_expression
from unbounded.plan.relations import Project, Relation


class JoinRuns(StreamRuns):
    """A join run as a stream, and its plan as a batch."""

    case: JoinCase

    def foresee(self) -> Batches:
        delays = self.case.query.delays
        marked = [number for number, delay in enumerate(delays) if delay is not None]
        return StreamTwin(self.case, [self._latest_of(n) for n in marked]).run()

    def _latest_of(self, number: int) -> dict[int, int | None]:
        """The latest event time that a side's watermark saw of each file."""
        seen = self.case.query.seen_by_watermark(number, self._sources())
        plan = Project(seen, (parse_expression("file"), parse_expression("time")))
        times: dict[int, list[Any]] = {}
        for found in self._session.run(plan).table.to_pylist():
            times.setdefault(found["file"], []).append(found["time"])
        return {file: latest_ms(values) for file, values in times.items()}

    def batch_answer(self, batches: Batches) -> pa.Table:
        left, right = (self._on_time(number, batches) for number in (0, 1))
        return self._session.run(self.case.query.joined(left, right)).table

    def _on_time(self, number: int, batches: Batches) -> Relation:
        query = self.case.query
        rows: Relation = query.side(number, self._sources(), is_marked=False)
        if query.drops_late(number):
            rows = query.later(number, batches.late_ms, rows)
        return rows


def check(case: JoinCase) -> None:
    with case_folder() as folder:
        runs = JoinRuns(folder, case)
        runs.run()
        batches = runs.foresee()
        assert len(runs.reports) == len(batches.all)
        given = [rows_of(table) for table in runs.deliveries]
        answer = rows_of(runs.batch_answer(batches))
        names = runs.deliveries[0].column_names
    if case.query.is_counted and case.output_mode != "append":
        kept = given[-1:] if case.output_mode == "complete" else given
        table = {one[:2]: one for rows in kept for one in rows}
        assert_same(list(table.values()), answer)
        return
    far = runs.file_count - case.query.input_count
    found = [one for rows in given for one in rows if not is_far(case, names, one, far)]
    assert_same(found, [one for one in answer if ends(case, names, one, far)])


def is_far(case: JoinCase, names: list[str], one: tuple[Any, ...], far: int) -> bool:
    """Whether a row of the answer has part in the last files, numbered from `far`."""
    if case.query.is_counted:
        return bool(one[0][1] > FAR)
    files = (one[place] for place, name in enumerate(names) if name.endswith("file"))
    return any(file is not None and file >= far for file in files)


def ends(case: JoinCase, names: list[str], one: tuple[Any, ...], far: int) -> bool:
    """Whether the stream gives that row of the answer before it ends itself.

    An outer row comes at once if it fails what ON asks of its side, or when it is
    forgotten; if that never happens, it waits for ever.
    """
    if is_far(case, names, one, far):
        return False
    if case.query.is_counted or case.query.join_type in ("inner", "semi"):
        return True
    found = dict(zip(names, one, strict=True))
    time = "w" if case.query.shape == "window" else "t"
    for own, other, is_forgotten in zip("lr", "rl", case.query.forgets, strict=True):
        if found[f"{other}file"] is None and found[f"{own}own"]:
            return is_forgotten and found[f"{own}{time}"] is not None
    return True


NOW = datetime.datetime(2026, 1, 1, tzinfo=datetime.UTC)
BOTH = (("0 seconds", 0), ("0 seconds", 0))
KEY = ("lkey = rkey",)

FOUND = {
    "range without a time in it": case_of(
        JoinQuery("full", "range", (0, 1), BOTH, KEY, (0, 0), is_strict=True),
        AddFile(0, (row(time=NOW, key="a"),)),
        AddFile(1, (row(time=NOW, key="a"),)),
    ),
}


@pytest.mark.parametrize("case", FOUND.values(), ids=FOUND)
def test_join_found_before_is_right(case):
    check(case)


@pytest.mark.parametrize("family", FAMILIES)
@settings(max_examples=max(settings.default.max_examples * 2 // 5, 5))
@given(data=st.data())
def test_joined_streams_equal_the_batch_join(family, data):
    check(data.draw(cases(family)))
