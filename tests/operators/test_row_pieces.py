"""Row pieces: many rows lie in files, and come in their order all the same."""

from __future__ import annotations

from functools import partial

import numpy as np
import pyarrow as pa
import pytest

from unbounded.errors import ExecutionError
from unbounded.files import LocalFiles
from unbounded.operators import RowPieces

SCHEMA = pa.schema([("number", pa.int64()), ("text", pa.string())])
ROWS = 500_000


def piece(first: int) -> pa.Table:
    numbers = pa.array(np.arange(first, first + ROWS))
    return pa.table([numbers, numbers.cast(pa.string())], schema=SCHEMA)


def never() -> bool:
    return False


def test_many_rows_lie_in_files_in_their_order(tmp_path) -> None:
    pieces = RowPieces(SCHEMA, partial(LocalFiles().scratch, str(tmp_path)), never)
    before = pa.total_allocated_bytes()
    for number in range(10):
        pieces.add(piece(number * ROWS))
    held_bytes = pa.total_allocated_bytes() - before
    table = pieces.table()
    assert (table.column("number").to_numpy() == np.arange(10 * ROWS)).all()
    assert table.column("text")[-1].as_py() == str(10 * ROWS - 1)
    assert pieces.mapped_bytes > table.nbytes // 2
    assert held_bytes + pieces.mapped_bytes < 1.1 * table.nbytes


def test_no_file_is_left(tmp_path) -> None:
    pieces = RowPieces(SCHEMA, partial(LocalFiles().scratch, str(tmp_path)), never)
    for number in range(10):
        pieces.add(piece(number))
    assert pieces.mapped_bytes
    assert not list(tmp_path.iterdir())


def test_few_rows_stay_in_memory(tmp_path) -> None:
    pieces = RowPieces(SCHEMA, partial(LocalFiles().scratch, str(tmp_path)), never)
    pieces.add(piece(0))
    assert pieces.mapped_bytes == 0
    assert pieces.table().equals(piece(0))


def test_without_files_all_rows_stay_in_memory() -> None:
    pieces = RowPieces(SCHEMA, None, never)
    for number in range(6):
        pieces.add(piece(number))
    assert pieces.mapped_bytes == 0
    assert pieces.table().num_rows == 6 * ROWS


def test_no_pieces_make_a_table_of_the_columns() -> None:
    assert RowPieces(SCHEMA, None, never).table().equals(SCHEMA.empty_table())


def test_a_batch_that_is_cancelled_makes_no_more_rows() -> None:
    pieces = RowPieces(SCHEMA, None, lambda: True)
    with pytest.raises(ExecutionError, match="OPERATION_CANCELED"):
        pieces.add(piece(0))
