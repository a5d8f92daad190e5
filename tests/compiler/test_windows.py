from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta

import pytest

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def _windows(time: int, duration: int, slide: int, start: int) -> set[tuple[int, int]]:
    """Every window that holds `time`, tried one by one; seconds since 1970."""
    first = time - duration - slide
    return {
        (begin, begin + duration)
        for begin in range(first, time + 1)
        if (begin - start) % slide == 0 and begin <= time < begin + duration
    }


@pytest.mark.parametrize(
    ("duration", "slide", "start"),
    [(60, 60, 0), (60, 60, 15), (60, 20, 0), (60, 25, 0), (60, 25, 7), (7, 3, 2)],
)
def test_rows_get_exactly_the_windows_that_hold_them(
    answers, duration, slide, start
) -> None:
    seed = duration * 1000 + slide
    times = random.Random(seed).sample(range(-500, 500), 40)
    values = ", ".join(f"({time})" for time in times)
    window = (
        f"window(timestamp_seconds(t), '{duration} seconds', '{slide} seconds',"
        f" '{start} seconds')"
    )
    rows = answers.rows(
        f"SELECT t, w.start, w.end FROM (SELECT t, {window} AS w "
        f"FROM VALUES {values} AS v(t))"
    )
    ours = {(t, _seconds(begin), _seconds(end)) for t, begin, end in rows}
    expected = {
        (t, *window) for t in times for window in _windows(t, duration, slide, start)
    }
    assert ours == expected, f"seed {seed}"
    assert len(rows) == len(expected)


def _seconds(moment: datetime) -> int:
    return (moment - _EPOCH) // timedelta(seconds=1)


def test_row_without_a_time_is_dropped(answers) -> None:
    rows = answers.rows(
        "SELECT count(*) FROM (SELECT window(t, '1 hour') AS w "
        "FROM VALUES (CAST(NULL AS TIMESTAMP)) AS v(t))"
    )
    assert rows == [(0,)]
