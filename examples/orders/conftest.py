"""Conftest: one session for all tests of the job, and how many of them are random."""

from collections.abc import Iterator

import pytest
from pyspark.sql import SparkSession

import unbounded


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--seeds", type=int, default=990, help="random tests to run")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "seed" in metafunc.fixturenames:
        metafunc.parametrize("seed", range(metafunc.config.getoption("--seeds")))


@pytest.fixture(scope="session")
def spark() -> Iterator[SparkSession]:
    settings = {"spark.sql.session.timeZone": "UTC"}
    yield unbounded.connect(conf=settings, threads=1)
    unbounded.close()
