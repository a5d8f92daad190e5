from __future__ import annotations

from pathlib import Path

import pytest

from unbounded.checkpoint import CommitLog, CommitMetadata
from unbounded.errors import CheckpointError
from unbounded.files import LocalFiles


def test_a_batch_is_committed_once(tmp_path: Path) -> None:
    log = CommitLog(LocalFiles(), f"{tmp_path}/commits")
    assert log.add(0, CommitMetadata(1000))
    assert not log.add(0, CommitMetadata(2000))
    assert (tmp_path / "commits/0").read_bytes() == b'v1\n{"nextBatchWatermarkMs":1000}'
    assert log.get(0) == CommitMetadata(1000)
    assert log.get(1) is None


def test_the_latest_is_found_and_the_oldest_go(tmp_path: Path) -> None:
    log = CommitLog(LocalFiles(), f"{tmp_path}/commits")
    assert log.latest() is None
    for batch_id in range(12):
        log.add(batch_id, CommitMetadata(batch_id))
    log.purge_before(10)
    assert log.ids() == [10, 11]
    assert log.latest() == (11, CommitMetadata(11))


@pytest.mark.parametrize("text", ["v1", "v1\n", "v1\n{}", "v1\n{}\n{}", "v1\n[1]", ""])
def test_a_torn_file_is_damaged_and_named(tmp_path: Path, text: str) -> None:
    path = tmp_path / "commits" / "4"
    path.parent.mkdir()
    path.write_text(text)
    with pytest.raises(CheckpointError) as raised:
        CommitLog(LocalFiles(), str(path.parent)).latest()
    assert raised.value.condition == "CHECKPOINT_FILE_DAMAGED"
    assert str(path) in raised.value.message


def test_a_commit_with_state_ids_is_refused_by_its_version(tmp_path: Path) -> None:
    (tmp_path / "0").write_text('v2\n{"nextBatchWatermarkMs":0,"stateUniqueIds":{}}')
    with pytest.raises(CheckpointError) as raised:
        CommitLog(LocalFiles(), str(tmp_path)).latest()
    assert raised.value.condition == "INVALID_LOG_VERSION.MAX_SUPPORTED_VERSION"
