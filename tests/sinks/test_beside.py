"""Work done beside."""

from __future__ import annotations

import threading
from collections.abc import Callable

import pytest

from unbounded.errors import ExecutionError
from unbounded.sinks.beside import begin


def start(name: str, run: Callable[[], None]) -> threading.Thread:
    thread = threading.Thread(target=run, name=name)
    thread.start()
    return thread


def test_result_is_that_of_the_other_thread() -> None:
    result = begin(lambda: threading.current_thread().name, start)
    assert result() == "unbounded-part"


def test_error_is_raised_where_the_result_is_asked_for() -> None:
    def fail() -> None:
        raise ExecutionError("OPERATION_CANCELED")

    result = begin(fail, start)
    with pytest.raises(ExecutionError, match="OPERATION_CANCELED"):
        result()
