from __future__ import annotations

import bz2
import gzip
import zlib
from pathlib import Path

import pyarrow as pa
import pytest

from unbounded.engine import Cursor
from unbounded.errors import ExecutionError, IllegalArgumentError
from unbounded.parser import parse_schema
from unbounded.sources import read_sql
from unbounded.sources.file_text import check_encoding, read_text

TEXT = "größe\nzwei\n"
DATA = TEXT.encode()


def hadoop_blocks(codec: str, *blocks: bytes) -> bytes:
    parts = []
    for block in blocks:
        packed = pa.Codec(codec).compress(block, asbytes=True)
        parts += [len(block).to_bytes(4), len(packed).to_bytes(4), packed]
    return b"".join(parts)


FILES = {
    "a.txt": DATA,
    "a.gz": gzip.compress(DATA),
    "a.GZ": gzip.compress(DATA),
    "two.gz": gzip.compress(DATA[:5]) + gzip.compress(DATA[5:]),
    "a.zst": pa.Codec("zstd").compress(DATA, asbytes=True),
    "a.bz2": bz2.compress(DATA),
    "a.deflate": zlib.compress(DATA),
    "a.snappy": hadoop_blocks("snappy", DATA[:5], DATA[5:]),
    "a.lz4": hadoop_blocks("lz4_raw", DATA[:5], DATA[5:]),
}


@pytest.mark.parametrize("name", FILES)
def test_a_file_is_decompressed_as_its_name_ends(name: str, tmp_path: Path) -> None:
    path = tmp_path / name
    path.write_bytes(FILES[name])
    assert read_text(str(path)) == TEXT


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize("format_name", ["text", "csv"])
def test_lines_are_read_of_each_codec(
    name: str, format_name: str, cursor: Cursor, tmp_path: Path
) -> None:
    path = tmp_path / name
    path.write_bytes(FILES[name])
    sql = read_sql(
        format_name, parse_schema("value STRING"), {}, [str(path)], time_zone="UTC"
    )
    assert cursor.query(sql)["value"].to_pylist() == ["größe", "zwei"]


def test_json_is_read_of_files_some_of_which_are_compressed(
    cursor: Cursor, tmp_path: Path
) -> None:
    (tmp_path / "a.json").write_text('{"n": 1}\n')
    (tmp_path / "b.json.bz2").write_bytes(bz2.compress(b'{"n": 2}\n'))
    sql = read_sql("json", parse_schema("n INT"), {}, [str(tmp_path)], time_zone="UTC")
    assert sorted(cursor.query(sql)["n"].to_pylist()) == [1, 2]


@pytest.mark.parametrize("name", [n for n in FILES if n not in {"a.txt", "a.lz4"}])
def test_a_file_that_is_not_compressed_as_named_is_told(
    name: str, tmp_path: Path
) -> None:
    path = tmp_path / name
    path.write_bytes(DATA)
    with pytest.raises(ExecutionError) as caught:
        read_text(str(path))
    assert caught.value.condition == "FAILED_READ_FILE.NO_HINT"


@pytest.mark.parametrize("encoding", ["ISO-8859-1", "UTF-16", "windows-1252"])
@pytest.mark.parametrize("format_name", ["text", "csv"])
def test_text_of_another_encoding_is_read(
    encoding: str, format_name: str, cursor: Cursor, tmp_path: Path
) -> None:
    path = tmp_path / "a"
    path.write_bytes(TEXT.encode(check_encoding(encoding)))
    sql = read_sql(
        format_name,
        parse_schema("value STRING"),
        {"encoding": encoding},
        [str(path)],
        time_zone="UTC",
    )
    assert cursor.query(sql)["value"].to_pylist() == ["größe", "zwei"]


def test_an_encoding_there_is_not_is_named() -> None:
    with pytest.raises(IllegalArgumentError) as caught:
        check_encoding("nonsense")
    assert caught.value.condition == "INVALID_PARAMETER_VALUE.CHARSET"
