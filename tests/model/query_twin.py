"""Query twin: what each batch of a simulated query must give, in plain Python.

Fed with the rows that each batch has read; Spark's rules of watermarks and output
modes, over lists and a dict.
"""

from __future__ import annotations

import itertools
import math
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence

from tests.model.join_twin import joined_counts, joined_rows
from tests.model.query_simulation import (
    CUT,
    DELAY_MINUTES,
    GAP_MINUTES,
    TOP,
    WIDE_MINUTES,
    WINDOW_MINUTES,
    Case,
    Row,
    Rows,
    clock_text,
    row_texts,
)

Key = tuple[int | None, str | None, int]
"""Where the window starts, if there are windows; the row's key; its grouping set."""


def expected_batches(
    case: Case, batches: Sequence[Sequence[Row]], *others: Sequence[Sequence[Row]]
) -> list[Rows]:
    """The rows that each batch hands to the sink, sorted.

    Args:
        others: what each batch has read of the other sources, if there are any.
    """
    if others:
        return _OF_SOURCES[case.shape](batches, *others)
    if case.shape == "revised":
        return _revised(case, batches)
    by_batch = _BY_BATCH.get(case.shape)
    if by_batch is not None:
        return by_batch(batches)
    kind = _DeduplicationTwin if case.shape in _DEDUPLICATIONS else _AggregateTwin
    twin = kind(case)
    return [twin.run(rows) for rows in batches]


def expected_table(case: Case, *batches: Sequence[Sequence[Row]]) -> Rows:
    """What the sink holds after all batches, sorted."""
    given = expected_batches(case, *batches)
    if case.output_mode == "complete":
        return given[-1]
    return sorted(row for rows in given for row in rows)


def dropped_count(case: Case, batches: Sequence[Sequence[Row]]) -> int:
    """How many rows are dropped as late."""
    twin = _AggregateTwin(case)
    for rows in batches:
        twin.run(rows)
    return twin.dropped_count


def _stateless(batches: Sequence[Sequence[Row]]) -> list[Rows]:
    return [
        _texts(row for row in rows if row[2] is None or row[2] % 3 != 0)
        for rows in batches
    ]


def _first(batches: Sequence[Sequence[Row]]) -> list[Rows]:
    """The first rows with a new key and value, so many there may be."""
    seen: dict[tuple[object, ...], None] = {}
    given = []
    for rows in batches:
        new = []
        for row in rows:
            if row[1:] not in seen and len(seen) < CUT:
                new.append(row)
            seen[row[1:]] = None
        given.append(_texts(new))
    return given


def _sorted(batches: Sequence[Sequence[Row]]) -> list[Rows]:
    return [
        _texts(itertools.chain(*batches[: number + 1]))
        for number in range(len(batches))
    ]


def _top(batches: Sequence[Sequence[Row]]) -> list[Rows]:
    """What has come into the keys with the most rows."""
    counts: Counter[str | None] = Counter()
    before: list[tuple[object, ...]] = []
    given = []
    for rows in batches:
        counts.update(key for _, key, _ in rows)
        ranked = sorted(counts, key=lambda key: (-counts[key], key or ""))
        top: list[tuple[object, ...]] = [(key, counts[key]) for key in ranked[:TOP]]
        given.append(row_texts(row for row in top if row not in before))
        before = top
    return given


def _revised(case: Case, batches: Sequence[Sequence[Row]]) -> list[Rows]:
    """Counts of counts after each batch; in update mode those that are others."""
    held: dict[str | None, list[int | None]] = {}
    before: list[tuple[object, ...]] = []
    given = []
    for rows in batches:
        for _, key, value in rows:
            held.setdefault(key, []).append(value)
        table = []
        for count in sorted({len(values) for values in held.values()}):
            keys = [key for key, values in held.items() if len(values) == count]
            names = [key for key in keys if key is not None]
            known = [v for key in keys for v in held[key] if v is not None]
            ends = max(names, default=None), min(known, default=None)
            table.append((count, len(keys), *ends))
        is_complete = case.output_mode == "complete"
        given.append(row_texts(r for r in table if is_complete or r not in before))
        before = table
    return given


def _with_watermarks(
    batches: Sequence[Sequence[Row]],
) -> Iterator[tuple[list[tuple[int, str | None, int | None]], int]]:
    """Each batch's rows that have a time, and its watermark."""
    watermark = 0
    for rows in batches:
        timed = [(minute, *rest) for minute, *rest in rows if minute is not None]
        yield timed, watermark
        times = [minute for minute, _, _ in timed]
        watermark = max(watermark, max(times, default=0) - DELAY_MINUTES)


def _sessions(batches: Sequence[Sequence[Row]]) -> list[Rows]:
    """Sessions that the watermark has passed; no row is late."""
    held: list[tuple[int, str | None, int | None]] = []
    given = []
    for rows, watermark in _with_watermarks(batches):
        held = sorted([*held, *rows], key=lambda row: (row[1] or "", row[0]))
        final = []
        for key, group in itertools.groupby(held, key=lambda row: row[1]):
            for span in _spans(list(group)):
                end = span[-1][0] + GAP_MINUTES
                if end <= watermark:
                    held = [row for row in held if row not in span]
                    known = [value for *_, value in span if value is not None]
                    window = f"{clock_text(span[0][0])}-{clock_text(end)}"
                    final.append(
                        (window, key, len(span), sum(known) if known else None)
                    )
        given.append(row_texts(final))
    return given


def _spans(
    rows: list[tuple[int, str | None, int | None]],
) -> list[list[tuple[int, str | None, int | None]]]:
    """The rows of one key, by session."""
    spans = [rows[:1]]
    for before, row in itertools.pairwise(rows):
        if row[0] > before[0] + GAP_MINUTES:
            spans.append([])
        spans[-1].append(row)
    return spans


def _chained(batches: Sequence[Sequence[Row]]) -> list[Rows]:
    """Wide windows of the windows of each key, both once they are passed."""
    narrow: Counter[tuple[int, str | None]] = Counter()
    wide: dict[tuple[int, str | None], list[int]] = {}
    given = []
    for rows, watermark in _with_watermarks(batches):
        narrow.update((m // WINDOW_MINUTES * WINDOW_MINUTES, key) for m, key, _ in rows)
        for start, key in [k for k in narrow if k[0] + WINDOW_MINUTES <= watermark]:
            counts = wide.setdefault((start // WIDE_MINUTES * WIDE_MINUTES, key), [])
            counts.append(narrow.pop((start, key)))
        final = []
        for start, key in [k for k in wide if k[0] + WIDE_MINUTES <= watermark]:
            counts = wide.pop((start, key))
            window = f"{clock_text(start)}-{clock_text(start + WIDE_MINUTES)}"
            final.append((window, key, sum(counts), len(counts)))
        given.append(row_texts(final))
    return given


def _texts(rows: Iterable[Row]) -> Rows:
    return row_texts((_clock(minute), key, value) for minute, key, value in rows)


def _clock(minute: int | None) -> str | None:
    return None if minute is None else clock_text(minute)


def _joined(*sides: Sequence[Sequence[Row]]) -> list[Rows]:
    return [
        row_texts(
            (_clock(lt), lk, left, _clock(rt), rk, right)
            for lt, lk, left, rt, rk, right in rows
        )
        for rows in joined_rows(*sides)
    ]


def _joined_counts(*sides: Sequence[Sequence[Row]]) -> list[Rows]:
    return [
        row_texts((_window_text(start), *rest) for start, *rest in rows)
        for rows in joined_counts(*sides)
    ]


_BY_BATCH: dict[str, Callable[[Sequence[Sequence[Row]]], list[Rows]]] = {
    "chained": _chained,
    "first": _first,
    "sessions": _sessions,
    "sorted": _sorted,
    "stateless": _stateless,
    "top": _top,
}


_OF_SOURCES: dict[str, Callable[..., list[Rows]]] = {
    "joined": _joined,
    "joined_counts": _joined_counts,
}


class _Watermarks:
    """Those of this batch and of the last, in minutes; -1 before any."""

    def __init__(self) -> None:
        self.late = self.eviction = -1

    def move(self, rows: Sequence[Row]) -> None:
        """A batch is over."""
        times = [minute for minute, _, _ in rows if minute is not None]
        self.late = self.eviction
        if times:
            self.eviction = max(self.eviction, max(times) - DELAY_MINUTES)


_DEDUPLICATIONS = ("deduplicated", "within")


class _DeduplicationTwin:
    """One deduplication: the keys seen, and when each is forgotten."""

    def __init__(self, case: Case) -> None:
        self._is_within = case.shape == "within"
        self._seen: dict[object, float] = {}
        self._watermarks = _Watermarks()

    def run(self, rows: Sequence[Row]) -> Rows:
        given = [row for row in rows if self._is_first(row)]
        eviction = self._watermarks.eviction
        self._seen = {key: at for key, at in self._seen.items() if at > eviction}
        self._watermarks.move(rows)
        return _texts(given)

    def _is_first(self, row: Row) -> bool:
        minute, name, _ = row
        key = name if self._is_within else (minute, name)
        is_late = minute is not None and minute <= self._watermarks.late
        if is_late or key in self._seen:
            return False
        expires = math.inf if minute is None else float(minute)
        if self._is_within:
            # A row without a time is of 1970, and soon forgotten.
            expires = -0.5 if minute is None else minute + DELAY_MINUTES
        self._seen[key] = expires
        return True


class _AggregateTwin:
    """One aggregation: all rows by key, and the watermarks."""

    def __init__(self, case: Case) -> None:
        self._mode = case.output_mode
        self._shape = case.shape
        self._is_windowed = case.shape in ("windowed", "rolled")
        self._rows: dict[Key, list[Row]] = {}
        self._watermarks = _Watermarks()
        self.dropped_count = 0

    def run(self, rows: Sequence[Row]) -> Rows:
        touched: dict[Key, None] = {}
        for row in rows:
            for key in self._keys_of(row):
                if self._is_final(key, self._watermarks.late):
                    self.dropped_count += 1
                    continue
                touched[key] = None
                self._rows.setdefault(key, []).append(row)
        eviction = self._watermarks.eviction
        final = [key for key in self._rows if self._is_final(key, eviction)]
        given = {"append": final, "update": touched, "complete": self._rows}
        result = row_texts(self._row(key) for key in given[self._mode])
        for key in final:
            del self._rows[key]
        self._watermarks.move(rows)
        return result

    def _keys_of(self, row: Row) -> list[Key]:
        minute, name, _ = row
        if not self._is_windowed:
            return [(None, name, 0)]
        if minute is None:
            return []
        start = minute // WINDOW_MINUTES * WINDOW_MINUTES
        keys: list[Key] = [(start, name, 0)]
        if self._shape == "rolled":
            keys += [(start, None, 1), (None, None, 3)]
        return keys

    def _is_final(self, key: Key, watermark: int) -> bool:
        start = key[0]
        if start is None or self._mode == "complete":
            return False
        return start + WINDOW_MINUTES <= watermark

    def _row(self, key: Key) -> tuple[object, ...]:
        start, name, number = key
        rows = self._rows[key]
        if self._shape == "listed":
            return (name, *_lists(rows))
        window = () if not self._is_windowed else (_window_text(start),)
        numbers = (number,) if self._shape == "rolled" else ()
        known = [value for _, _, value in rows if value is not None]
        return (*window, name, *numbers, len(rows), *_numbers(known))


def _window_text(start: int | None) -> str | None:
    if start is None:
        return None
    return f"{clock_text(start)}-{clock_text(start + WINDOW_MINUTES)}"


def _lists(rows: Sequence[Row]) -> Iterator[object]:
    """The values, how many kinds, the first, and the key of the greatest."""
    known = [value for _, _, value in rows if value is not None]
    yield known
    yield len(set(known))
    yield rows[0][2]
    yield rows[0][1] if known else None


def _numbers(known: Sequence[int]) -> Iterator[int | float | None]:
    """Sum, least, greatest and mean."""
    if not known:
        yield from (None, None, None, None)
        return
    yield from (sum(known), min(known), max(known), sum(known) / len(known))
