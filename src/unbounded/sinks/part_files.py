"""Part files: a table as the data files it becomes, before they are written."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pyarrow as pa

from unbounded.errors import IllegalArgumentError
from unbounded.sinks.file_format import FileFormat
from unbounded.sinks.partitioning import Partitioning

__all__ = ["Part", "render_parts"]


@dataclass(frozen=True, slots=True)
class Part:
    """A file to be written.

    Args:
        folder: below the output folder, with a slash before it; may be empty.
        number: of the file among those of its folder.
        extension: `.snappy.parquet`
    """

    folder: str
    number: int
    extension: str
    data: bytes | pa.Buffer

    def path(self, part_id: str) -> str:
        """`/day=2026-01-01/part-00000-6c9b7a0e-…-c000.snappy.parquet`.

        Args:
            part_id: no other write of the output folder has it.
        """
        name = f"part-00000-{part_id}-c{self.number:03d}{self.extension}"
        return f"{self.folder}/{name}"


def render_parts(
    file_format: FileFormat, partitioning: Partitioning, rows: pa.Table
) -> list[Part]:
    """The files that hold the rows: one a folder, or more by `maxRecordsPerFile`.

    Args:
        file_format: of the rows without the columns that became folders.
    """
    row_count_max = _row_count_max(file_format)
    return [
        Part(folder, number, file_format.extension, file_format.render(piece))
        for folder, part in partitioning.split(rows)
        for number, piece in enumerate(_pieces(part, row_count_max))
    ]


def _pieces(rows: pa.Table, row_count_max: int) -> Iterator[pa.Table]:
    if row_count_max <= 0 or rows.num_rows <= row_count_max:
        yield rows
        return
    for start in range(0, rows.num_rows, row_count_max):
        yield rows.slice(start, row_count_max)


def _row_count_max(file_format: FileFormat) -> int:
    """0 for any number."""
    text = file_format.options.get("maxrecordsperfile", "0")
    try:
        return int(text)
    except ValueError as error:
        raise IllegalArgumentError(
            "INVALID_OPTION_VALUE",
            option="maxRecordsPerFile",
            value=text,
            expected="a whole number",
        ) from error
