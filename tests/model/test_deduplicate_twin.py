"""Deduplication under a watermark against a twin: Spark's rules over lists and a dict.

What a batch gives and drops depends on how rows are cut into batches, so it is no
matter for the law of stream and batch.
"""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, field

import pytest
from hypothesis import given, strategies as st

from tests.streams.steps import StreamWorld, expressions
from unbounded.plan.relations import Deduplicate, Project, Relation, WithWatermark

Row = tuple[int | None, str | None]
"""Seconds after ten o'clock, and the key."""

KINDS = {
    "key": ("key",),
    "time": ("time",),
    "both": ("key", "time"),
    "within": ("key",),
}


@dataclass(frozen=True)
class Case:
    """A deduplication, its watermark's delay, and files; some runs end after one."""

    kind: str
    delay: int
    files: tuple[tuple[Row, ...], ...]
    restarts: frozenset[int] = frozenset()

    @property
    def is_within(self) -> bool:
        return self.kind == "within"

    def query(self, source: Relation) -> Relation:
        marked = WithWatermark(source, "time", f"{self.delay} seconds")
        rows = Deduplicate(marked, KINDS[self.kind], within_watermark=self.is_within)
        return Project(rows, expressions("value"))

    def key(self, row: Row) -> Row:
        seconds, key = row
        return (
            seconds if self.kind in ("time", "both") else None,
            None if self.kind == "time" else key,
        )


@dataclass
class Batch:
    """The numbers of the rows that go on; keys held, new, let go of, and late rows."""

    given: list[str] = field(default_factory=list)
    numbers: tuple[int, int, int, int] = (0, 0, 0, 0)


class Twin:
    """One query: the keys it holds, each with the time that it leaves at, if any."""

    def __init__(self, case: Case) -> None:
        self._case = case
        self._leaves: dict[Row, int | None] = {}
        self._watermark = 0
        self._late = 0
        self._seen = 0

    def run(self, rows: Sequence[Row]) -> list[Batch]:
        """The batch of one file, and the one after it that lets keys go, if any."""
        batches = [self._batch(rows)]
        if self._watermark > self._late:
            batches.append(self._batch(()))
        return batches

    def _batch(self, rows: Sequence[Row]) -> Batch:
        batch = Batch()
        late = 0
        for row in rows:
            self._seen += 1
            if row[0] is not None and _at(row[0]) <= self._late:
                late += 1
            elif self._case.key(row) not in self._leaves:
                self._leaves[self._case.key(row)] = self._leave(row[0])
                batch.given.append(str(self._seen))
        gone = [
            key
            for key, time in self._leaves.items()
            if time is not None and time <= self._watermark
        ]
        for key in gone:
            del self._leaves[key]
        new = len(batch.given)
        batch.numbers = (len(self._leaves), new, len(gone), late)
        self._late = self._watermark
        times = [0 if seconds is None else _at(seconds) for seconds, _ in rows]
        if times:
            self._watermark = max(self._watermark, max(times) - self._case.delay)
        return batch

    def _leave(self, seconds: int | None) -> int | None:
        if self._case.is_within:
            return (0 if seconds is None else _at(seconds)) + self._case.delay
        if self._case.kind == "key" or seconds is None:
            return None
        return _at(seconds)


def _at(seconds: int) -> int:
    """Seconds since 1970, but for a constant that no watermark comes near."""
    return 1_767_261_600 + seconds


def check(case: Case) -> None:
    with tempfile.TemporaryDirectory() as folder:
        world = StreamWorld(folder, case.query, "append")
        twin = Twin(case)
        expected = []
        world.start()
        seen = 0
        for number, rows in enumerate(case.files):
            world.add_file([_text(row, seen + n) for n, row in enumerate(rows, 1)])
            seen += len(rows)
            world.process_all()
            expected += twin.run(rows)
            if number in case.restarts:
                world.stop()
                world.start()
        world.stop()
    assert [rows for _, rows in world.deliveries] == [b.given for b in expected]
    assert _numbers(world) == [b.numbers for b in expected]


def _text(row: Row, number: int) -> str:
    seconds, key = row
    time = "." if seconds is None else f"10:{seconds // 60:02}:{seconds % 60:02}"
    return f"{time} {key or '.'} {number}"


def _numbers(world: StreamWorld) -> list[tuple[int, int, int, int]]:
    every = [report.operators[0].metrics for report in world.reports]
    return [
        (m.rows_total, m.rows_updated, m.rows_removed, m.rows_dropped_by_watermark)
        for m in every
    ]


ROWS = st.tuples(
    st.one_of(st.none(), st.integers(0, 40), st.integers(0, 400)),
    st.sampled_from((None, "a", "b", "c")),
)
CASES = st.builds(
    Case,
    st.sampled_from(sorted(KINDS)),
    st.sampled_from((0, 1, 10, 60)),
    st.lists(st.lists(ROWS, max_size=6).map(tuple), min_size=1, max_size=6).map(tuple),
    st.frozensets(st.integers(0, 5), max_size=2),
)


@pytest.mark.parametrize("kind", KINDS)
def test_key_at_the_watermark_is_gone_and_one_after_it_is_not(kind):
    files = (((0, "a"), (1, "b")), ((11, "c"),), ((0, "a"), (1, "b"), (2, "c")))
    check(Case(kind, 10, (*files, ((1, "a"), (12, "b")))))


@given(CASES)
def test_deduplication_is_that_of_the_twin(case):
    check(case)
