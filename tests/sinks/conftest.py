"""Conftest: what the tests of the sinks share."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator

import pyarrow as pa
import pytest

from unbounded.compiler import MACROS
from unbounded.engine import Cursor, Database, EngineSettings
from unbounded.sinks.file_format import RunOver
from unbounded.sinks.text_rendering import ROWS


@pytest.fixture(scope="session")
def database() -> Iterator[Database]:
    database = Database.open(EngineSettings(threads=1))
    cursor = database.cursor()
    for macro in MACROS:
        cursor.execute(macro)
    cursor.close()
    yield database
    database.close()


@pytest.fixture
def cursor(database: Database) -> Iterator[Cursor]:
    cursor = database.cursor()
    yield cursor
    cursor.close()


@pytest.fixture
def run_over(cursor: Cursor) -> RunOver:
    def run(sql: str, table: pa.Table) -> pa.Table:
        cursor.register(ROWS, table)
        try:
            return cursor.query(sql)
        finally:
            cursor.unregister(ROWS)

    return run


@pytest.fixture
def new_id() -> Callable[[], str]:
    counter = itertools.count()
    return lambda: f"id{next(counter)}"
