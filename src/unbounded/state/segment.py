"""Segment: one immutable file of state changes.

Holds, for versions `first` to `last`, what each operator changed: one Arrow IPC
stream an operator, tombstones first. A batch writes one with `first == last`;
a merge writes one for a range. Readers map it and check every byte they use.

On disk (`docs/state-format.md` has a sample):

    0      8  UNBSEG1\\n
    64    ..  Arrow IPC stream of the first operator, and of the next at the
              following multiple of 64, ...
    ..    ..  footer, JSON: versions, attempt, and of each operator its offset,
              length, CRC-32, rows, tombstones and next sequence
    -16    4  length of the footer, little endian
    -12    4  CRC-32 of the footer
    -8     8  UNBSEG1\\n

Columns of a stream: `sequence` (int64; null marks a tombstone), `key.<name>`...,
`value.<name>`... A record batch holds tombstones or upserts, never both.

Invariants:
    - a segment is never changed, and its name never used again
    - in one segment an operator has a key at most once among its upserts
"""

from __future__ import annotations

import json
import struct
import zlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import pyarrow as pa

from unbounded.errors import CheckpointError
from unbounded.files import Files
from unbounded.state.arrow_words import Slots
from unbounded.state.schema_check import OperatorSchema
from unbounded.types import to_arrow

__all__ = [
    "Block",
    "Segment",
    "SegmentEncoding",
    "SegmentReader",
    "arrow_schema",
    "open_readers",
    "segment_name",
    "sequences_of",
    "tombstone_batch",
    "upsert_batch",
]

MAGIC = b"UNBSEG1\n"
_TRAILER = struct.Struct("<II8s")
_ALIGNMENT = 64
# Arrow's: a continuation marker and a length of nothing.
_END_OF_STREAM = b"\xff\xff\xff\xff\0\0\0\0"
_CHANGED_BYTES = "its checksum does not fit its bytes"


@dataclass(frozen=True, slots=True)
class Segment:
    """A segment as the manifest lists it."""

    name: str
    first: int
    last: int
    rows: int
    size_bytes: int
    checksum: int
    """CRC-32 of the footer, which holds those of all else."""


@dataclass(frozen=True, slots=True)
class Block:
    """One operator's part of a segment to be written."""

    state_id: int
    schema: pa.Schema
    batches: Iterable[pa.RecordBatch]
    next_sequence: int


@dataclass(frozen=True, slots=True)
class _Entry:
    """One operator's part, as the footer lists it."""

    state_id: int
    offset: int
    length: int
    crc32: int
    rows: int
    tombstones: int
    next_sequence: int


def segment_name(first: int, last: int, attempt: int, merge: int = 0) -> str:
    """`segment-0000000007-0000000007-2.arrow`; a merge adds `m` and its number."""
    suffix = f"m{merge}" if merge else ""
    return f"segment-{first:010d}-{last:010d}-{attempt}{suffix}.arrow"


def arrow_schema(schema: OperatorSchema) -> pa.Schema:
    """The columns of an operator's stream."""
    fields = [pa.field("sequence", pa.int64())]
    for prefix, part in (("key", schema.key_fields), ("value", schema.value_fields)):
        fields += [
            pa.field(f"{prefix}.{field.name}", to_arrow(field.data_type))
            for field in part
        ]
    return pa.schema(fields)


def tombstone_batch(schema: pa.Schema, keys: Sequence[pa.Array]) -> pa.RecordBatch:
    """Rows that say: these keys are gone."""
    rows = len(keys[0])
    values = [pa.nulls(rows, field.type) for field in list(schema)[1 + len(keys) :]]
    arrays = [pa.nulls(rows, pa.int64()), *keys, *values]
    return pa.RecordBatch.from_arrays(arrays, schema=schema)


def upsert_batch(
    schema: pa.Schema, sequences: Slots, columns: Sequence[pa.Array]
) -> pa.RecordBatch:
    """Rows that say: these keys have these values."""
    arrays = [pa.array(sequences, pa.int64()), *columns]
    return pa.RecordBatch.from_arrays(arrays, schema=schema)


class SegmentEncoding:
    """The bytes of a segment as they are made, and its entry for the manifest.

    Of a large segment no more than one record batch is held at a time.
    """

    def __init__(
        self, first: int, last: int, attempt: int, name: str, blocks: Iterable[Block]
    ) -> None:
        self._versions = (first, last, attempt)
        self._name = name
        self._blocks = blocks
        self._size = 0
        self._entries: list[_Entry] = []
        self._checksum: int | None = None

    def chunks(self) -> Iterator[bytes | pa.Buffer]:
        """The bytes, once."""
        yield self._counted(MAGIC)
        for block in self._blocks:
            yield self._counted(b"\0" * (-self._size % _ALIGNMENT))
            yield from self._stream(block)
        footer = _footer(*self._versions, self._entries)
        self._checksum = zlib.crc32(footer)
        yield self._counted(footer)
        yield self._counted(_TRAILER.pack(len(footer), self._checksum, MAGIC))

    @property
    def segment(self) -> Segment:
        """Its entry, once all chunks were taken."""
        assert self._checksum is not None, "chunks are left"
        first, last, _ = self._versions
        rows = sum(entry.rows for entry in self._entries)
        return Segment(self._name, first, last, rows, self._size, self._checksum)

    def _stream(self, block: Block) -> Iterator[bytes | pa.Buffer]:
        """An Arrow IPC stream, message by message, and then its entry."""
        offset, crc32, rows, tombstones = self._size, 0, 0, 0

        def message(data: bytes | pa.Buffer) -> bytes | pa.Buffer:
            nonlocal crc32
            crc32 = zlib.crc32(data, crc32)
            return self._counted(data)

        yield message(block.schema.serialize())
        for batch in block.batches:
            if batch.num_rows:
                rows += batch.num_rows
                tombstones += batch.num_rows if _is_tombstones(batch) else 0
                yield message(batch.serialize())
        yield message(_END_OF_STREAM)
        length = self._size - offset
        self._entries.append(
            _Entry(
                block.state_id,
                offset,
                length,
                crc32,
                rows,
                tombstones,
                block.next_sequence,
            )
        )

    def _counted(self, data: bytes | pa.Buffer) -> bytes | pa.Buffer:
        self._size += len(data)
        return data


def _footer(first: int, last: int, attempt: int, entries: list[_Entry]) -> bytes:
    content = {
        "first": first,
        "last": last,
        "attempt": attempt,
        "operators": [asdict(entry) for entry in entries],
    }
    return json.dumps(content, separators=(",", ":")).encode()


def _is_tombstones(batch: pa.RecordBatch) -> bool:
    sequences = batch.column(0)
    return len(sequences) > 0 and sequences.null_count == len(sequences)


class SegmentReader:
    """A mapped segment. The footer is checked when opened, a stream when read."""

    def __init__(self, files: Files, folder: str, name: str) -> None:
        """Map the file.

        Raises:
            CheckpointError: it is missing or damaged.
        """
        self.path = f"{folder}/{name}"
        try:
            self._data = files.map(self.path)
        except FileNotFoundError as cause:
            raise CheckpointError(
                "CANNOT_LOAD_STATE_STORE.CANNOT_READ_STREAMING_STATE_FILE",
                fileToRead=self.path,
            ) from cause
        footer, self._checksum = self._read_footer()
        self._first: int = footer["first"]
        self._last: int = footer["last"]
        self._entries = {
            entry["state_id"]: _Entry(**entry) for entry in footer["operators"]
        }

    def describe(self, name: str) -> Segment:
        """Its entry for the manifest."""
        rows = sum(entry.rows for entry in self._entries.values())
        size_bytes = self._data.size
        return Segment(name, self._first, self._last, rows, size_bytes, self._checksum)

    def expect(self, segment: Segment) -> None:
        """Check that this is the file that the manifest means.

        Raises:
            CheckpointError: it is another.
        """
        if self.describe(segment.name) != segment:
            raise self._corrupt("it is not the file that the manifest lists")

    def next_sequence(self, state_id: int) -> int:
        """The next sequence of an operator after this segment."""
        entry = self._entries.get(state_id)
        return 0 if entry is None else entry.next_sequence

    def batches(self, state_id: int) -> Iterator[tuple[bool, pa.RecordBatch]]:
        """An operator's record batches in order: (are they tombstones, rows).

        Raises:
            CheckpointError: the bytes are not those that were written.
        """
        entry = self._entries.get(state_id)
        if entry is None:
            return
        stream = self._data.slice(entry.offset, entry.length)
        if zlib.crc32(stream) != entry.crc32:
            raise self._corrupt(f"operator {state_id}: {_CHANGED_BYTES}")
        with pa.ipc.open_stream(stream) as reader:
            for batch in reader:
                yield _is_tombstones(batch), batch

    def _read_footer(self) -> tuple[dict[str, Any], int]:
        size = self._data.size
        if size < len(MAGIC) + _TRAILER.size:
            raise self._corrupt("it is too short")
        trailer = self._data.slice(size - _TRAILER.size).to_pybytes()
        length, checksum, magic = _TRAILER.unpack(trailer)
        if magic != MAGIC or self._data.slice(0, len(MAGIC)).to_pybytes() != MAGIC:
            raise self._corrupt("it does not begin and end as a segment")
        start = size - _TRAILER.size - length
        if start < len(MAGIC):
            raise self._corrupt("its footer is longer than the file")
        footer = self._data.slice(start, length).to_pybytes()
        if zlib.crc32(footer) != checksum:
            raise self._corrupt(f"footer: {_CHANGED_BYTES}")
        content: dict[str, Any] = json.loads(footer)
        return content, checksum

    def _corrupt(self, reason: str) -> CheckpointError:
        return CheckpointError("STATE_FILE_CORRUPT", path=self.path, reason=reason)


def open_readers(
    files: Files, folder: str, segments: Sequence[Segment]
) -> list[SegmentReader]:
    """Map segments, each checked to be the one that is listed.

    Raises:
        CheckpointError: one is missing, damaged or another.
    """
    readers = []
    for segment in segments:
        reader = SegmentReader(files, folder, segment.name)
        reader.expect(segment)
        readers.append(reader)
    return readers


def sequences_of(batch: pa.RecordBatch) -> Slots:
    """The sequences of an upsert batch."""
    return np.asarray(batch.column(0)).astype(np.int64, copy=False)
