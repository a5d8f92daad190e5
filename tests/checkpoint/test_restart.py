from __future__ import annotations

from pathlib import Path

import pytest

from unbounded.checkpoint import (
    CommitLog,
    CommitMetadata,
    OffsetLog,
    OffsetSeq,
    Restart,
    plan_restart,
    read_restart,
)
from unbounded.errors import CheckpointError
from unbounded.files import LocalFiles


def offsets(batch_id: int, watermark_ms: int = 0) -> OffsetSeq:
    return OffsetSeq((str(batch_id),), watermark_ms, 1_000 + batch_id)


def test_an_empty_checkpoint_begins_at_batch_0() -> None:
    assert plan_restart(None, None, None) == Restart(0, 0, None, None)


@pytest.mark.parametrize("latest_id", [0, 1, 57])
def test_after_a_committed_batch_the_next_begins_after_it(latest_id: int) -> None:
    latest = offsets(latest_id)
    previous = offsets(latest_id - 1) if latest_id else None
    restart = plan_restart((latest_id, latest), previous, (latest_id, CommitMetadata()))
    assert restart == Restart(latest_id + 1, 0, latest, None)


def test_a_planned_first_batch_is_run_again_from_the_beginning() -> None:
    assert plan_restart((0, offsets(0)), None, None) == Restart(0, 0, None, offsets(0))


def test_a_planned_batch_is_run_again_with_its_offsets() -> None:
    restart = plan_restart((8, offsets(8)), offsets(7), (7, CommitMetadata()))
    assert restart == Restart(8, 0, offsets(7), offsets(8))


@pytest.mark.parametrize("planned_ms, committed_ms", [(5, 9), (9, 5), (7, 7)])
def test_after_a_commit_the_watermark_is_the_later_of_both(
    planned_ms: int, committed_ms: int
) -> None:
    restart = plan_restart(
        (3, offsets(3, planned_ms)), offsets(2), (3, CommitMetadata(committed_ms))
    )
    assert restart.watermark_ms == max(planned_ms, committed_ms)


def test_a_batch_run_again_has_the_watermark_it_was_planned_with() -> None:
    restart = plan_restart((3, offsets(3, 5)), offsets(2, 1), (2, CommitMetadata(9)))
    assert restart.watermark_ms == 5


@pytest.mark.parametrize(
    "latest, previous, commit, missing",
    [
        (1, False, 1, "offsets/0"),  # L-1 must exist, also after a commit
        (1, False, 0, "offsets/0"),
        (5, True, 3, "commits/4"),
        (1, True, None, "commits/0"),
        (None, False, 4, "offsets/4"),
        (3, True, 4, "offsets/4"),
    ],
)
def test_a_hole_is_refused_and_named(
    latest: int | None, previous: bool, commit: int | None, missing: str
) -> None:
    with pytest.raises(CheckpointError) as raised:
        plan_restart(
            None if latest is None else (latest, offsets(latest)),
            offsets(0) if previous else None,
            None if commit is None else (commit, CommitMetadata()),
            "/checkpoint",
        )
    assert raised.value.condition == "BATCH_METADATA_NOT_FOUND"
    assert f"/checkpoint/{missing} " in raised.value.message


def test_the_logs_are_read_as_they_lie(tmp_path: Path) -> None:
    def restart() -> Restart:
        files = LocalFiles()
        return read_restart(
            OffsetLog(files, f"{tmp_path}/offsets"),
            CommitLog(files, f"{tmp_path}/commits"),
            str(tmp_path),
        )

    offset_log = OffsetLog(LocalFiles(), f"{tmp_path}/offsets")
    commit_log = CommitLog(LocalFiles(), f"{tmp_path}/commits")
    assert restart().batch_id == 0
    for batch_id in range(2):
        offset_log.add(batch_id, offsets(batch_id))
        assert restart().replay == offsets(batch_id)
        commit_log.add(batch_id, CommitMetadata(batch_id))
        assert restart() == Restart(batch_id + 1, batch_id, offsets(batch_id), None)
