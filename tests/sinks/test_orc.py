from __future__ import annotations

import datetime
from pathlib import Path

import pyarrow as pa
import pytest

from unbounded.errors import IllegalArgumentError
from unbounded.parser import parse_schema
from unbounded.sinks import FileFormat
from unbounded.sinks.file_format import RunOver
from unbounded.sources.listing import ListedFile
from unbounded.sources.orc import read_orc_table

SCHEMA = parse_schema(
    "n INT, t TIMESTAMP, w TIMESTAMP_NTZ, m DECIMAL(4,2), a ARRAY<STRING>"
)
MOMENT = datetime.datetime(2026, 1, 2, 3, 4, 5, 500_000)


def rows() -> pa.Table:
    return pa.table(
        {
            "n": pa.array([1, None], pa.int32()),
            "t": pa.array([MOMENT, None], pa.timestamp("us", "UTC")),
            "w": pa.array([MOMENT, None], pa.timestamp("us")),
            "m": pa.array([1, None], pa.decimal128(4, 2)),
            "a": pa.array([["x", None], None], pa.list_(pa.string())),
        }
    )


@pytest.mark.parametrize("zone", ["UTC", "America/New_York", "Asia/Kolkata"])
def test_what_is_written_is_read_in_the_zone_of_the_machine(
    zone: str, tmp_path: Path, run_over: RunOver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TZ", zone)
    data = FileFormat("orc", SCHEMA, {}, "UTC", run_over).render(rows())
    path = tmp_path / "part.orc"
    path.write_bytes(data)
    listed = ListedFile(str(path), path.stat().st_size, 0, str(tmp_path))
    found = read_orc_table([listed], SCHEMA, {}, "UTC")
    assert found.to_pylist() == rows().to_pylist()


@pytest.mark.parametrize(
    ("codec", "extension"),
    [
        (None, ".zstd.orc"),
        ("none", ".orc"),
        ("snappy", ".snappy.orc"),
        ("zlib", ".zlib.orc"),
        ("lz4", ".lz4.orc"),
    ],
)
def test_files_are_named_by_their_codec(
    codec: str | None, extension: str, run_over: RunOver
) -> None:
    options = {} if codec is None else {"compression": codec}
    file_format = FileFormat("orc", SCHEMA, options, "UTC", run_over)
    assert file_format.extension == extension
    assert len(file_format.render(rows())) > 100


def test_a_codec_we_lack_is_named(run_over: RunOver) -> None:
    with pytest.raises(IllegalArgumentError, match="lzo"):
        FileFormat("orc", SCHEMA, {"compression": "lzo"}, "UTC", run_over)
