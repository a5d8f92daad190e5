"""Signals: those that end a process, as numbers that a thread can wait for.

A handler in Python runs in the main thread alone, and may not take a lock. A
pipe that the interpreter itself writes to (`set_wakeup_fd`) has neither limit.

Invariants:
    - a forked child knows nothing of this: the signals end it as usual
"""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable, Mapping
from types import FrameType

__all__ = ["Signals"]

Handler = Callable[[int, FrameType | None], None]


class Signals:
    """The signals of a process, from the making on; made in the main thread.

    Args:
        handlers: what the main thread does at each.
    """

    def __init__(self, handlers: Mapping[int, Handler]) -> None:
        self._handlers = dict(handlers)
        self._of_thread = threading.local()
        self._ear, mouth = os.pipe()
        os.set_blocking(mouth, False)
        signal.set_wakeup_fd(mouth, warn_on_full_buffer=False)
        for number, handler in self._handlers.items():
            signal.signal(number, handler)
        os.register_at_fork(
            before=self._hold_back,
            after_in_parent=self._let_through,
            after_in_child=self._forget,
        )

    def wait(self) -> int:
        """The next of the signals; those with another handler by now are not."""
        while True:
            number = os.read(self._ear, 1)[0]
            if self._is_ours(number):
                return number

    def _is_ours(self, number: int) -> bool:
        handler = self._handlers.get(number)
        return handler is not None and signal.getsignal(number) == handler

    # Were a child to meet a signal before its handlers are reset, its parent
    # would read it from the pipe they share.

    def _hold_back(self) -> None:
        mask = signal.pthread_sigmask(signal.SIG_BLOCK, self._handlers)
        self._of_thread.mask = mask

    def _let_through(self) -> None:
        signal.pthread_sigmask(signal.SIG_SETMASK, self._of_thread.mask)

    def _forget(self) -> None:
        signal.set_wakeup_fd(-1)
        for number in filter(self._is_ours, self._handlers):
            default = signal.default_int_handler
            is_interrupt = number == signal.SIGINT
            signal.signal(number, default if is_interrupt else signal.SIG_DFL)
        self._let_through()
