from __future__ import annotations

from pathlib import Path

import pytest

from unbounded.errors import CheckpointError
from unbounded.files import LocalFiles
from unbounded.sinks.file_log import (
    FileStreamSinkLog,
    SinkFileStatus,
    SinkLogSettings,
    has_sink_log,
    read_sink_files,
)
from unbounded.testing import ManualClock


def _log(output: Path, now_ms: int = 0, **settings) -> FileStreamSinkLog:
    kept = SinkLogSettings(**settings)
    return FileStreamSinkLog(LocalFiles(), str(output), ManualClock(now_ms), kept)


def _status(name: object, modified_ms: int = 5) -> SinkFileStatus:
    return SinkFileStatus(f"/out/part {name}", 750, modified_ms)


def test_a_line_is_written_as_spark_writes_it(tmp_path: Path) -> None:
    _log(tmp_path).add(0, [_status("a")])
    assert (tmp_path / "_spark_metadata/0").read_text() == (
        'v1\n{"path":"file:///out/part%20a","size":750,"isDir":false,'
        '"modificationTime":5,"blockReplication":1,"blockSize":33554432,"action":"add"}'
    )


def test_a_folder_with_a_log_is_an_output(tmp_path: Path) -> None:
    assert not has_sink_log(LocalFiles(), str(tmp_path))
    _log(tmp_path).add(0, [])
    assert has_sink_log(LocalFiles(), str(tmp_path))


def test_append_keeps_the_files_of_all_batches(tmp_path: Path) -> None:
    log = _log(tmp_path)
    for batch_id in range(23):
        assert log.add(batch_id, [_status(batch_id)])
        assert log.latest_id() == batch_id
    assert not log.add(22, [_status("again")])
    expected = list(map(_status, range(23)))
    assert log.all_files() == expected
    assert read_sink_files(LocalFiles(), str(tmp_path), ManualClock()) == expected


def test_complete_shows_the_files_of_the_last_batch_alone(tmp_path: Path) -> None:
    log = _log(tmp_path)
    for batch_id in range(3):
        assert log.add_complete(batch_id, [_status(batch_id)])
        assert _log(tmp_path).all_files() == [_status(batch_id)]
    assert not log.add_complete(2, [_status("again")])
    assert log.get(1) == [_status(1)]
    log.purge_before(2)
    assert log.ids() == [2]
    assert log.get(1) is None


def test_a_file_an_old_spark_deleted_does_not_count(tmp_path: Path) -> None:
    log = _log(tmp_path)
    log.add(0, [_status("a"), _status("b")])
    log.add(1, [SinkFileStatus("/out/part a", 750, 5, "delete")])
    assert log.all_files() == [_status("b")]


def test_files_past_the_retention_do_not_count_and_go(tmp_path: Path) -> None:
    log = _log(tmp_path, now_ms=1_000, retention_ms=100, compact_interval=2)
    log.add(0, [_status("old", 899), _status("new", 900)])
    assert log.all_files() == [_status("new", 900)]
    log.add(1, [])
    assert _log(tmp_path).all_files() == [_status("new", 900)]


def test_a_reader_looks_again_when_a_compaction_overtakes_it(tmp_path: Path) -> None:
    class OvertakenFiles(LocalFiles):
        """The files listed first are deleted before they are read."""

        def list_names(self, folder: str) -> list[str]:
            names = super().list_names(folder)
            if "2.compact" not in names:
                for batch_id in (2, 3):
                    writer.add(batch_id, [_status(batch_id)])
                (tmp_path / "_spark_metadata/0").unlink()
            return names

    writer = _log(tmp_path, compact_interval=3)
    for batch_id in range(2):
        writer.add(batch_id, [_status(batch_id)])
    found = read_sink_files(OvertakenFiles(), str(tmp_path), ManualClock())
    assert found == list(map(_status, range(4)))


def test_a_log_that_lacks_a_batch_is_an_error_for_readers(tmp_path: Path) -> None:
    log = _log(tmp_path)
    for batch_id in range(3):
        log.add(batch_id, [_status(batch_id)])
    (tmp_path / "_spark_metadata/1").unlink()
    with pytest.raises(CheckpointError) as raised:
        read_sink_files(LocalFiles(), str(tmp_path), ManualClock())
    assert raised.value.condition == "BATCH_METADATA_NOT_FOUND"


def test_a_line_that_can_not_be_read_is_damaged(tmp_path: Path) -> None:
    log = _log(tmp_path)
    log.add(0, [_status("a")])
    (tmp_path / "_spark_metadata/0").write_text('v1\n{"size":1}')
    with pytest.raises(CheckpointError) as raised:
        log.all_files()
    assert raised.value.condition == "CHECKPOINT_FILE_DAMAGED"
