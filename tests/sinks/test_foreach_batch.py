from __future__ import annotations

import pyarrow as pa
import pytest

from unbounded.sinks import ForeachBatchSink


def test_the_function_is_given_rows_and_batch_id() -> None:
    given: list[object] = []
    sink = ForeachBatchSink(lambda rows, batch_id: given.append((rows, batch_id)))
    table = pa.table({"n": [1]})
    sink.write(4, table, "update")
    sink.commit(4)
    assert given == [(table, 4)]


def test_the_functions_error_goes_through() -> None:
    def fail(rows: pa.Table, batch_id: int) -> None:
        raise KeyError(batch_id)

    with pytest.raises(KeyError):
        ForeachBatchSink(fail).write(4, pa.table({"n": [1]}), "append")
