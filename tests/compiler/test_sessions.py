"""Sessions of a batch: which rows they hold, and how long gaps written as text are."""

from __future__ import annotations

import random
from datetime import UTC, datetime
from typing import Any

import pytest

from unbounded.compiler import CompileContext
from unbounded.parser import parse_interval


def sessions(answers: Any, rows: str, gap: str, keys: str = "k") -> list[tuple]:
    """Key, start, end and number of rows of each session; seconds since 1970."""
    text = (
        f"SELECT {keys}, unix_seconds(s.start), unix_seconds(s.end), n FROM (SELECT"
        f" {keys}, session_window(timestamp_seconds(t), {gap}) AS s, count(*) AS n"
        f" FROM VALUES {rows} AS v(k, t, gap) GROUP BY ALL)"
    )
    found: list[tuple] = answers.rows(text)
    return sorted(found, key=repr)


def naive(rows: list[tuple[str, int, int]]) -> list[tuple]:
    made: list[list] = []
    for key, start, gap in sorted(rows, key=lambda row: (row[0], row[1], row[2])):
        if made and made[-1][0] == key and start <= made[-1][2]:
            made[-1][2] = max(made[-1][2], start + gap)
            made[-1][3] += 1
        else:
            made.append([key, start, start + gap, 1])
    return sorted(map(tuple, made), key=repr)


def test_sessions_of_random_rows_are_those_of_a_loop(answers) -> None:
    for seed in range(10):
        random.seed(seed)
        rows = [
            (random.choice("ab"), random.randint(-99, 99), random.randint(1, 9))
            for _ in range(40)
        ]
        values = ", ".join(f"('{k}', {t}, '{g} seconds')" for k, t, g in rows)
        assert sessions(answers, values, "gap") == naive(rows), f"seed {seed}"


def test_end_of_a_session_still_belongs_to_it(answers) -> None:
    rows = "('a', 0, ''), ('a', 60, ''), ('a', 121, '')"
    found = sessions(answers, rows, "'1 minute'")
    assert found == [("a", 0, 120, 2), ("a", 121, 181, 1)]


def test_rows_of_the_same_time_are_in_one_session(answers) -> None:
    rows = ", ".join(["('a', 0, '')", *["('a', 100, '')"] * 50])
    text = (
        "SELECT n, first(x), size(l) FROM (SELECT count(*) AS n, first(t) AS x,"
        f" collect_list(t) AS l FROM VALUES {rows} AS v(k, t, gap)"
        " GROUP BY session_window(timestamp_seconds(t), '1 minute')) GROUP BY ALL"
    )
    assert sorted(answers.rows(text)) == [(1, 0, 1), (50, 100, 50)]


def test_null_keys_are_one_key(answers) -> None:
    rows = "(null, 0, ''), (null, 30, ''), ('a', 10, '')"
    found = sessions(answers, rows, "'1 minute'")
    assert found == [("a", 10, 70, 1), (None, 0, 90, 2)]


@pytest.mark.parametrize("gap", ["'0 seconds'", "'-1 hour'", "'soon'", "null", "''"])
def test_gap_that_has_no_length_leaves_no_rows(answers, gap: str) -> None:
    assert sessions(answers, "('a', 0, '')", gap) == []


@pytest.mark.parametrize(
    "text",
    [
        "5 minutes",
        "1 day 2 minutes",
        "2 weeks",
        "1.5 seconds",
        ".5 seconds",
        "+5 minutes",
        "- 5 minutes",
        "INTERVAL 3 Hours",
        "5 minutes -30 seconds",
        "7 microseconds 1 millisecond",
    ],
)
def test_gap_of_a_row_is_read_as_the_parser_reads_it(answers, text: str) -> None:
    months, days, microseconds = parse_interval(text)
    assert months == 0
    found = answers.rows(
        "SELECT unix_micros(s.end) - unix_micros(s.start) FROM (SELECT"
        " session_window(timestamp_seconds(0), concat(g, '')) AS s"
        f" FROM VALUES ('{text}') AS v(g))"
    )
    length = days * 86_400_000_000 + microseconds
    assert found == ([(length,)] if length > 0 else [])


def test_gap_of_a_day_is_a_day_of_the_calendar(answers) -> None:
    """The day on which clocks in Berlin go forward has twenty-three hours."""
    text = (
        "SELECT session_window(TIMESTAMP '2026-03-28 12:00:00', '1 day').end"
        " FROM VALUES (1) AS v(x)"
    )
    rows = answers.rows(text, CompileContext(time_zone="Europe/Berlin"))
    assert rows == [(datetime(2026, 3, 29, 10, tzinfo=UTC),)]


def test_gap_of_a_month_is_a_month_of_the_calendar(answers) -> None:
    text = (
        "SELECT session_window(TIMESTAMP '2026-01-31 12:00:00', '1 month 1 hour').end"
        " FROM VALUES (1) AS v(x)"
    )
    assert answers.rows(text) == [(datetime(2026, 2, 28, 13, tzinfo=UTC),)]


def test_first_and_last_are_by_time(answers) -> None:
    text = (
        "SELECT first(t), last(t), collect_list(t) FROM VALUES (30), (0), (20)"
        " AS v(t) GROUP BY session_window(timestamp_seconds(t), '1 minute')"
    )
    assert answers.rows(text) == [(0, 30, [0, 20, 30])]
