"""Jobs that are killed with SIGKILL in each gap between two durable writes.

The child is the README's program on the real disk. It halts after a named act
and says so; then it is killed, and the next child goes on from what it left.
That no gap was left out is proved from the acts the children themselves report.
"""

from __future__ import annotations

import json
import os
import select
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
PROGRAM = Path(__file__).with_name("counting_job.py")
# Far above what a start takes.
TIMEOUT_S = 60

FILE_COUNT = 40
ACTIONS = ("open", "close", "send", "ignored")

# At which act of its run a child is killed: the first or second of that name.
# The rare ones come last, when there are enough batches to compact and purge.
COUNTS_KILLS = (
    ("create metadata", 1),
    ("replace state manifest", 1),
    ("create source log", 2),
    ("create offsets", 2),
    ("write sink part", 2),
    ("write state segment", 2),
    ("sync state segment", 1),
    ("sync sink part", 2),
    ("create sink compact", 2),
    ("create commits", 1),
    ("unlink sink part deleted", 1),
    ("unlink sink compact deleted", 1),
    ("create source compact", 1),
    ("unlink offsets deleted", 1),
    ("unlink commits deleted", 1),
    ("unlink state segment deleted", 1),
)
ROWS_KILLS = (
    ("create metadata", 1),
    ("create source log", 1),
    ("create offsets", 2),
    ("write sink part", 2),
    ("unlink sink part deleted", 1),
    ("sync sink part", 1),
    ("create sink log", 2),
    ("create commits", 2),
    ("create source compact", 1),
    ("create sink compact", 1),
    ("unlink offsets deleted", 1),
    ("unlink commits deleted", 1),
)
# Of a join of two streams those around its state; the other gaps are as above.
PAIRS_KILLS = (
    ("create source log", 2),
    ("create offsets", 2),
    ("write state segment", 2),
    ("sync state segment", 2),
    ("write sink part", 1),
    ("create sink log", 2),
    ("create commits", 2),
)


class Child:
    """One process, started and waiting for its orders."""

    def __init__(self, folder: Path, number: int) -> None:
        self._errors = folder / f"stderr-{number}"
        path = os.pathsep.join([str(ROOT), str(ROOT / "src")])
        with self._errors.open("wb") as errors:
            self._process = subprocess.Popen(
                [sys.executable, str(PROGRAM)],
                cwd=folder,
                env={**os.environ, "PYTHONPATH": path},
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=errors,
            )

    def order(self, orders: dict[str, Any]) -> dict[str, Any]:
        """Let it begin; what it reports, at the latest after `TIMEOUT_S`."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(orders).encode() + b"\n")
        self._process.stdin.flush()
        ready, _, _ = select.select([self._process.stdout], [], [], TIMEOUT_S)
        line = self._process.stdout.readline() if ready else b""
        assert line, f"{orders}: no report; {self._errors.read_text()[-3000:]}"
        report: dict[str, Any] = json.loads(line)
        return report

    def kill(self) -> int:
        """SIGKILL, wherever it is; its exit code."""
        self._process.kill()
        code = self._process.wait(TIMEOUT_S)
        for pipe in (self._process.stdin, self._process.stdout):
            assert pipe is not None
            pipe.close()
        return code


@contextmanager
def children(folder: Path, count: int) -> Iterator[Iterator[Child]]:
    """So many children, each started while the one before it works."""
    started: list[Child] = [Child(folder, 0)]

    def each() -> Iterator[Child]:
        for number in range(count):
            if number + 1 < count:
                started.append(Child(folder, number + 1))
            yield started[number]

    try:
        yield each()
    finally:
        for child in started:
            child.kill()


def write_events(folder: Path, file_count: int = FILE_COUNT) -> list[dict[str, Any]]:
    """Events cut into files, three hours of them; each has an id of its own."""
    (folder / "events").mkdir()
    events = []
    for number in range(file_count):
        of_file = [
            {
                "time": f"2026-01-01T{8 + (number + place) % 3:02d}:{number:02d}:00Z",
                "action": ACTIONS[(number * 7 + place * 3) % len(ACTIONS)],
                "id": number * 100 + place,
            }
            for place in range(5)
        ]
        path = folder / "events" / f"{number:03d}.json"
        path.write_text("".join(json.dumps(event) + "\n" for event in of_file))
        os.utime(path, (number + 1, number + 1))
        events += of_file
    return events


def kill_and_finish(
    folder: Path, query: str, kills: tuple[tuple[str, int], ...]
) -> tuple[dict[str, Any], set[str]]:
    """Kill a child at each of those acts, let the last one finish.

    Returns its report, and the acts of all of them.
    """
    observed: set[str] = set()
    with children(folder, len(kills) + 1) as lives:
        for act, count in kills:
            child = next(lives)
            report = child.order({"query": query, "halt_after": [act, count]})
            assert report["halted_after"] == act
            assert child.kill() == -signal.SIGKILL
            observed.update(report["acts"])
        last = next(lives).order({"query": query, "halt_after": None})
    observed.update(last["acts"])
    return last, observed


def test_counts_are_right_after_a_kill_in_each_gap(tmp_path: Path) -> None:
    events = write_events(tmp_path)
    last, acts = kill_and_finish(tmp_path, "counts", COUNTS_KILLS)
    assert acts == {act for act, _ in COUNTS_KILLS}, "a gap without a kill"
    counts = Counter((e["action"], int(e["time"][11:13])) for e in events)
    assert last["rows"] == sorted([*key, count] for key, count in counts.items())


def test_no_row_is_lost_or_doubled_by_a_kill_in_each_gap(tmp_path: Path) -> None:
    events = write_events(tmp_path)
    last, acts = kill_and_finish(tmp_path, "rows", ROWS_KILLS)
    assert acts == {act for act, _ in ROWS_KILLS}, "a gap without a kill"
    ids = [event["id"] for event in events if event["action"] != "ignored"]
    assert last["rows"] == [[number] for number in sorted(ids)]


def test_no_pair_of_a_join_is_lost_or_doubled_by_kills(tmp_path: Path) -> None:
    events = write_events(tmp_path, 16)
    last, _ = kill_and_finish(tmp_path, "pairs", PAIRS_KILLS)
    opened, closed = (
        [event["id"] for event in events if event["action"] == action]
        for action in ("open", "close")
    )
    pairs = [[a, b] for a in opened for b in closed if a % 5 == b % 5]
    assert pairs
    assert last["rows"] == sorted(pairs)


def test_kills_are_twenty_or_more() -> None:
    assert len(COUNTS_KILLS) + len(ROWS_KILLS) >= 20
