"""Batch writer: a table written to a folder once, for `df.write`.

Part files are written and made durable, then what they replace is deleted, then
`_SUCCESS` says that all is there.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import pyarrow as pa

from unbounded.errors import AnalysisError, IllegalArgumentError
from unbounded.files import Files
from unbounded.sinks.file_format import FileFormat
from unbounded.sinks.files import write_part
from unbounded.sinks.partitioning import split_by_partition

__all__ = ["write_table"]

_SUCCESS = "_SUCCESS"
_MODES = frozenset({"append", "overwrite", "error", "errorifexists", "ignore"})


def write_table(
    files: Files,
    file_format: FileFormat,
    path: str,
    table: pa.Table,
    mode: str,
    new_id: Callable[[], str],
    partition_by: Sequence[str] = (),
) -> None:
    """Write all rows to the folder `path`, an absolute path.

    Args:
        mode: Spark's save mode, in any case: append, overwrite, error, ignore.

    Raises:
        AnalysisError: PATH_ALREADY_EXISTS, under the mode error.
    """
    mode = mode.lower()
    if mode not in _MODES:
        raise IllegalArgumentError(
            "INVALID_OPTION_VALUE",
            option="mode",
            value=mode,
            expected="one of append, overwrite, error, errorifexists, ignore",
        )
    if files.exists(path):
        if mode == "ignore":
            return
        if mode in {"error", "errorifexists"}:
            raise AnalysisError("PATH_ALREADY_EXISTS", outputPath=f"file:{path}")
    replaced = files.list_names(path) if mode == "overwrite" else []
    _write_parts(files, file_format, path, table, new_id, partition_by)
    _delete(files, path, replaced)
    files.replace(f"{path}/{_SUCCESS}", b"")


def _write_parts(
    files: Files,
    file_format: FileFormat,
    path: str,
    table: pa.Table,
    new_id: Callable[[], str],
    partition_by: Sequence[str],
) -> None:
    part_id = new_id()
    data_format = file_format.without(partition_by)
    files.make_folder(path)
    written = [
        write_part(files, f"{path}{folder}", data_format, rows, part_id)
        for folder, rows in split_by_partition(table, partition_by)
    ]
    files.sync(written)


def _delete(files: Files, folder: str, names: Sequence[str]) -> None:
    paths = [f"{folder}/{name}" for name in names]
    folders = [path for path in paths if files.status(path).is_directory]
    files.delete_all([path for path in paths if path not in folders])
    for path in folders:
        files.delete_folder(path)
