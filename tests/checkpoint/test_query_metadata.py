from __future__ import annotations

from pathlib import Path

import pytest

from unbounded.checkpoint import QueryMetadata
from unbounded.errors import CheckpointError
from unbounded.files import LocalFiles


def _never() -> str:
    raise AssertionError("the id is in the checkpoint")


def test_a_new_checkpoint_gets_an_id_and_keeps_it(tmp_path: Path) -> None:
    folder = f"{tmp_path}/checkpoint"
    files = LocalFiles()
    assert QueryMetadata.load_or_create(files, folder, lambda: "abc") == "abc"
    assert QueryMetadata.load_or_create(files, folder, _never) == "abc"
    assert Path(f"{folder}/metadata").read_bytes() == b'{"id":"abc"}'


def test_a_stale_checksum_goes_before_the_file_is_made(tmp_path: Path) -> None:
    (tmp_path / ".metadata.crc").touch()
    QueryMetadata.load_or_create(LocalFiles(), str(tmp_path), lambda: "abc")
    assert LocalFiles().list_names(str(tmp_path)) == ["metadata"]


@pytest.mark.parametrize("log", ["offsets", "commits"])
def test_batches_without_an_id_are_refused(tmp_path: Path, log: str) -> None:
    (tmp_path / log).mkdir()
    (tmp_path / log / "0").touch()
    with pytest.raises(CheckpointError) as raised:
        QueryMetadata.load_or_create(LocalFiles(), str(tmp_path), _never)
    assert raised.value.condition == "STREAMING_CHECKPOINT_MISSING_METADATA_FILE"
    assert str(tmp_path) in raised.value.message


def test_two_that_begin_at_one_time_get_one_id(tmp_path: Path) -> None:
    def other_is_first() -> str:
        (tmp_path / "metadata").write_text('{"id":"theirs"}')
        return "ours"

    query_id = QueryMetadata.load_or_create(LocalFiles(), str(tmp_path), other_is_first)
    assert query_id == "theirs"


@pytest.mark.parametrize("data", [b"", b"{", b'{"id":""}', b"{}", b"[]", b"\xff\0"])
def test_a_torn_file_is_damaged(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "metadata").write_bytes(data)
    with pytest.raises(CheckpointError) as raised:
        QueryMetadata.load_or_create(LocalFiles(), str(tmp_path), _never)
    assert raised.value.condition == "CHECKPOINT_FILE_DAMAGED"
