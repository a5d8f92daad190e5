"""Job: runs examples/counts.py and prints a line of JSON for each batch.

A process of its own, so that the demonstration can kill it. Started in the
folder where `events/`, `checkpoint/` and `counts/` lie. Ctrl-C stops the query.
"""

from __future__ import annotations

import json
import runpy
import sys
from typing import Any

POLL_SECONDS = 0.1


def follow(query: Any) -> None:
    """Print the progress of each batch once it is finished."""
    shown = -1
    while not query.awaitTermination(POLL_SECONDS):
        progress = query.lastProgress
        if progress and progress.batchId > shown and progress.numInputRows:
            shown = progress.batchId
            print(json.dumps(json.loads(progress.json)), flush=True)


def main(program: str) -> None:
    query = runpy.run_path(program)["query"]
    try:
        follow(query)
    except KeyboardInterrupt:
        query.stop()


if __name__ == "__main__":
    main(sys.argv[1])
