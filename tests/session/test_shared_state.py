from __future__ import annotations

from collections.abc import Iterator

import pytest

from unbounded.session import SharedState

MIB = 1 << 20


@pytest.fixture
def small() -> Iterator[SharedState]:
    shared = SharedState(new_id=lambda: "id", threads=4, memory_limit="256m")
    yield shared
    shared.close()


def setting(shared: SharedState, name: str) -> object:
    cursor = shared.cursor("UTC")
    table = cursor.query(f"SELECT current_setting('{name}') AS a")
    cursor.close()
    return table.column(0)[0].as_py()


def test_engine_begins_with_the_whole_limit(small: SharedState) -> None:
    assert setting(small, "memory_limit") == "256.0 MiB"


def test_engine_has_no_more_threads_than_memory_for_them(small: SharedState) -> None:
    assert setting(small, "threads") == 2


def test_threads_asked_for_are_given_where_memory_is_enough() -> None:
    shared = SharedState(new_id=lambda: "id", threads=3, memory_limit="1g")
    assert setting(shared, "threads") == 3
    shared.close()


def test_memory_that_a_dropped_table_held_is_the_engines_again(
    small: SharedState,
) -> None:
    assert setting(small, "memory_limit") == "256.0 MiB"
    account = small.memory.account("buffers", "the table t")
    account.grow_to(100 * MIB)
    assert setting(small, "memory_limit") == "156.0 MiB"
    del account
    assert setting(small, "memory_limit") == "256.0 MiB"


def test_limit_that_is_a_share_is_one_of_the_machine() -> None:
    shared = SharedState(new_id=lambda: "id", memory_limit="50%")
    whole = SharedState(new_id=lambda: "id", memory_limit="100%")
    assert shared.memory.limit_bytes == whole.memory.limit_bytes // 2
