"""Events: the input of W0, the same in every run."""

from __future__ import annotations

import json
import random
from datetime import UTC, datetime, timedelta
from pathlib import Path

FILES = 50
EVENTS_PER_FILE = 2_000

_DAY = datetime(2026, 3, 6, tzinfo=UTC)
_ACTIONS = ("view", "search", "open", "close", "add", "remove", "buy", "refund")


def write_events(folder: Path) -> None:
    """Fifty files of 2,000 events, half an hour of a day in each."""
    folder.mkdir(parents=True)
    chance = random.Random(0)
    for number in range(FILES):
        start = _DAY + timedelta(minutes=30 * number)
        lines = [_line(chance, start) for _ in range(EVENTS_PER_FILE)]
        (folder / f"events-{number:03}.json").write_text("".join(lines), "utf-8")


def _line(chance: random.Random, start: datetime) -> str:
    time = start + timedelta(seconds=chance.uniform(0, 1800))
    text = time.isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return json.dumps({"time": text, "action": chance.choice(_ACTIONS)}) + "\n"
