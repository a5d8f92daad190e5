"""Conftest: one engine for all tests of operators."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.compiler.answers import open_answers
from unbounded.engine import Cursor


@pytest.fixture(scope="session")
def cursor() -> Iterator[Cursor]:
    with open_answers() as opened:
        yield opened.cursor
