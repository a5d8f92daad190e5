"""Conftest: a database for the tests of the file readers."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.sources.recordings import ZONE
from unbounded.engine import Cursor, Database, EngineSettings


@pytest.fixture(scope="session")
def database() -> Iterator[Database]:
    database = Database.open(EngineSettings(threads=1))
    yield database
    database.close()


@pytest.fixture
def cursor(database: Database) -> Iterator[Cursor]:
    cursor = database.cursor()
    cursor.set_time_zone(ZONE)
    yield cursor
    cursor.close()
