from __future__ import annotations

import gc
from collections.abc import Callable

import pytest

from unbounded.errors import ExecutionError, IllegalArgumentError
from unbounded.memory import (
    MemoryBudget,
    engine_floor_bytes,
    engine_threads,
    is_memory_limit,
    machine_memory_bytes,
    memory_limit_bytes,
    shown_bytes,
)

GIB = 1 << 30
MIB = 1 << 20


# --- the setting -------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("8g", 8 * GIB),
        ("8GB", 8 * GIB),
        ("512m", 512 * MIB),
        ("1000000k", 1_024_000_000),
        ("268435456", 256 * MIB),
        ("268435456b", 256 * MIB),
        ("60%", 600_000_000_000),
        (" 12.5 % ", 125_000_000_000),
        ("100%", 1_000_000_000_000),
    ],
)
def test_limit_is_a_size_or_a_share(text: str, expected: int) -> None:
    assert memory_limit_bytes(text, 10**12) == expected


@pytest.mark.parametrize(
    "text", ["", "8 gigs", "-1g", "0%", "101%", "1.5g", "127m", "60", "%"]
)
def test_what_is_no_limit_is_refused_by_name(text: str) -> None:
    assert not is_memory_limit(text)
    with pytest.raises(IllegalArgumentError) as caught:
        memory_limit_bytes(text, GIB)
    assert caught.value.condition == "INVALID_CONF_VALUE.REQUIREMENT"
    assert "such as 60%" in str(caught.value)


def test_share_of_a_small_machine_is_still_enough_to_work_with() -> None:
    assert memory_limit_bytes("60%", 100 * MIB) == 128 * MIB


@pytest.mark.parametrize(
    ("count", "text"),
    [
        (0, "0 B"),
        (1023, "1023 B"),
        (1536, "1.5 KiB"),
        (3 * MIB, "3.0 MiB"),
        (2048 * GIB, "2048.0 GiB"),
    ],
)
def test_bytes_are_shown_in_their_unit(count: int, text: str) -> None:
    assert shown_bytes(count) == text


@pytest.mark.parametrize(
    ("limit", "cores", "threads", "floor"),
    [
        (128 * MIB, 8, 1, 64 * MIB),
        (256 * MIB, 8, 2, 96 * MIB),
        (GIB, 2, 2, 96 * MIB),
        (16 * GIB, 16, 16, 768 * MIB),
    ],
)
def test_engine_has_the_threads_it_can_feed(
    limit: int, cores: int, threads: int, floor: int
) -> None:
    assert engine_threads(limit, cores) == threads
    assert engine_floor_bytes(threads) == floor


# --- what there is -----------------------------------------------------------

V1 = "/sys/fs/cgroup/memory"
V2 = "/sys/fs/cgroup"


def machine(groups: str, limits: dict[str, object]) -> Callable[[str], bytes]:
    """Reads the files of a machine of 16 GiB, in the control groups given."""
    known = {
        "/proc/meminfo": "MemTotal:       16777216 kB\nMemFree:     1000 kB\n",
        "/proc/self/cgroup": groups,
        **{path: f"{value}\n" for path, value in limits.items()},
    }

    def read(path: str) -> bytes:
        if path not in known:
            raise FileNotFoundError(path)
        return known[path].encode()

    return read


@pytest.mark.parametrize(
    ("groups", "limits", "expected"),
    [
        ("", {}, 16 * GIB),
        ("0::/\n", {f"{V2}/memory.max": 2 * GIB}, 2 * GIB),
        ("0::/a/b\n", {f"{V2}/a/b/memory.max": 2 * GIB}, 2 * GIB),
        ("0::/a/b\n", {f"{V2}/a/memory.max": 2 * GIB}, 2 * GIB),
        ("0::/a\n", {f"{V2}/a/memory.max": "max"}, 16 * GIB),
        ("0::/a\n", {f"{V2}/a/memory.high": GIB}, GIB),
        ("0::/a\n", {f"{V2}/a/memory.max": 32 * GIB}, 16 * GIB),
        ("4:memory:/a\n", {f"{V1}/a/memory.limit_in_bytes": 3 * GIB}, 3 * GIB),
        ("4:cpu,memory:/a\n", {f"{V1}/memory.limit_in_bytes": 3 * GIB}, 3 * GIB),
        (
            "4:memory:/a\n0::/\n",
            {f"{V1}/a/memory.limit_in_bytes": 9223372036854771712},
            16 * GIB,
        ),
        ("4:cpu:/a\n", {f"{V1}/a/memory.limit_in_bytes": GIB}, 16 * GIB),
    ],
)
def test_the_narrowest_group_limits_the_machine(
    groups: str, limits: dict[str, object], expected: int
) -> None:
    assert machine_memory_bytes(machine(groups, limits)) == expected


def test_machine_without_proc_is_asked_otherwise() -> None:
    def read(path: str) -> bytes:
        raise FileNotFoundError(path)

    assert machine_memory_bytes(read) > 0


# --- the budget --------------------------------------------------------------


class FakeEngine:
    """Takes every limit that what it holds fits in."""

    def __init__(self, held: int = 0) -> None:
        self.held = held
        self.limits: list[int] = []

    def set_memory_limit(self, limit_bytes: int) -> bool:
        if limit_bytes < self.held:
            return False
        self.limits.append(limit_bytes)
        return True

    def memory_bytes(self) -> int:
        return self.held


def budget_of(limit: int, floor: int, engine: FakeEngine | None = None) -> MemoryBudget:
    budget = MemoryBudget(limit, floor)
    budget.attach_engine(engine or FakeEngine())
    return budget


def test_request_beyond_the_floor_of_the_engine_is_refused() -> None:
    budget = budget_of(6400, 1000)
    account = budget.account("state", "counts")
    account.grow_to(5400)
    with pytest.raises(ExecutionError) as caught:
        account.grow_to(5401)
    assert caught.value.condition == "UNABLE_TO_ACQUIRE_MEMORY"
    assert account.held_bytes == 5400


def test_all_accounts_share_the_limit() -> None:
    budget = budget_of(6400, 1000)
    rows, state = budget.account("buffers", "rows"), budget.account("state", "s")
    rows.grow_to(3000)
    with pytest.raises(ExecutionError):
        state.grow_to(3000)
    rows.close()
    state.grow_to(3000)
    assert budget.use()[:3] == (6400, 3000, 0)


def test_account_ends_with_its_holder() -> None:
    budget = budget_of(6400, 1000)
    account = budget.account("state", "counts")
    account.grow_to(5000)
    del account
    gc.collect()
    assert budget.use().state_bytes == 0


def test_engine_has_what_the_accounts_leave() -> None:
    engine = FakeEngine()
    budget = budget_of(6400, 1000, engine)
    assert budget.engine_limit_bytes == 6400
    account = budget.account("state", "counts")
    account.grow_to(2000)
    assert engine.limits == [4400]
    account.grow_to(5400)
    assert engine.limits[-1] == 1000


def test_engine_gets_back_what_is_free_again_at_the_next_settlement() -> None:
    engine = FakeEngine()
    budget = budget_of(6400, 1000, engine)
    account = budget.account("state", "counts")
    account.grow_to(4000)
    account.note(1000)
    assert engine.limits == [2400]
    budget.settle()
    assert engine.limits == [2400, 5400]


def test_engine_gets_back_what_is_free_also_where_nothing_settles() -> None:
    engine = FakeEngine()
    budget = budget_of(6400, 1000, engine)
    account = budget.account("state", "counts")
    account.grow_to(4000)
    account.close()
    budget.relax()
    assert engine.limits == [2400, 6400]
    account.note(7000)
    budget.relax()
    assert engine.limits == [2400, 6400]


def test_small_changes_leave_the_engine_alone() -> None:
    engine = FakeEngine()
    budget = budget_of(6400, 1000, engine)
    account = budget.account("buffers", "rows")
    account.grow_to(200)
    account.grow_to(0)
    account.grow_to(150)
    assert engine.limits == [6200]


def test_engine_that_holds_too_much_refuses_for_the_account() -> None:
    budget = budget_of(6400, 1000, FakeEngine(held=5000))
    account = budget.account("state", "counts")
    with pytest.raises(ExecutionError) as caught:
        account.grow_to(2000)
    assert "the engine can't make room" in str(caught.value)
    assert account.held_bytes == 0
    assert budget.engine_limit_bytes == 6400


def test_what_was_noted_past_the_limit_is_refused_at_settlement() -> None:
    budget = budget_of(6400, 1000)
    account = budget.account("state", "counts")
    account.note(7000)
    with pytest.raises(ExecutionError):
        budget.settle()


def test_refusal_says_who_holds_what_and_what_to_do() -> None:
    budget = budget_of(512 * MIB, 64 * MIB, FakeEngine(held=MIB))
    budget.account("buffers", "nothing")
    held = budget.account("state", "counts")
    held.grow_to(440 * MIB)
    more = budget.account("state", "others")
    with pytest.raises(ExecutionError) as caught:
        more.grow_to(10 * MIB)
    assert str(caught.value) == (
        "[UNABLE_TO_ACQUIRE_MEMORY] The memory limit was reached: there is no room"
        " for 10.0 MiB more for others; of 512.0 MiB state holds 440.0 MiB, buffers"
        " 0 B, the engine 1.0 MiB of the 72.0 MiB left to it (most of it counts:"
        " 440.0 MiB). Raise unbounded.memory.limit, let a batch read less"
        " (maxFilesPerTrigger), or let state go by withWatermark. SQLSTATE: 53200"
    )
