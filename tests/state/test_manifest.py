"""Manifest: what it lists comes back, and which segments make a version."""

from __future__ import annotations

import zlib
from pathlib import Path

import pytest

from unbounded.errors import CheckpointError
from unbounded.files import LocalFiles
from unbounded.state import OperatorSchema
from unbounded.state.manifest import Manifest, StoredOperator, cover, covers_kept
from unbounded.state.segment import Segment
from unbounded.types import ArrayType, DecimalType, StructField

FILES = LocalFiles()
SCHEMA = OperatorSchema(
    3,
    "stateStoreSave",
    (StructField("Größe", DecimalType(12, 2)),),
    (StructField("all", ArrayType(DecimalType(12, 2)), False, {"a": 1}),),
)
SEGMENTS = tuple(
    Segment(f"{first}-{last}", first, last, 10, 100, 7)
    for first, last in [(1, 1), (2, 2), (3, 3), (4, 4), (5, 5), (1, 3), (4, 5), (1, 5)]
)


def names(segments: list[Segment] | None) -> list[str] | None:
    return None if segments is None else [segment.name for segment in segments]


def test_a_manifest_comes_back(tmp_path: Path) -> None:
    manifest = Manifest(4, 5, (StoredOperator(2, SCHEMA),), SEGMENTS, 3)
    manifest.write(FILES, str(tmp_path))
    assert Manifest.read(FILES, str(tmp_path)) == manifest


def test_a_manifest_from_before_tables_had_names_is_of_the_default_one(
    tmp_path: Path,
) -> None:
    manifest = Manifest(4, 5, (StoredOperator(2, SCHEMA),), SEGMENTS, 3)
    manifest.write(FILES, str(tmp_path))
    path = tmp_path / "manifest"
    line = path.read_bytes().partition(b"\n")[2].replace(b'"store":"default",', b"")
    path.write_bytes(b"v1 %08x\n" % zlib.crc32(line) + line)
    assert Manifest.read(FILES, str(tmp_path)) == manifest


def test_no_manifest_is_none(tmp_path: Path) -> None:
    assert Manifest.read(FILES, str(tmp_path / "nothing")) is None


def test_every_flipped_bit_of_a_manifest_is_noticed(tmp_path: Path) -> None:
    Manifest(4, 5, (StoredOperator(2, SCHEMA),), SEGMENTS[:1], 3).write(
        FILES, str(tmp_path)
    )
    path = tmp_path / "manifest"
    data = path.read_bytes()
    for position in range(len(data)):
        path.write_bytes(
            data[:position] + bytes([data[position] ^ 4]) + data[position + 1 :]
        )
        with pytest.raises(CheckpointError) as error:
            Manifest.read(FILES, str(tmp_path))
        assert error.value.condition in (
            "STATE_FILE_CORRUPT",
            "STATE_FORMAT_NOT_SUPPORTED",
        )
    path.write_bytes(data)
    assert Manifest.read(FILES, str(tmp_path)) is not None


def test_a_later_format_is_refused_by_name(tmp_path: Path) -> None:
    (tmp_path / "manifest").write_bytes(b"v2 00000000\n{}")
    with pytest.raises(CheckpointError) as error:
        Manifest.read(FILES, str(tmp_path))
    assert error.value.condition == "STATE_FORMAT_NOT_SUPPORTED"


@pytest.mark.parametrize(
    ("version", "expected"),
    [
        (0, []),
        (2, ["1-1", "2-2"]),
        (3, ["1-3"]),
        (4, ["1-3", "4-4"]),
        (5, ["1-5"]),
        (6, None),
    ],
)
def test_a_version_is_covered_by_the_fewest_segments(
    version: int, expected: list[str] | None
) -> None:
    assert names(cover(SEGMENTS, version)) == expected


def test_a_hole_is_no_cover() -> None:
    assert cover(SEGMENTS[:1] + SEGMENTS[2:3], 3) is None


def test_only_what_a_kept_version_needs_is_kept() -> None:
    assert names(list(covers_kept(SEGMENTS, 4, 5))) == ["4-4", "5-5", "1-3", "1-5"]
    assert names(list(covers_kept(SEGMENTS, 5, 5))) == ["5-5", "1-5"]
    every = {segment.name for segment in covers_kept(SEGMENTS, 0, 5)}
    assert every == {"1-1", "2-2", "3-3", "1-3", "4-4", "5-5", "1-5"}


def test_a_batch_kept_for_itself_keeps_the_way_to_it() -> None:
    assert names(list(covers_kept(SEGMENTS[:3], 3, 3))) == ["1-1", "2-2", "3-3"]
