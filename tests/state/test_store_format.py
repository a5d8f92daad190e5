"""State format: the sample in docs/state-format.md is what is written."""

from __future__ import annotations

import json
import struct
from collections.abc import Callable, Generator, Iterator
from pathlib import Path

import pyarrow as pa
import pytest

from unbounded.files import LocalFiles
from unbounded.state import OperatorSchema, StateStore
from unbounded.types import LongType, StringType, StructField

DOC = Path(__file__).resolve().parents[2] / "docs" / "state-format.md"
VALUES = ("validity", "values")
COUNT = OperatorSchema(
    0,
    "stateStoreSave",
    (StructField("color", StringType()),),
    (StructField("count", LongType()),),
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Two batches, a restart, and what they leave."""
    files = LocalFiles()
    store = StateStore.open(files, str(tmp_path), [COUNT], 0)
    state = store.operator(0)
    slots, _ = state.lookup_or_insert([pa.array(["red", "blue"])])
    state.scatter(0, slots, pa.array([2, 1]))
    store.commit(1)
    state.remove(state.lookup([pa.array(["red"])]))
    slots, _ = state.lookup_or_insert([pa.array(["blue", None])])
    state.scatter(0, slots, pa.array([3, 1]))
    store.commit(2)
    StateStore.open(files, str(tmp_path), [COUNT], 2)
    return tmp_path


def hex_lines(data: bytes, start: int, what: str) -> Iterator[str]:
    """Sixteen bytes a line, what they are beside the first."""
    for offset in range(0, len(data), 16):
        row = data[offset : offset + 16]
        line = f"{start + offset:04x}  {row.hex(' '):<47}  {what}"
        yield line.rstrip()
        what = ""


def annotated(data: bytes) -> Iterator[str]:
    """A segment of one operator, from its first byte to its last."""
    length = struct.unpack("<I", data[-16:-12])[0]
    footer = data[-16 - length : -16]
    [entry] = json.loads(footer)["operators"]
    start, end = entry["offset"], entry["offset"] + entry["length"]
    yield from hex_lines(data[:8], 0, "magic")
    yield f"0008  {start - 8} zeros"
    with pa.ipc.open_stream(data[start:end]) as reader:
        schema = reader.schema
    while start < end:
        start = yield from message(data, start, schema)
    yield f"{end:04x}  {length} bytes of footer"
    yield from hex_lines(
        data[-16:-12], len(data) - 16, f"length of the footer: {length}"
    )
    yield from hex_lines(data[-12:-8], len(data) - 12, "CRC-32 of the footer")
    yield from hex_lines(data[-8:], len(data) - 8, "magic")


def message(data: bytes, start: int, schema: pa.Schema) -> Generator[str, None, int]:
    """One message of an Arrow stream; where the next begins."""
    size = struct.unpack("<I", data[start + 4 : start + 8])[0]
    head = data[start : start + 8]
    if not size:
        yield from hex_lines(head, start, "end of the stream")
        return start + 8
    found = pa.ipc.read_message(data[start:])
    yield from hex_lines(head, start, f"{found.type}, {size} bytes of metadata")
    body = start + 8 + size
    if found.type == "record batch":
        yield from buffers(data, body, found, schema)
    return body + (found.body.size if found.body else 0)


def buffers(
    data: bytes, body: int, found: pa.Message, schema: pa.Schema
) -> Iterator[str]:
    """The columns of a record batch, buffer by buffer."""
    batch = pa.ipc.read_record_batch(found, schema)
    for name, column in zip(schema.names, batch.columns, strict=True):
        parts = column.buffers()
        kinds = ("validity", "offsets", "text") if len(parts) == 3 else VALUES
        for kind, part in zip(kinds, parts, strict=True):
            if part is not None and part.size:
                at = body + part.address - found.body.address
                taken = data[at : at + part.size]
                assert taken == part.to_pybytes()
                yield from hex_lines(taken, at, f"{name}: {kind}")


def describe(folder: Path) -> str:
    """The folder in words and bytes."""
    lines = [f"{file.name}  {file.stat().st_size}" for file in sorted(folder.iterdir())]
    lines += ["", *(folder / "manifest").read_text("utf-8").split("\n")]
    data = sorted(folder.glob("segment-*"))[1].read_bytes()
    length = struct.unpack("<I", data[-16:-12])[0]
    footer = data[-16 - length : -16]
    [entry] = json.loads(footer)["operators"]
    stream = data[entry["offset"] : entry["offset"] + entry["length"]]
    lines += ["", *annotated(data), "", footer.decode(), ""]
    with pa.ipc.open_stream(stream) as reader:
        lines += [*str(reader.schema).split("\n")]
        lines += [str(batch.to_pylist()) for batch in reader]
    return "\n".join(lines) + "\n"


def test_sample_is_what_is_written(
    folder: Path, golden: Callable[[str, str], None]
) -> None:
    golden("state_format.txt", describe(folder))


def test_page_shows_the_sample(folder: Path) -> None:
    page = [line.strip() for line in DOC.read_text("utf-8").split("\n")]
    missing = [line for line in describe(folder).split("\n") if line not in page]
    assert missing == []
