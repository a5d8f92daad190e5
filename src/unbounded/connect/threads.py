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
        self._finished = threading.Condition(self._lock)
        self._busy = 0
        self._idle: list[SimpleQueue[Task]] = []
        self._started = 0

    def run(self, task: Task) -> None:
        """Begin `task`; when no thread can be had any more, do it here and now.

        That is so only while the interpreter shuts down.
        """
        with self._lock:
            self._busy += 1
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
            try:
                task()
            finally:
                self._finish()

    def _serve(self, inbox: SimpleQueue[Task]) -> None:
        while True:
            task = inbox.get()
            try:
                task()
            finally:
                # What the task holds must not wait for the next one.
                del task
                self._finish(inbox)

    def wait_until_idle(self, timeout_s: float) -> bool:
        """Wait until no task runs, at most so long; whether none does."""
        with self._finished:
            return self._finished.wait_for(lambda: self._busy == 0, timeout_s)

    def _finish(self, inbox: SimpleQueue[Task] | None = None) -> None:
        with self._finished:
            self._busy -= 1
            if inbox is not None:
                self._idle.append(inbox)
            self._finished.notify_all()
