"""Feed: a shop's evening, as files of events that arrive one by one.

The events are the same in every run. A file is written beside the folder and
renamed into it, as a collector of logs would, so no reader sees half of one.
"""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

FILES = 12
EVENTS_PER_FILE = 500
MINUTES_PER_FILE = 25

_EVENING = datetime(2026, 3, 6, 17, 0, tzinfo=UTC)
_PAGES = ("/", "/search", "/product/tea", "/product/kettle", "/product/cup", "/cart")
_ACTIONS = {"view": 64, "search": 18, "add_to_cart": 11, "purchase": 5, "refund": 2}


def event_files() -> Iterator[list[dict[str, str]]]:
    """The events of each file, in the order of their files."""
    chance = random.Random(20260306)
    for number in range(FILES):
        start = _EVENING + timedelta(minutes=MINUTES_PER_FILE * number)
        seconds = sorted(
            chance.uniform(0, 60 * MINUTES_PER_FILE) for _ in range(EVENTS_PER_FILE)
        )
        yield [_event(chance, start + timedelta(seconds=second)) for second in seconds]


def _event(chance: random.Random, time: datetime) -> dict[str, str]:
    (action,) = chance.choices(list(_ACTIONS), list(_ACTIONS.values()))
    return {
        "time": time.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "action": action,
        "user": f"u{chance.randrange(900):03}",
        "page": chance.choice(_PAGES),
    }


def add_file(folder: Path, number: int, events: list[dict[str, str]]) -> None:
    """Let a whole file appear in `folder` at once."""
    name = f"events-{number:03}.json"
    hidden = folder.parent / f"{name}.part"
    lines = "".join(json.dumps(event) + "\n" for event in events)
    hidden.write_text(lines, encoding="utf-8")
    hidden.rename(folder / name)
