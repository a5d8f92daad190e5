"""Producer: renames files into a folder, one each so many milliseconds.

Prints the moments at which each was about to be there, `time.time()`, by name.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

ACTIONS = ("view", "search", "open", "close", "buy")
ROWS = 100


def file_text(number: int) -> str:
    """A hundred rows that tell which file they came in."""
    return "".join(
        json.dumps({"number": number, "action": ACTIONS[row % len(ACTIONS)]}) + "\n"
        for row in range(ROWS)
    )


def main(folder: str, first: str, end: str, interval_ms: str) -> None:
    staging = Path(f"{folder}.staging")
    staging.mkdir(exist_ok=True)
    sent = []
    due = time.perf_counter()
    for number in range(int(first), int(end)):
        path = staging / f"{number:04}.json"
        path.write_text(file_text(number), "utf-8")
        due += int(interval_ms) / 1e3
        time.sleep(max(due - time.perf_counter(), 0))
        sent.append(time.time())
        path.rename(Path(folder) / path.name)
    print(json.dumps(sent))


if __name__ == "__main__":
    main(*sys.argv[1:])
