from __future__ import annotations

import pyarrow as pa

from unbounded.sinks import ConsoleSink


def test_a_batch_is_a_banner_and_a_table() -> None:
    printed: list[str] = []
    sink = ConsoleSink(lambda t, n, w: f"{t.num_rows}/{n}/{w}\n", printed.append, 5, 0)
    sink.write(3, pa.table({"n": [1, 2]}), "append")
    assert not printed
    sink.commit(3)
    rule = "-------------------------------------------"
    assert printed == [f"{rule}\nBatch: 3\n{rule}\n2/5/0\n\n"]
