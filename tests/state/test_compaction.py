"""Compaction: the arithmetic of the decision, and what a merge keeps."""

from __future__ import annotations

import numpy as np
import pytest

from unbounded.state.compaction import (
    READ_AMPLIFICATION_MAX,
    ROWS_MIN,
    SEGMENTS_MAX,
    plan_compaction,
)
from unbounded.state.segment import Segment


def segments(*rows: int) -> list[Segment]:
    return [Segment(f"s{i}", i, i, count, 0, 0) for i, count in enumerate(rows, 1)]


def test_few_segments_of_live_rows_stay() -> None:
    assert plan_compaction(segments(1000, 10, 10), live_rows=1000) is None


def test_dead_rows_past_the_limit_merge_everything() -> None:
    rows = segments(ROWS_MIN, ROWS_MIN)
    assert plan_compaction(rows, live_rows=ROWS_MIN) is None
    spec = plan_compaction(rows, live_rows=ROWS_MIN // 4)
    assert spec is not None
    assert (spec.first, spec.last) == (1, 2)


def test_a_single_segment_stays() -> None:
    assert plan_compaction(segments(10 * ROWS_MIN), live_rows=0) is None


def test_many_segments_merge_those_that_are_small_beside_what_follows() -> None:
    spec = plan_compaction(segments(10_000, *[10] * SEGMENTS_MAX), live_rows=10_000)
    assert spec is not None
    assert (spec.first, spec.last) == (2, SEGMENTS_MAX + 1)


def test_empty_batches_merge_too() -> None:
    spec = plan_compaction(segments(500, *[0] * 40), live_rows=500)
    assert spec is not None
    assert (spec.first, spec.last) == (2, 41)


@pytest.mark.parametrize("seed", range(4))
def test_files_rows_and_work_stay_bounded(seed: int) -> None:
    random = np.random.default_rng(seed)
    cover: list[Segment] = []
    live = written = merged = 0
    for version in range(1, 3000):
        rows = int(random.choice([0, 1, 200, 5000]))
        written += rows
        live = max(0, live + int(random.integers(-rows // 2, rows + 1)))
        cover.append(Segment(f"{version}", version, version, rows, 0, 0))
        spec = plan_compaction(cover, live)
        if spec is not None:
            total = sum(segment.rows for segment in spec.inputs)
            merged += total
            left = min(total, live) if spec.first == 1 else total
            cover[-len(spec.inputs) :] = [
                Segment(f"m{version}", spec.first, spec.last, left, 0, 0)
            ]
        assert len(cover) <= SEGMENTS_MAX, f"seed {seed}"
        total = sum(segment.rows for segment in cover)
        assert total <= READ_AMPLIFICATION_MAX * live + ROWS_MIN, f"seed {seed}"
    assert merged < 20 * written, f"seed {seed}"
