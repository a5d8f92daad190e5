"""Conftest: one database for all tests of the compiler."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.compiler.answers import Answers, open_answers


@pytest.fixture(scope="session")
def answers() -> Iterator[Answers]:
    with open_answers() as opened:
        yield opened
