"""State format: the sample in docs/state-format.md is what is written."""

from __future__ import annotations

import json
import struct
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pytest

from unbounded.files import LocalFiles
from unbounded.state import OperatorSchema, StateStore
from unbounded.types import LongType, StringType, StructField

DOC = Path(__file__).resolve().parents[2] / "docs" / "state-format.md"
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


def hex_lines(data: bytes, start: int) -> list[str]:
    lines = []
    for offset in range(0, len(data), 16):
        row = data[offset : offset + 16]
        text = "".join(chr(byte) if 32 <= byte < 127 else "." for byte in row)
        lines.append(f"{start + offset:04x}  {row.hex(' '):<47}  {text}")
    return lines


def describe(folder: Path) -> str:
    """The folder in words and bytes."""
    lines = [f"{file.name}  {file.stat().st_size}" for file in sorted(folder.iterdir())]
    lines += ["", *(folder / "manifest").read_text("utf-8").split("\n")]
    data = sorted(folder.glob("segment-*"))[1].read_bytes()
    length = struct.unpack("<I", data[-16:-12])[0]
    footer = data[-16 - length : -16]
    [entry] = json.loads(footer)["operators"]
    stream = data[entry["offset"] : entry["offset"] + entry["length"]]
    lines += ["", *hex_lines(data[:80], 0), "...", "", footer.decode(), ""]
    lines += hex_lines(data[-16:], len(data) - 16)
    with pa.ipc.open_stream(stream) as reader:
        lines += ["", *str(reader.schema).split("\n")]
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
