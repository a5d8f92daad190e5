"""Maintenance: work that must not hold a batch up, in one thread of its own.

Compaction of state. Work waits in line and is done once, however often it was
asked for meanwhile; what fails is logged and tried again when it is due again.
"""

from __future__ import annotations

import logging
import queue
import threading
from collections.abc import Callable

__all__ = ["Maintenance"]

_LOGGER = logging.getLogger("unbounded")

Work = Callable[[], object]


class Maintenance:
    """One worker thread, begun when there is first something to do.

    Args:
        start_thread: runs a function in a new thread of that name.
    """

    def __init__(self, start_thread: Callable[[str, Work], object]) -> None:
        self._start_thread = start_thread
        self._queue: queue.SimpleQueue[Work] = queue.SimpleQueue()
        self._lock = threading.Lock()
        self._waiting: set[Work] = set()
        self._is_started = False

    def run(self, work: Work) -> None:
        """Do `work` soon; at once again only if it is not in line already."""
        with self._lock:
            if work in self._waiting:
                return
            self._waiting.add(work)
            if not self._is_started:
                self._is_started = True
                self._start_thread("maintenance thread", self._loop)
        self._queue.put(work)

    def _loop(self) -> None:
        while True:
            work = self._queue.get()
            with self._lock:
                self._waiting.discard(work)
            try:
                work()
            except Exception:  # the thread serves every query of the process
                _LOGGER.exception("maintenance failed")
            # Idle, the thread must not keep an ended query and its cursor alive.
            del work
