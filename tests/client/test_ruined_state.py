"""A query whose state files are ruined ends by name, and gives no wrong row."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.client.bad_streams import Folders

DAMAGED = (
    "STATE_FILE_CORRUPT",
    "CANNOT_LOAD_STATE_STORE",
    "STATE_VERSION_NOT_FOUND",
    "STREAMING_STATEFUL_OPERATOR_MISSING_STATE_DIRECTORY",
)


def segment(state: Path) -> Path:
    return sorted(state.glob("segment-*"))[0]


def halve(path: Path) -> None:
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def flip(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)


RUINS: dict[str, Callable[[Path], Any]] = {
    "empty manifest": lambda s: (s / "manifest").write_bytes(b""),
    "half of the manifest": lambda s: halve(s / "manifest"),
    "manifest of words": lambda s: (s / "manifest").write_text("frob"),
    "manifest with a flipped bit": lambda s: flip(s / "manifest"),
    "manifest gone": lambda s: (s / "manifest").unlink(),
    "empty segment": lambda s: segment(s).write_bytes(b""),
    "half of a segment": lambda s: halve(segment(s)),
    "segment with a flipped bit": lambda s: flip(segment(s)),
    "segment gone": lambda s: segment(s).unlink(),
    "state gone": shutil.rmtree,
}


@pytest.mark.parametrize("ruin", RUINS.values(), ids=list(RUINS))
def test_ruined_state_ends_the_query_by_name(
    spark: Any, tmp_path: Path, ruin: Callable[[Path], Any]
) -> None:
    folders = Folders(tmp_path)

    def run() -> Any:
        frame = folders.read(spark).groupBy("b").count()
        return folders.run(spark, frame, format="noop", mode="update")

    folders.add(1)
    folders.add(2)
    assert run() == "finished"
    ruin(folders.checkpoint / "_unbounded" / "state")
    folders.add(3)
    before = sorted(p.name for p in (folders.checkpoint / "commits").iterdir())
    ended = run()
    assert ended["condition"] == "STREAM_FAILED"
    assert str(ended["cause"]).startswith(DAMAGED), ended
    after = sorted(p.name for p in (folders.checkpoint / "commits").iterdir())
    assert after == before
