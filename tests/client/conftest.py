"""The official client, against a server of this process."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from pyspark.sql.connect.session import SparkSession as ConnectSession

import unbounded


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """One session that all tests share, so that each costs milliseconds."""
    warehouse = str(tmp_path_factory.mktemp("warehouse"))
    session = unbounded.connect(
        conf={
            "spark.sql.session.timeZone": "UTC",
            "spark.sql.warehouse.dir": warehouse,
        }
    )
    yield session
    unbounded.close()


@pytest.fixture
def spark(server: Any) -> Iterator[Any]:
    """The shared session, with neither views nor settings of another test."""
    ConnectSession._default_session = server
    ConnectSession._active_session.session = server
    yield server
    for query in server.streams.active:
        query.stop()
    for table in server.catalog.listTables():
        server.catalog.dropTempView(table.name)
        if not table.isTemporary:
            server.sql(f"DROP TABLE {table.name}")
    server.sql("RESET")
