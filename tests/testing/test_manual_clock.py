from __future__ import annotations

import threading
from concurrent.futures import Future, ThreadPoolExecutor

import pytest

from unbounded.testing import ManualClock

BOUND_S = 30.0


def _wait_in_thread(
    clock: ManualClock, event: threading.Event, timeout_ms: float | None
) -> Future[bool]:
    pool = ThreadPoolExecutor(1)
    future = pool.submit(clock.wait, event, timeout_ms)
    pool.shutdown(wait=False)
    return future


def test_time_stands_until_it_is_moved() -> None:
    clock = ManualClock(1_000)
    assert (clock.now_ms(), clock.monotonic_ms()) == (1_000, 0.0)
    clock.advance(250)
    assert (clock.now_ms(), clock.monotonic_ms()) == (1_250, 250.0)
    clock.advance_to(2_000)
    clock.advance_to(500)
    assert clock.now_ms() == 2_000


def test_time_never_goes_back() -> None:
    with pytest.raises(ValueError):
        ManualClock().advance(-1)


def test_wait_returns_at_once_when_nothing_is_to_wait_for() -> None:
    clock = ManualClock()
    event = threading.Event()
    assert not clock.wait(event, 0)
    assert not clock.wait(event, -5)
    event.set()
    assert clock.wait(event, None)
    assert clock.wait(event, 10)


def test_wait_ends_when_its_deadline_is_passed_and_not_before() -> None:
    clock = ManualClock()
    future = _wait_in_thread(clock, threading.Event(), 100)
    assert clock.await_deadline(100)
    clock.advance(99)
    assert clock.await_waiters(1)
    assert not future.done()
    clock.advance(1)
    assert future.result(BOUND_S) is False


def test_wait_ends_when_its_event_is_set() -> None:
    clock = ManualClock()
    event = threading.Event()
    future = _wait_in_thread(clock, event, None)
    assert clock.await_waiters(1)
    clock.advance(1_000_000)
    event.set()
    assert future.result(BOUND_S) is True


def test_advance_wakes_all_that_are_due_and_no_other() -> None:
    clock = ManualClock()
    early = [_wait_in_thread(clock, threading.Event(), 10) for _ in range(3)]
    event = threading.Event()
    late = _wait_in_thread(clock, event, 20)
    assert clock.await_waiters(4)
    clock.advance(10)
    assert [future.result(BOUND_S) for future in early] == [False] * 3
    assert clock.await_waiters(1)
    assert not late.done()
    event.set()
    assert late.result(BOUND_S)


def test_awaiting_a_waiter_that_never_comes_ends() -> None:
    clock = ManualClock()
    assert not clock.await_waiters(1, real_timeout_s=0.0)
    assert not clock.await_deadline(5, real_timeout_s=0.0)
