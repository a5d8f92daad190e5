"""Spans put into sessions and buffers folded, beside a loop over rows."""

from __future__ import annotations

import random

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from unbounded.operators.session_spans import Fold, distinct, find_sessions

Span = tuple[int, int, int]


def sessions(spans: list[Span]) -> list[Span]:
    """Group, start and end of each session."""
    columns = [np.array(values, np.int64) for values in zip(*spans, strict=True)]
    found = find_sessions(*columns)
    groups = columns[0][found.order][found.firsts]
    return list(
        zip(groups.tolist(), found.starts.tolist(), found.ends.tolist(), strict=True)
    )


def naive_sessions(spans: list[Span]) -> list[Span]:
    made: list[Span] = []
    for group, start, end in sorted(spans):
        if made and made[-1][0] == group and start <= made[-1][2]:
            made[-1] = (group, made[-1][1], max(end, made[-1][2]))
        else:
            made.append((group, start, end))
    return made


def test_spans_that_touch_are_one_session() -> None:
    assert sessions([(1, 0, 5), (1, 5, 8)]) == [(1, 0, 8)]


def test_spans_a_microsecond_apart_are_two_sessions() -> None:
    assert sessions([(1, 0, 5), (1, 6, 8)]) == [(1, 0, 5), (1, 6, 8)]


def test_long_span_reaches_over_those_that_begin_in_it() -> None:
    assert sessions([(1, 0, 20), (1, 2, 3), (1, 15, 16)]) == [(1, 0, 20)]


def test_later_span_joins_two_that_were_apart() -> None:
    assert sessions([(1, 0, 5), (1, 10, 15), (1, 4, 11)]) == [(1, 0, 15)]


def test_groups_do_not_touch_each_other() -> None:
    assert sessions([(1, 0, 5), (2, 3, 8)]) == [(1, 0, 5), (2, 3, 8)]


def test_spans_that_start_together_are_in_order_of_their_ends() -> None:
    starts, ends = np.array([0, 0, 0]), np.array([9, 5, 7])
    found = find_sessions(np.array([1, 1, 1]), starts, ends)
    assert found.order.tolist() == [1, 2, 0]


def test_no_spans_are_no_sessions() -> None:
    empty = np.zeros(0, np.int64)
    found = find_sessions(empty, empty, empty)
    assert len(found.firsts) == len(found.sizes) == 0


def test_sessions_are_those_of_a_loop_over_rows() -> None:
    for seed in range(200):
        random.seed(seed)
        spans = []
        for _ in range(random.randint(1, 40)):
            start = random.randint(-60, 60)
            span = (random.randint(0, 3), start, start + random.randint(1, 12))
            spans.append(span)
        assert sessions(spans) == naive_sessions(spans), f"seed {seed}"


def test_rows_are_folded_in_their_order() -> None:
    letters = pa.array(list("abcdefghijk"))

    def joined(old: list[pa.Array], new: list[pa.Array]) -> list[pa.Array]:
        return [pc.binary_join_element_wise(old[0], new[0], "")]

    (found,) = Fold(np.array([1, 5, 2, 3])).apply([letters], joined)
    assert found.to_pylist() == ["a", "bcdef", "gh", "ijk"]


def test_buffers_of_one_function_are_folded_together() -> None:
    sums, counts = pa.array([1, 2, 3, 10]), pa.array([1, 1, 1, 1])

    def added(old: list[pa.Array], new: list[pa.Array]) -> list[pa.Array]:
        return [pc.add(left, right) for left, right in zip(old, new, strict=True)]

    found = Fold(np.array([3, 1])).apply([sums, counts], added)
    assert [column.to_pylist() for column in found] == [[6, 10], [3, 1]]


def test_sessions_far_apart_in_time_are_found() -> None:
    """The spans' numbers and the groups' do not fit one number of 64 bits."""
    far = 1 << 62
    spans = [(g, t, t + 5) for g in range(9) for t in (-far, -far + 5, far - 9)]
    assert sessions(spans) == naive_sessions(spans)


def test_distinct_numbers_are_in_order() -> None:
    assert distinct(np.array([3, 1, 3, 2, 1])).tolist() == [1, 2, 3]
    assert distinct(np.zeros(0, np.int64)).tolist() == []
