"""Warehouse: the tables of a folder, by name.

What a session's catalog asks about tables that last. Rows lie in files, each table's
in a folder of its own; what the tables are called and look like is a SQLite database
of one file. It is worked on in memory and put in place whole, by one atomic replace:
SQLite's own way to the disk would pass `files.py` by, and DuckDB's would be DDL in a
database that all queries share.

Spark's `spark.sql.warehouse.dir`. The folder is made when the first table is.

On disk:       below the warehouse folder

    _unbounded/catalog.sqlite     one table, `tables`: see `_SCHEMA`
    _unbounded/catalog.lock       held while a process changes the catalog
    clicks/part-00000-….parquet   the rows of the table `clicks`

Invariants:
    - a name is in lower case and of one table
    - a change is there wholly or not at all, whoever looks
"""

from __future__ import annotations

import json
import re
import sqlite3
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass, field

from unbounded.clock import SystemClock
from unbounded.errors import AnalysisError, CheckpointError
from unbounded.files import FileLock, Files
from unbounded.types import StructType, from_json

__all__ = ["Table", "Warehouse"]

_CATALOG = "_unbounded/catalog"
_VERSION = 1
_SCHEMA = """
CREATE TABLE tables (
    name TEXT PRIMARY KEY,
    format TEXT NOT NULL,              -- parquet
    schema TEXT NOT NULL,              -- Spark's JSON, partition columns last
    location TEXT NOT NULL,            -- absolute path of the folder
    partition_columns TEXT NOT NULL,   -- JSON array of names
    options TEXT NOT NULL,             -- JSON object, keys in lower case
    is_managed INTEGER NOT NULL,       -- 1: the folder goes with the table
    description TEXT
)
"""
_NAME = re.compile(r"\w+", re.ASCII)
_LOCK_ATTEMPTS_MAX = 500
_LOCK_DELAY_MS = 10


@dataclass(frozen=True, slots=True)
class Table:
    """A table, wherever its rows lie.

    Args:
        name: in lower case.
        schema: its partition columns come last.
        location: absolute path of the folder.
        is_managed: the folder was made for the table and goes with it.
    """

    name: str
    format: str
    schema: StructType
    location: str
    partition_columns: tuple[str, ...] = ()
    options: Mapping[str, str] = field(default_factory=dict)
    is_managed: bool = True
    description: str | None = None


class Warehouse:
    """The tables of one warehouse folder. Thread-safe, and safe among processes.

    Args:
        folder: absolute.
    """

    def __init__(self, files: Files, folder: str) -> None:
        self.folder = folder
        self._files = files
        self._path = f"{folder}/{_CATALOG}.sqlite"
        self._changing = threading.Lock()

    def find(self, name: str) -> Table | None:
        """The table of that name, in any case."""
        with self._opened() as catalog:
            query = "SELECT * FROM tables WHERE name = ?"
            row = catalog.execute(query, [name.lower()]).fetchone()
        return None if row is None else _table(row)

    def tables(self) -> list[Table]:
        """All tables, by name."""
        with self._opened() as catalog:
            rows = catalog.execute("SELECT * FROM tables ORDER BY name").fetchall()
        return [_table(row) for row in rows]

    def location_of(self, name: str) -> str:
        """Where a table lies whose creator did not say it."""
        return f"{self.folder}/{name.lower()}"

    def create(self, table: Table) -> None:
        """Add a table, durably; its folder is made if it is not there.

        Raises:
            AnalysisError: there is one of that name, or it can't be a name.
        """
        if _NAME.fullmatch(table.name) is None:
            raise AnalysisError("INVALID_SCHEMA_OR_RELATION_NAME", name=table.name)
        self._files.make_folder(table.location)

        def add(catalog: sqlite3.Connection) -> None:
            try:
                marks = ", ".join("?" * 8)
                catalog.execute(f"INSERT INTO tables VALUES ({marks})", _row(table))
            except sqlite3.IntegrityError as error:
                raise AnalysisError(
                    "TABLE_OR_VIEW_ALREADY_EXISTS", relationName=f"`{table.name}`"
                ) from error

        self._change(add)

    def drop(self, name: str) -> None:
        """Forget a table, durably, and delete its folder if it is managed."""
        table = self.find(name)
        if table is None:
            return

        def remove(catalog: sqlite3.Connection) -> None:
            catalog.execute("DELETE FROM tables WHERE name = ?", [name.lower()])

        self._change(remove)
        if table.is_managed:
            self._files.delete_folder(table.location)

    def _change(self, act: Callable[[sqlite3.Connection], None]) -> None:
        with self._changing, self._locked(), self._opened() as catalog:
            act(catalog)
            catalog.commit()
            self._files.replace(self._path, catalog.serialize())

    @contextmanager
    def _opened(self) -> Iterator[sqlite3.Connection]:
        """The catalog as it is now, in memory."""
        with closing(sqlite3.connect(":memory:")) as catalog:
            try:
                data = self._files.read(self._path)
            except FileNotFoundError:
                catalog.execute(_SCHEMA)
                catalog.execute(f"PRAGMA user_version = {_VERSION}")
            else:
                self._load(catalog, data)
            yield catalog

    def _load(self, catalog: sqlite3.Connection, data: bytes) -> None:
        try:
            catalog.deserialize(data)
            (version,) = catalog.execute("PRAGMA user_version").fetchone()
        except sqlite3.DatabaseError as error:
            raise CheckpointError(
                "CHECKPOINT_FILE_DAMAGED", path=self._path, reason=str(error)
            ) from error
        if version != _VERSION:
            raise CheckpointError(
                "CHECKPOINT_FILE_DAMAGED",
                path=self._path,
                reason=f"it is of version {version}, not of {_VERSION}",
            )

    def _locked(self) -> FileLock:
        """Wait for another process that changes the catalog, which takes it moments."""
        path = f"{self.folder}/{_CATALOG}.lock"
        clock, never = SystemClock(), threading.Event()
        for _ in range(_LOCK_ATTEMPTS_MAX):
            try:
                return self._files.lock(path)
            except BlockingIOError:
                clock.wait(never, _LOCK_DELAY_MS)
        raise CheckpointError("CATALOG_IN_USE", path=path)


def _row(table: Table) -> tuple[object, ...]:
    return (
        table.name,
        table.format,
        table.schema.json,
        table.location,
        json.dumps(table.partition_columns),
        json.dumps(dict(table.options)),
        int(table.is_managed),
        table.description,
    )


def _table(row: tuple[str, str, str, str, str, str, int, str | None]) -> Table:
    name, kind, schema, location, columns, options, is_managed, description = row
    fields = from_json(json.loads(schema))
    assert isinstance(fields, StructType)
    return Table(
        name,
        kind,
        fields,
        location,
        tuple(json.loads(columns)),
        json.loads(options),
        bool(is_managed),
        description,
    )
