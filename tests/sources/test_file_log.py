from __future__ import annotations

from pathlib import Path

import pytest

from unbounded.errors import CheckpointError
from unbounded.files import LocalFiles
from unbounded.sources.file_log import FileEntry, FileStreamSourceLog
from unbounded.testing import ManualClock


def _log(folder: Path) -> FileStreamSourceLog:
    return FileStreamSourceLog(LocalFiles(), f"{folder}/sources/0", ManualClock())


def _entries(batch_id: int, count: int = 2) -> list[FileEntry]:
    return [
        FileEntry(f"/in/é {batch_id}-{i}.json", 100 + batch_id, batch_id)
        for i in range(count)
    ]


def test_a_line_is_written_as_spark_writes_it(tmp_path: Path) -> None:
    _log(tmp_path).add(0, _entries(0, 1))
    assert (tmp_path / "sources/0/0").read_text("utf-8") == (
        'v1\n{"path":"file:///in/é%200-0.json","timestamp":100,"batchId":0}'
    )


def test_files_are_found_by_the_id_that_named_them(tmp_path: Path) -> None:
    log = _log(tmp_path)
    for batch_id in range(25):
        assert log.add(batch_id, _entries(batch_id))
        assert log.get(batch_id) == _entries(batch_id)
    for reader in (log, _log(tmp_path)):
        assert reader.latest_id() == 24
        # 9 and 19 are compact files, which carry older lines too.
        assert reader.get(9) == _entries(9)
        assert reader.between(17, 20) == _entries(18) + _entries(19) + _entries(20)
        assert reader.between(3, 3) == []
        everything = [entry for i in range(25) for entry in _entries(i)]
        assert reader.all_entries() == everything == reader.between(-1, 24)


def test_files_of_a_deleted_id_are_found_in_the_compact_file(tmp_path: Path) -> None:
    log = _log(tmp_path)
    for batch_id in range(11):
        log.add(batch_id, _entries(batch_id))
    (tmp_path / "sources/0/4").unlink()
    assert _log(tmp_path).get(4) == _entries(4)


def test_an_unknown_id_is_an_error(tmp_path: Path) -> None:
    log = _log(tmp_path)
    log.add(0, _entries(0))
    with pytest.raises(CheckpointError) as raised:
        log.get(1)
    assert raised.value.condition == "BATCH_METADATA_NOT_FOUND"


def test_a_line_that_can_not_be_read_is_damaged(tmp_path: Path) -> None:
    log = _log(tmp_path)
    log.add(0, _entries(0))
    (tmp_path / "sources/0/0").write_text('v1\n{"path":"file:///a"}')
    with pytest.raises(CheckpointError) as raised:
        log.all_entries()
    assert raised.value.condition == "CHECKPOINT_FILE_DAMAGED"
