"""Tests of time windows: where they go and what they are made of."""

from __future__ import annotations

import pytest

from tests.analyzer.queries import columns, source, sql, stream
from unbounded.errors import AnalysisError, IllegalArgumentError, ParseError
from unbounded.plan.expressions import TIME_WINDOW
from unbounded.plan.relations import AssignWindows, Relation, output_of
from unbounded.plan.tree import walk

MINUTE_US = 60_000_000


def windows(plan: Relation) -> list[AssignWindows]:
    return [n for n in walk(plan) if isinstance(n, AssignWindows)]


@pytest.mark.parametrize(
    ("text", "lengths"),
    [
        ("window(time, '10 minutes')", (10, 10, 0)),
        ("window(time, '10 minutes', '5 minutes')", (10, 5, 0)),
        ("window(time, '10 minutes', '5 minutes', '2 minutes')", (10, 5, 2)),
        ("window(time, '10 minutes', '5 minutes', '-2 minutes')", (10, 5, -2)),
        ("window(time, '1 day')", (1440, 1440, 0)),
        ("window(time, interval '1' hour)", (60, 60, 0)),
    ],
)
def test_lengths_are_read_in_microseconds(
    text: str, lengths: tuple[int, int, int]
) -> None:
    (node,) = windows(sql(f"select {text} from t", t=stream()))
    found = (node.duration_us, node.slide_us, node.start_us)
    assert found == tuple(length * MINUTE_US for length in lengths)


def test_window_in_keys_and_select_list_is_assigned_once() -> None:
    text = (
        "select window.start as s, window(time, '1 hour').end as e, count(*)"
        " from t group by window(time, '1 hour')"
    )
    plan = sql(text, t=stream())
    assert len(windows(plan)) == 1
    assert columns(plan)[:2] == ["s timestamp", "e timestamp"]


def test_window_column_is_marked() -> None:
    plan = sql("select window(time, '1 hour') from t", t=stream())
    assert output_of(plan)[0].metadata == {TIME_WINDOW: True}


def test_window_of_a_window_is_assigned_by_its_last_moment() -> None:
    text = (
        "select window(window, '1 hour') as w, sum(n) from"
        " (select window, count(*) as n from t group by window(time, '5 minutes'))"
        " group by window(window, '1 hour')"
    )
    plan = sql(text, t=stream())
    assert len(windows(plan)) == 2
    assert columns(plan)[0] == "w struct<start:timestamp,end:timestamp> not null"


def test_windows_of_local_times_are_local() -> None:
    plan = sql("select window(n, '1 hour') w from t", t=source("n timestamp_ntz"))
    assert columns(plan) == ["w struct<start:timestamp_ntz,end:timestamp_ntz> not null"]


@pytest.mark.parametrize("length", ["0 seconds", "1 year", "one hour", "-1 hour"])
def test_length_that_is_none_is_refused(length: str) -> None:
    with pytest.raises((IllegalArgumentError, AnalysisError, ParseError)):
        sql(f"select window(time, '{length}') from t", t=stream())
