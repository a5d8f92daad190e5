"""Tests of time windows: where they go and what they are made of."""

from __future__ import annotations

import pytest

from tests.analyzer.queries import (
    columns,
    expr,
    named,
    resolved,
    source,
    sql,
    stream,
)
from unbounded.errors import AnalysisError, IllegalArgumentError, ParseError
from unbounded.plan.event_time import SESSION_WINDOW, session_position
from unbounded.plan.expressions import TIME_WINDOW, WATERMARK_DELAY
from unbounded.plan.relations import (
    Aggregate,
    AssignWindows,
    Relation,
    WithColumns,
    WithWatermark,
    output_of,
)
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
    assert columns(plan)[0] == "w struct<start:timestamp,end:timestamp>"


def test_windows_of_local_times_are_local() -> None:
    plan = sql("select window(n, '1 hour') w from t", t=source("n timestamp_ntz"))
    assert columns(plan) == ["w struct<start:timestamp_ntz,end:timestamp_ntz> not null"]


@pytest.mark.parametrize("length", ["0 seconds", "1 year", "one hour", "-1 hour"])
def test_length_that_is_none_is_refused(length: str) -> None:
    with pytest.raises((IllegalArgumentError, AnalysisError, ParseError)):
        sql(f"select window(time, '{length}') from t", t=stream())


MARKED = WithWatermark(stream(), "time", "10 minutes")


def test_session_column_has_the_watermark_of_its_time_and_a_mark() -> None:
    plan = sql("select session_window(time, '5 minutes') from t", t=MARKED)
    (column,) = output_of(plan)
    assert column.metadata == {SESSION_WINDOW: True, WATERMARK_DELAY: 600_000}
    text = "session_window struct<start:timestamp,end:timestamp> not null"
    assert columns(plan) == [text]


def test_session_as_a_key_is_found_under_another_name() -> None:
    text = (
        "select s, count(*) from (select session_window(time, '1 hour') as s from t)"
        " group by s"
    )
    (node,) = (n for n in walk(sql(text, t=stream())) if isinstance(n, Aggregate))
    assert session_position(node.grouping) == 0


def test_time_of_a_window_keeps_its_watermark_and_no_mark() -> None:
    text = (
        "select window_time(window) from"
        " (select window, count(*) from t group by window(time, '5 minutes'))"
    )
    (column,) = output_of(sql(text, t=MARKED))
    assert column.name == "window_time(window)"
    assert column.metadata == {WATERMARK_DELAY: 600_000}


@pytest.mark.parametrize("kind", ["window", "session_window"])
def test_window_of_a_window_keeps_the_watermark(kind: str) -> None:
    text = (
        f"select {kind}(window, '1 hour') as w from"
        " (select window, count(*) from t group by window(time, '5 minutes'))"
    )
    (column,) = output_of(sql(text, t=MARKED))
    assert column.metadata[WATERMARK_DELAY] == 600_000


@pytest.mark.parametrize(
    ("call", "condition"),
    [
        ("session_window(time)", "WRONG_NUM_ARGS.WITHOUT_SUGGESTION"),
        ("session_window(value, '1 hour')", "DATATYPE_MISMATCH.UNEXPECTED_INPUT_TYPE"),
        ("session_window(time, 5)", "_LEGACY_ERROR_TEMP_1040"),
        ("session_window(time, interval 5 minutes)", "_LEGACY_ERROR_TEMP_1040"),
        ("session_window(time, time)", "_LEGACY_ERROR_TEMP_1040"),
        ("window_time(time)", "DATATYPE_MISMATCH.UNEXPECTED_INPUT_TYPE"),
        ("window_time(struct(time as start, time as end))", "_LEGACY_ERROR_TEMP_3101"),
        (
            "session_window(time, '1 hour'), window(time, '1 hour') as b",
            "_LEGACY_ERROR_TEMP_1039",
        ),
        (
            "session_window(time, '1 hour'), session_window(time, '2 hours') as b",
            "_LEGACY_ERROR_TEMP_1039",
        ),
    ],
)
def test_call_that_is_none_is_refused_as_by_spark(call: str, condition: str) -> None:
    with pytest.raises(AnalysisError) as caught:
        sql(f"select {call} from t", t=stream())
    assert caught.value.condition == condition


def test_column_given_anew_has_no_watermark_and_no_mark() -> None:
    """So `withColumn` breaks the chain from a watermark to a grouping, as in Spark."""
    windows_of = named(expr("session_window(time, '1 hour')"), "s")
    again = named(expr("time"), "t")
    plan = resolved(WithColumns(MARKED, (windows_of, again)))
    found = {c.name: c.metadata for c in output_of(plan)}
    assert found["s"] == found["t"] == {}
    assert found["time"] == {WATERMARK_DELAY: 600_000}
