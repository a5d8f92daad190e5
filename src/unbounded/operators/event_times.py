"""Event times: the column that carries a watermark, and its times as numbers."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from unbounded.plan.expressions import WATERMARK_DELAY, AttributeReference

__all__ = ["NEVER_US", "Times", "event_time_column", "times_us"]

Times = npt.NDArray[np.int64]

NEVER_US = int(np.iinfo(np.int64).max)
"""After all times: what happens then never happens."""


def event_time_column(
    columns: Sequence[AttributeReference],
) -> AttributeReference | None:
    """The column that carries a watermark, if one does."""
    return next((c for c in columns if WATERMARK_DELAY in c.metadata), None)


def times_us(column: pa.ChunkedArray | pa.Array, of_null: int) -> Times:
    """Event times in microseconds since 1970; that of a window is its end."""
    if pa.types.is_struct(column.type):
        column = pc.struct_field(column, "end")
    numbers = column.cast(pa.int64())
    if numbers.null_count:
        numbers = numbers.fill_null(of_null)
    return np.asarray(numbers, np.int64)
