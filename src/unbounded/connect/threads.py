"""Threads: a pool of daemon threads, for calls that may wait for long.

Daemon threads never keep a process alive, and unlike those of
`concurrent.futures` they still serve the client's own hooks at exit. There is
no limit: a call that waits for a query's end takes a thread as long as it waits.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from queue import SimpleQueue

__all__ = ["DaemonThreads"]

Task = Callable[[], None]


class DaemonThreads:
    """Runs tasks, each in a thread of its own; idle threads are used again."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._lock = threading.Lock()
        self._idle: list[SimpleQueue[Task]] = []
        self._started = 0

    def run(self, task: Task) -> None:
        """Begin `task`; when no thread can be had any more, do it here and now.

        That is so only while the interpreter shuts down.
        """
        with self._lock:
            inbox = self._idle.pop() if self._idle else None
            if inbox is None:
                self._started += 1
                name = f"{self._name}-{self._started}"
        if inbox is not None:
            inbox.put(task)
            return
        inbox = SimpleQueue()
        inbox.put(task)
        thread = threading.Thread(
            target=self._serve, args=(inbox,), name=name, daemon=True
        )
        try:
            thread.start()
        except RuntimeError:
            task()

    def _serve(self, inbox: SimpleQueue[Task]) -> None:
        while True:
            inbox.get()()
            with self._lock:
                self._idle.append(inbox)
