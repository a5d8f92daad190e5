"""A session without a client before it."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count

import pytest

from unbounded.conf import RuntimeConf
from unbounded.session import Session, SharedState
from unbounded.testing import ManualClock


@pytest.fixture(scope="session")
def shared() -> Iterator[SharedState]:
    numbers = count()
    clock = ManualClock(start_ms=1_700_000_000_000)
    state = SharedState(new_id=lambda: f"id-{next(numbers)}", clock=clock)
    yield state
    state.close()


@pytest.fixture
def session(shared: SharedState) -> Session:
    conf = RuntimeConf({"spark.sql.session.timeZone": "UTC"})
    return Session(shared, shared.new_id(), "user", conf)
