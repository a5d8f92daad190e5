"""File text: what DuckDB can't read itself, read here: other codecs and encodings.

DuckDB reads UTF-8, plain or compressed as `.gz` or `.zst`. A file is compressed as its
name ends, in any case, as Hadoop has it; `.snappy` and `.lz4` are Hadoop's blocks of
them, each with its sizes in front:

    00 00 00 0e                how many bytes come out
    00 00 00 0c                how many bytes follow
    ...                        and so on, until all have come out
"""

from __future__ import annotations

import bz2
import codecs
import gzip
import os
import zlib
from collections.abc import Callable, Mapping

import pyarrow as pa

from unbounded.errors import ExecutionError, IllegalArgumentError
from unbounded.files import LocalFiles

__all__ = [
    "check_encoding",
    "is_compressed",
    "is_utf8",
    "needs_reading",
    "read_text",
]

# Input lies on the machine's own disk, whatever disk a checkpoint is on.
_FILES = LocalFiles()
_BY_DUCKDB = ("", ".gz", ".zst")


def _inflate(data: bytes) -> bytes:
    return zlib.decompress(data)


def _zstd(data: bytes) -> bytes:
    with pa.CompressedInputStream(pa.BufferReader(data), "zstd") as stream:
        return bytes(stream.read())


def _blocks(codec: str) -> Callable[[bytes], bytes]:
    def decompress(data: bytes) -> bytes:
        parts: list[bytes] = []
        place = 0
        while place < len(data):
            left = int.from_bytes(data[place : place + 4])
            place += 4
            while left > 0:
                size = int.from_bytes(data[place : place + 4])
                block = data[place + 4 : place + 4 + size]
                place += 4 + size
                parts.append(_block(codec, block, left))
                left -= len(parts[-1])
        return b"".join(parts)

    return decompress


def _block(codec: str, block: bytes, size_max: int) -> bytes:
    if codec == "snappy":
        # A block of snappy begins with its own size, seven bits a byte.
        size = shift = 0
        for byte in block[:5]:
            size |= (byte & 0x7F) << shift
            shift += 7
            if byte < 0x80:
                break
        size_max = min(size, size_max)
    data = pa.Codec(codec).decompress(block, size_max)
    return bytes(data)


_CODECS: Mapping[str, Callable[[bytes], bytes]] = {
    ".gz": gzip.decompress,
    ".zst": _zstd,
    ".bz2": bz2.decompress,
    ".deflate": _inflate,
    ".snappy": _blocks("snappy"),
    ".lz4": _blocks("lz4_raw"),
}


def check_encoding(name: str) -> str:
    """The encoding as Python calls it.

    Raises:
        IllegalArgumentError: there is none of that name.
    """
    try:
        return codecs.lookup(name).name
    except LookupError as error:
        raise IllegalArgumentError(
            "INVALID_PARAMETER_VALUE.CHARSET",
            functionName="the reader",
            parameter="`encoding`",
            charset=name,
            charsets="UTF-8, UTF-16, UTF-32, ISO-8859-1, US-ASCII",
        ) from error


def is_utf8(encoding: str) -> bool:
    """Whether text in it is UTF-8 as it stands."""
    return encoding in {"utf-8", "ascii"}


def needs_reading(path: str) -> bool:
    """Whether the file is compressed in a way that DuckDB does not read."""
    suffix = _codec_suffix(path)
    return suffix not in _BY_DUCKDB or not path.endswith(suffix)


def is_compressed(path: str) -> bool:
    """Whether the file's bytes are not its text."""
    return _codec_suffix(path) != ""


def read_text(path: str, encoding: str = "utf-8") -> str:
    """A file's text; bytes that are none become U+FFFD, as in Spark.

    Raises:
        ExecutionError: it is not compressed as its name says, or not wholly there.
    """
    data = _FILES.read(path)
    decompress = _CODECS.get(_codec_suffix(path))
    if decompress is not None and data:
        try:
            data = decompress(data)
        except (OSError, EOFError, ValueError, zlib.error) as error:
            raise ExecutionError(
                "FAILED_READ_FILE.NO_HINT", path=path, reason=error
            ) from error
    return data.decode(encoding, errors="replace")


def _codec_suffix(path: str) -> str:
    suffix = os.path.splitext(path)[1].lower()
    return suffix if suffix in {*_CODECS, *_BY_DUCKDB} else ""
