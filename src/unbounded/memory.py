"""Memory: the one limit of an engine, and what each part holds of it.

State, rows on their way and DuckDB share `unbounded.memory.limit`. A part opens
an account and keeps in it what it holds. Who is about to hold much more asks
before taking it, and is refused by name, so that the kernel need not kill the
process. What the accounts leave is DuckDB's, which spills to disk where that is
too little.

It allocates nothing and knows no part by name: they come as accounts, and DuckDB
as an `Engine`.

Invariants:
    - what is granted and the engine's limit together stay within the limit
    - a request that is refused changes no account
"""

from __future__ import annotations

import os
import re
import threading
import weakref
from collections.abc import Callable, Iterator
from typing import Literal, NamedTuple, Protocol

from unbounded.errors import ExecutionError, IllegalArgumentError

__all__ = [
    "MEMORY_LIMIT",
    "Engine",
    "MemoryAccount",
    "MemoryBudget",
    "MemoryUse",
    "engine_floor_bytes",
    "engine_threads",
    "invalid_memory_limit",
    "is_memory_limit",
    "machine_memory_bytes",
    "memory_limit_bytes",
    "shown_bytes",
]

MEMORY_LIMIT = "unbounded.memory.limit"

LIMIT_BYTES_MIN = 128 << 20
"""With less DuckDB can't read a JSON file beside any state."""

# DuckDB's JSON reader takes 32 MiB a thread, and can't spill that.
_ENGINE_BYTES_MIN = 64 << 20
_THREAD_BYTES = 48 << 20
# The engine's limit moves in steps, and up only by several at once: each move is
# a statement, and rows on their way come and go in every batch.
_ENGINE_STEPS = 64
_ENGINE_STEPS_UP_MIN = 4

Kind = Literal["state", "buffers"]

# --- the setting -------------------------------------------------------------

_UNITS = {"": 1, "b": 1, "k": 1 << 10, "m": 1 << 20, "g": 1 << 30, "t": 1 << 40}
_SIZE = re.compile(r"(\d+)\s*(|b|[kmgt]b?)")
_SHARE = re.compile(r"(\d+(?:\.\d+)?)\s*%")


def _read_limit(text: str) -> int | float | None:
    """Bytes as int, or a share of what there is; None if it is neither."""
    trimmed = text.strip().lower()
    size = _SIZE.fullmatch(trimmed)
    if size is not None:
        limit = int(size[1]) * _UNITS[size[2][:1]]
        return limit if limit >= LIMIT_BYTES_MIN else None
    share = _SHARE.fullmatch(trimmed)
    if share is None:
        return None
    part = float(share[1]) / 100
    return part if 0 < part <= 1 else None


def is_memory_limit(text: str) -> bool:
    """Whether it is a size of at least 128m or a share: `8g`, `512m`, `60%`."""
    return _read_limit(text) is not None


def invalid_memory_limit(text: str) -> IllegalArgumentError:
    """The error for a value that is no limit."""
    return IllegalArgumentError(
        "INVALID_CONF_VALUE.REQUIREMENT",
        confName=f'"{MEMORY_LIMIT}"',
        confValue=f"'{text}'",
        confRequirement="Give a size of at least 128m, such as 8g, or a share of"
        " the machine's memory, such as 60%.",
    )


def memory_limit_bytes(text: str, machine_bytes: int) -> int:
    """The limit a setting means on a machine of so much memory, at least 128m.

    Raises:
        IllegalArgumentError: it is no size and no share.
    """
    limit = _read_limit(text)
    if limit is None:
        raise invalid_memory_limit(text)
    if isinstance(limit, float):
        return max(int(limit * machine_bytes), LIMIT_BYTES_MIN)
    return limit


def engine_threads(limit_bytes: int, cores: int) -> int:
    """How many of so many threads the engine can feed from half of the limit."""
    return max(1, min(cores, limit_bytes // 2 // _THREAD_BYTES))


def engine_floor_bytes(threads: int) -> int:
    """What an engine of so many threads can't do without."""
    return max(_ENGINE_BYTES_MIN, threads * _THREAD_BYTES)


def shown_bytes(count: int) -> str:
    """`512 B`, `1.5 KiB`, `117.3 MiB`, `2.0 GiB`."""
    if count < 1024:
        return f"{count} B"
    for unit, size in (("KiB", 1 << 10), ("MiB", 1 << 20)):
        if count < size << 10:
            return f"{count / size:.1f} {unit}"
    return f"{count / (1 << 30):.1f} GiB"


# --- what there is -----------------------------------------------------------


def machine_memory_bytes(read: Callable[[str], bytes]) -> int:
    """What this process may use at most: the machine's memory, or its cgroup's.

    Args:
        read: the content of a file of `/proc` and `/sys`; OSError if there is none.
    """
    limits = [_physical_bytes(read), *_cgroup_limits(read)]
    return min(limits)


def _physical_bytes(read: Callable[[str], bytes]) -> int:
    for line in _lines(read, "/proc/meminfo"):
        name, _, rest = line.partition(":")
        if name == "MemTotal":
            return int(rest.split()[0]) << 10
    return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")


def _cgroup_limits(read: Callable[[str], bytes]) -> Iterator[int]:
    """The limits of the process's group and of all groups around it.

    Version 2 writes `0::/a/b`, version 1 `4:memory:/a/b`. In a container the path
    may be the host's and not be there; its root is then the container's.
    """
    for line in _lines(read, "/proc/self/cgroup"):
        number, controllers, path = line.split(":", 2)
        if number == "0" and not controllers:
            root, names = "/sys/fs/cgroup", ["memory.max", "memory.high"]
        elif "memory" in controllers.split(","):
            root, names = "/sys/fs/cgroup/memory", ["memory.limit_in_bytes"]
        else:
            continue
        parts = [part for part in path.split("/") if part]
        for depth in range(len(parts), -1, -1):
            folder = "/".join([root, *parts[:depth]])
            for name in names:
                found = _lines(read, f"{folder}/{name}")
                # A group without a limit says `max`.
                if found and found[0].strip().isdecimal():
                    yield int(found[0])


def _lines(read: Callable[[str], bytes], path: str) -> list[str]:
    try:
        return read(path).decode("ascii", "replace").splitlines()
    except OSError:
        return []


# --- the budget --------------------------------------------------------------


class Engine(Protocol):
    """What computes, and takes what the accounts leave."""

    def set_memory_limit(self, limit_bytes: int) -> bool:
        """Use at most so much from now on; False if it can't give enough back."""

    def memory_bytes(self) -> int:
        """Bytes held now."""


class MemoryUse(NamedTuple):
    """What is held of a budget at one moment."""

    limit_bytes: int
    state_bytes: int
    buffer_bytes: int
    engine_bytes: int


class MemoryBudget:
    """One limit and its accounts. Thread-safe.

    Args:
        floor_bytes: what no account may take from the engine.
    """

    def __init__(self, limit_bytes: int, floor_bytes: int) -> None:
        self.limit_bytes = limit_bytes
        self._floor = floor_bytes
        self._step = max(limit_bytes // _ENGINE_STEPS, 1)
        self._lock = threading.RLock()
        self._accounts: weakref.WeakSet[MemoryAccount] = weakref.WeakSet()
        self._engine: Engine | None = None
        self._engine_limit = self._share_of_engine(0)

    @property
    def engine_limit_bytes(self) -> int:
        """What the engine may use now."""
        return self._engine_limit

    def attach_engine(self, engine: Engine) -> None:
        """Take up the engine, opened with `engine_limit_bytes`."""
        with self._lock:
            self._engine = engine

    def detach_engine(self) -> None:
        """The engine is closed."""
        with self._lock:
            self._engine = None

    def account(self, kind: Kind, name: str) -> MemoryAccount:
        """A new account; it ends when it is closed or its holder is gone.

        Args:
            name: says in an error what holds the memory: `rows of query counts`.
        """
        account = MemoryAccount(self, kind, name)
        with self._lock:
            self._accounts.add(account)
        return account

    def settle(self) -> None:
        """Give the engine what the accounts leave now, more or less than before.

        Raises:
            ExecutionError: they hold more than the limit leaves beside the engine.
        """
        with self._lock:
            self._make_room(0, "rows and state at hand")

    def relax(self) -> None:
        """Give the engine what is free now, if it is more than before."""
        with self._lock:
            share = self._share_of_engine(self._held("state") + self._held("buffers"))
            if share <= self._engine_limit:
                return
            if self._engine is None or self._engine.set_memory_limit(share):
                self._engine_limit = share

    def use(self) -> MemoryUse:
        """What each part holds."""
        with self._lock:
            return MemoryUse(
                self.limit_bytes,
                self._held("state"),
                self._held("buffers"),
                self.engine_bytes(),
            )

    def held_bytes(self, kind: Kind) -> int:
        """What the accounts of a kind hold."""
        with self._lock:
            return self._held(kind)

    def engine_bytes(self) -> int:
        """What the engine holds; asking it is a statement."""
        with self._lock:
            return 0 if self._engine is None else self._engine.memory_bytes()

    def refusal(self, reason: str) -> ExecutionError:
        """The error that says what is wrong and who holds what."""
        return ExecutionError(
            "UNABLE_TO_ACQUIRE_MEMORY", message=f"{reason}; {self.describe()}"
        )

    def describe(self) -> str:
        """`of 512.0 MiB state holds 420.1 MiB, buffers 3.2 MiB, the engine …`."""
        use = self.use()
        with self._lock:
            largest = sorted(self._accounts, key=lambda a: a.held_bytes, reverse=True)
        named = ", ".join(
            f"{account.name}: {shown_bytes(account.held_bytes)}"
            for account in largest[:3]
            if account.held_bytes
        )
        parts = (
            f"state holds {shown_bytes(use.state_bytes)}",
            f"buffers {shown_bytes(use.buffer_bytes)}",
            f"the engine {shown_bytes(use.engine_bytes)}"
            f" of the {shown_bytes(self._engine_limit)} left to it",
        )
        most = f" (most of it {named})" if named else ""
        return f"of {shown_bytes(use.limit_bytes)} {', '.join(parts)}{most}"

    def _grow(self, account: MemoryAccount, held_bytes: int) -> None:
        with self._lock:
            more = held_bytes - account.held_bytes
            if more > 0:
                self._make_room(more, f"{shown_bytes(more)} more for {account.name}")
            account.held_bytes = held_bytes

    def _make_room(self, more: int, wanted: str) -> None:
        held = self._held("state") + self._held("buffers") + more
        if held > self.limit_bytes - self._floor:
            raise self.refusal(f"there is no room for {wanted}")
        share = self._share_of_engine(held)
        up = share - self._engine_limit
        if 0 <= up < _ENGINE_STEPS_UP_MIN * self._step:
            return
        if self._engine is not None and not self._engine.set_memory_limit(share):
            raise self.refusal(f"the engine can't make room for {wanted}")
        self._engine_limit = share

    def _held(self, kind: Kind) -> int:
        return sum(a.held_bytes for a in self._accounts if a.kind == kind)

    def _share_of_engine(self, held: int) -> int:
        free = (self.limit_bytes - held) // self._step * self._step
        return max(free, self._floor)


class MemoryAccount:
    """What one part holds of a budget. One thread changes it at a time."""

    def __init__(self, budget: MemoryBudget, kind: Kind, name: str) -> None:
        self._budget = budget
        self.kind = kind
        self.name = name
        self.held_bytes = 0

    def grow_to(self, held_bytes: int) -> None:
        """Ask to hold so much in all; on return it may be taken.

        Raises:
            ExecutionError: the budget has no room for it.
        """
        self._budget._grow(self, held_bytes)

    def note(self, held_bytes: int) -> None:
        """Say what is held, now that it is known. Never refused."""
        self.held_bytes = held_bytes

    def close(self) -> None:
        """Hold nothing any more."""
        self.held_bytes = 0
