from __future__ import annotations

from pathlib import Path

import pytest

from unbounded.checkpoint import MetadataLog
from unbounded.checkpoint.metadata_log import parse_versioned
from unbounded.errors import CheckpointError
from unbounded.files import LocalFiles


class CountingFiles(LocalFiles):
    """Files that know how often a folder was listed."""

    lists = 0

    def list_names(self, folder: str) -> list[str]:
        self.lists += 1
        return super().list_names(folder)


@pytest.fixture
def log(tmp_path: Path) -> MetadataLog:
    return MetadataLog(LocalFiles(), f"{tmp_path}/offsets", purge_count_min=1)


def _names(log: MetadataLog) -> list[str]:
    return LocalFiles().list_names(log.folder)


def test_an_empty_log_has_nothing(log: MetadataLog) -> None:
    assert (log.latest(), log.latest_id(), log.ids(), log.get(0)) == (
        None,
        None,
        [],
        None,
    )


def test_what_is_added_is_found_by_id(log: MetadataLog) -> None:
    assert log.add(0, "v1\nä")
    assert log.add(1, "v1\nb")
    assert log.get(0) == "v1\nä"
    assert log.latest() == (1, "v1\nb")
    assert Path(log.path(0)).read_bytes() == "v1\nä".encode()


def test_an_id_is_added_once(log: MetadataLog) -> None:
    log.add(0, "first")
    assert not log.add(0, "second")
    assert log.get(0) == "first"


def test_an_id_known_from_the_folder_is_not_added_again(log: MetadataLog) -> None:
    log.add(0, "first")
    again = MetadataLog(LocalFiles(), log.folder)
    assert not again.add(0, "second")


def test_an_id_taken_behind_the_log_is_a_concurrent_writer(log: MetadataLog) -> None:
    other = MetadataLog(LocalFiles(), log.folder)
    assert log.ids() == other.ids() == []
    other.add(0, "theirs")
    with pytest.raises(CheckpointError) as raised:
        log.add(0, "ours")
    assert raised.value.condition == "CONCURRENT_STREAM_LOG_UPDATE"
    assert log.get(0) == "theirs"


def test_ids_are_ordered_as_numbers(log: MetadataLog) -> None:
    for batch_id in (10, 9, 2):
        log.add(batch_id, "")
    assert log.ids() == [2, 9, 10]
    assert MetadataLog(LocalFiles(), log.folder).latest_id() == 10


def test_other_names_are_not_part_of_the_log(log: MetadataLog) -> None:
    log.add(7, "seven")
    for name in (".7.crc", ".8.3f-TID1.tmp", "8.tmp", "-9", "010", "９", "x"):
        (Path(log.folder) / name).touch()
    assert MetadataLog(LocalFiles(), log.folder).ids() == [7]


def test_purge_deletes_what_is_below_and_its_checksums(log: MetadataLog) -> None:
    for batch_id in range(4):
        log.add(batch_id, "")
    for name in (".0.crc", ".1.crc", ".3.crc"):
        (Path(log.folder) / name).touch()
    again = MetadataLog(LocalFiles(), log.folder, purge_count_min=1)
    again.purge_before(2)
    assert again.ids() == [2, 3]
    assert _names(again) == [".3.crc", "2", "3"]


def test_purge_waits_until_enough_can_go(tmp_path: Path) -> None:
    log = MetadataLog(LocalFiles(), f"{tmp_path}/offsets", purge_count_min=3)
    for batch_id in range(5):
        log.add(batch_id, "")
    log.purge_before(2)
    assert log.ids() == [0, 1, 2, 3, 4]
    log.purge_before(3)
    assert log.ids() == [3, 4]


def test_a_stale_checksum_goes_before_its_id_is_made(log: MetadataLog) -> None:
    log.add(0, "")
    (Path(log.folder) / ".1.crc").touch()
    again = MetadataLog(LocalFiles(), log.folder)
    again.add(1, "")
    assert _names(again) == ["0", "1"]


def test_the_folder_is_listed_once_however_many_batches(tmp_path: Path) -> None:
    files = CountingFiles()
    log = MetadataLog(files, f"{tmp_path}/offsets")
    for batch_id in range(20):
        log.add(batch_id, "")
        log.purge_before(batch_id - 5)
        assert log.latest_id() == batch_id
    assert files.lists == 1


def test_a_file_that_is_not_text_is_damaged(log: MetadataLog) -> None:
    log.add(0, "")
    Path(log.path(0)).write_bytes(b"v1\n\xff\xfe")
    with pytest.raises(CheckpointError) as raised:
        log.get(0)
    assert raised.value.condition == "CHECKPOINT_FILE_DAMAGED"
    assert log.path(0) in raised.value.message


@pytest.mark.parametrize("text, lines", [("v1", []), ("v1\na\n", ["a", ""])])
def test_lines_follow_the_version(text: str, lines: list[str]) -> None:
    assert parse_versioned(text, "/x") == lines


@pytest.mark.parametrize("text", ["", "\n", "v", "vx\n", "1\n", "{}", "\0\0", "v01"])
def test_a_file_without_a_version_is_damaged(text: str) -> None:
    with pytest.raises(CheckpointError) as raised:
        parse_versioned(text, "/x")
    assert raised.value.condition == "CHECKPOINT_FILE_DAMAGED"


@pytest.mark.parametrize("text", ["v2\n{}", "v0\n{}"])
def test_a_newer_version_is_refused_by_name(text: str) -> None:
    with pytest.raises(CheckpointError) as raised:
        parse_versioned(text, "/x")
    assert raised.value.condition == "INVALID_LOG_VERSION.MAX_SUPPORTED_VERSION"
