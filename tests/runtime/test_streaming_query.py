from __future__ import annotations

import gc
import weakref
from pathlib import Path

import pyarrow as pa
import pytest

from tests.runtime.test_state_growth import session_of, write
from tests.streams.steps import grouped
from unbounded.errors import UnboundedError
from unbounded.plan.commands import WriteStream
from unbounded.runtime import StreamingQuery
from unbounded.runtime.incremental_execution import IncrementalExecution
from unbounded.session import Session
from unbounded.state import KeyedState


class Held:
    """Stands for the rows that a failing function held."""


def failed(session: Session, command: WriteStream) -> StreamingQuery:
    query = session.streams.start(command)
    assert query.await_termination(10_000)
    assert query.exception is not None
    return query


@pytest.mark.parametrize("error", [MemoryError, pa.ArrowMemoryError])
def test_memory_the_machine_refuses_is_a_named_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: type[Exception]
) -> None:
    def run(*args: object) -> None:
        raise error("Unable to allocate 9 EiB")

    monkeypatch.setattr(IncrementalExecution, "run", run)
    session = session_of()
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "0.json").write_text('{"key": "a"}\n')
    query = failed(session, write(tmp_path, grouped([], ["count(1)"]), "update"))
    assert query.exception is not None
    cause = query.exception.__cause__
    assert isinstance(cause, UnboundedError)
    assert cause.condition == "UNABLE_TO_ACQUIRE_MEMORY"
    assert "the machine gives no more memory" in str(cause)
    session.close()


def test_failed_query_keeps_its_error_and_not_what_it_held(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[weakref.ref[Held]] = []

    def process(self: KeyedState, *args: object) -> None:
        held = Held()
        seen.append(weakref.ref(held))
        raise ValueError("broken")

    monkeypatch.setattr(KeyedState, "lookup_or_insert", process)
    session = session_of()
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "0.json").write_text('{"key": "a"}\n')
    query = failed(session, write(tmp_path, grouped(["key"], ["count(1)"]), "update"))
    assert "broken" in str(query.exception)
    gc.collect()
    assert [reference() for reference in seen] == [None]
    use = session.shared.memory.use()
    assert (use.state_bytes, use.buffer_bytes) == (0, 0)
    session.close()
