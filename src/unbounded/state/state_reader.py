"""State reader: the rows and the changes of stored versions, from the disk alone.

For whoever looks at a state from outside: a query may be running on it, here or
in another process. Nothing is locked, written or held back, so a reader lives
with files that go away. A segment is deleted only once a manifest that does not
name it is in place. So when a file is missing, the manifest is read again: if it
is another one, so is the way to the version; if it is the same, the file is lost.

Invariants:
    - what is read is one version, whole, or an error
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TypeVar

import numpy as np
import pyarrow as pa

from unbounded.errors import CheckpointError
from unbounded.files import Files
from unbounded.state.compaction import net_rows
from unbounded.state.manifest import Manifest, StoredOperator, cover, manifest_at
from unbounded.state.schema_check import OperatorSchema
from unbounded.state.segment import Segment, SegmentReader, arrow_schema, open_readers

__all__ = ["check_version", "read_changes", "read_operators", "read_rows"]

_ATTEMPTS_MAX = 100
_MOVED = frozenset(
    {
        "CANNOT_LOAD_STATE_STORE.CANNOT_READ_STREAMING_STATE_FILE",
        "STATE_VERSION_NOT_FOUND",
    }
)

T = TypeVar("T")


def read_operators(files: Files, folder: str) -> tuple[OperatorSchema, ...]:
    """The tables of state that lie in a folder; none if there is no state.

    Raises:
        CheckpointError: the manifest is damaged, or of a later format.
    """
    manifest = Manifest.read(files, folder)
    if manifest is None:
        return ()
    return tuple(operator.schema for operator in manifest.operators)


def check_version(files: Files, folder: str, version: int) -> None:
    """Read every byte of which a version is made.

    Raises:
        CheckpointError: a file is missing or damaged, or the version not retained.
    """

    def read() -> None:
        manifest = manifest_at(files, folder, version)
        readers = open_readers(files, folder, _path(manifest, version, folder))
        for reader in readers:
            for operator in manifest.operators:
                for _ in reader.batches(operator.state_id):
                    pass

    _where_it_is(files, folder, read)


def read_rows(
    files: Files,
    folder: str,
    version: int,
    schema: OperatorSchema,
    start_version: int | None = None,
) -> pa.Table:
    """The rows of one table of state at `version`, in order of their keys' coming.

    Columns `key.<name>` and `value.<name>`. With `start_version` they are put
    together from that version and what each batch after it changed.

    Raises:
        CheckpointError: a version is not retained, or a file is damaged.
    """

    def read() -> pa.Table:
        manifest, operator = _at(files, folder, version, schema)
        start = version if start_version is None else start_version
        segments = _path(manifest, start, folder)
        segments += _batches(manifest, start + 1, version, folder)
        upserts, _ = net_rows(open_readers(files, folder, segments), operator)
        return upserts.drop_columns(["sequence"])

    return _where_it_is(files, folder, read)


def read_changes(
    files: Files,
    folder: str,
    first_version: int,
    last_version: int,
    schema: OperatorSchema,
) -> Iterator[tuple[int, bool, pa.Table]]:
    """What each batch changed: (version, are the keys removed, their rows).

    In order of versions, removals first; a removal has no values. Columns as those
    of `read_rows`.

    Raises:
        CheckpointError: a version is not retained, or a file is damaged.
    """

    def read() -> list[tuple[int, bool, pa.Table]]:
        manifest, operator = _at(files, folder, last_version, schema)
        segments = _batches(manifest, first_version, last_version, folder)
        readers = open_readers(files, folder, segments)
        return [
            (segment.last, is_removal, rows)
            for segment, reader in zip(segments, readers, strict=True)
            for is_removal, rows in _changes_in(reader, operator)
        ]

    yield from _where_it_is(files, folder, read)


def _changes_in(
    reader: SegmentReader, operator: StoredOperator
) -> Iterator[tuple[bool, pa.Table]]:
    """In the order of the keys' coming; a segment has that of its slots."""
    wanted = arrow_schema(operator.schema)
    for is_removal, batch in reader.batches(operator.state_id):
        rows = pa.Table.from_batches([batch.cast(wanted)])
        if not is_removal:
            order = np.argsort(rows.column("sequence").to_numpy(), kind="stable")
            rows = rows.take(pa.array(order))
        yield is_removal, rows.drop_columns(["sequence"])


def _where_it_is(files: Files, folder: str, read: Callable[[], T]) -> T:
    """What `read` gives, once no file goes away while it looks."""
    for _ in range(_ATTEMPTS_MAX):
        before = Manifest.read(files, folder)
        try:
            return read()
        except CheckpointError as error:
            if error.condition not in _MOVED:
                raise
            if Manifest.read(files, folder) == before:
                raise
    return read()


def _at(
    files: Files, folder: str, version: int, schema: OperatorSchema
) -> tuple[Manifest, StoredOperator]:
    """The manifest of a version, and whose segments' numbers are meant by `schema`."""
    manifest = manifest_at(files, folder, version)
    for operator in manifest.operators:
        is_same = operator.schema.operator_id == schema.operator_id
        if is_same and operator.schema.identity == schema.identity:
            return manifest, operator
    raise _not_found(version, folder)


def _path(manifest: Manifest, version: int, folder: str) -> list[Segment]:
    """The fewest segments that make a version."""
    found = cover(manifest.segments, version)
    if found is None:
        raise _not_found(version, folder)
    return found


def _batches(
    manifest: Manifest, first_version: int, last_version: int, folder: str
) -> list[Segment]:
    """The segment of each batch; those of purged versions are gone."""
    singles = {s.last: s for s in manifest.segments if s.first == s.last}
    wanted = range(first_version, last_version + 1)
    missing = next((version for version in wanted if version not in singles), None)
    if missing is not None:
        raise _not_found(missing, folder)
    return [singles[version] for version in wanted]


def _not_found(version: int, folder: str) -> CheckpointError:
    return CheckpointError("STATE_VERSION_NOT_FOUND", version=version, folder=folder)
