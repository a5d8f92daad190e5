from __future__ import annotations

import pyarrow as pa
import pytest

from unbounded.sinks import ForeachSink


class Writer:
    """Notes what is called."""

    def __init__(self, is_wanted: bool = True, fails_at: object = None) -> None:
        self.calls: list[object] = []
        self._is_wanted = is_wanted
        self._fails_at = fails_at

    def open(self, partition_id: int, epoch_id: int) -> bool:
        self.calls.append(("open", partition_id, epoch_id))
        return self._is_wanted

    def process(self, row: object) -> None:
        if row == self._fails_at:
            raise ValueError(row)
        self.calls.append(row)

    def close(self, error: BaseException | None) -> None:
        self.calls.append(("close", type(error)))


def run(writer: Writer) -> None:
    sink = ForeachSink(writer, lambda table: table["n"].to_pylist())
    sink.write(7, pa.table({"n": [1, 2]}), "append")
    sink.commit(7)


def test_each_row_is_processed_between_open_and_close() -> None:
    writer = Writer()
    run(writer)
    assert writer.calls == [("open", 0, 7), 1, 2, ("close", type(None))]


def test_unwanted_rows_are_not_processed_and_the_writer_is_closed() -> None:
    writer = Writer(is_wanted=False)
    run(writer)
    assert writer.calls == [("open", 0, 7), ("close", type(None))]


def test_close_is_told_what_broke_the_batch_off() -> None:
    writer = Writer(fails_at=2)
    with pytest.raises(ValueError, match="2"):
        run(writer)
    assert writer.calls == [("open", 0, 7), 1, ("close", ValueError)]


def test_a_failing_open_is_not_closed() -> None:
    class Failing(Writer):
        def open(self, partition_id: int, epoch_id: int) -> bool:
            raise OSError("no")

    writer = Failing()
    with pytest.raises(OSError, match="no"):
        run(writer)
    assert writer.calls == []
