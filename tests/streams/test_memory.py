from __future__ import annotations

import errno
import logging
import os
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.streams.steps import StreamWorld, grouped
from unbounded.conf import SPILL_STATE
from unbounded.errors import ExecutionError
from unbounded.files import ScratchFile

MIB = 1 << 20


_worlds: list[StreamWorld] = []


@pytest.fixture(autouse=True)
def small_limits(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Lets limits be small, so that few rows fill them; 64 MiB are the engine's."""
    monkeypatch.setattr("unbounded.memory.LIMIT_BYTES_MIN", 1)
    yield
    while _worlds:
        world = _worlds.pop()
        if world.execution is not None:
            world.stop()


def long_keys(folder: Path, output_mode: str, *, spills: bool = False) -> StreamWorld:
    """Counts by keys of 2,000 bytes."""
    query = grouped(["repeat(key, 250) AS key"], ["count(1) AS n"])
    confs = {SPILL_STATE: str(spills).lower()}
    world = StreamWorld(str(folder), query, output_mode, confs=confs)
    _worlds.append(world)
    return world


def add_keys(world: StreamWorld, first: int, count: int) -> list[str]:
    """A file with each key once; the keys."""
    keys = [f"k{number:07d}" for number in range(first, first + count)]
    world.add_file([f"00:00:00 {key} 1" for key in keys])
    return keys


def table_of(world: StreamWorld) -> dict[str, int]:
    """What the sink's table holds, upserted batch by batch."""
    rows = (row.split() for _, batch in world.deliveries for row in batch)
    return {key[:8]: int(count) for key, count in rows}


def test_state_past_the_limit_is_a_named_error_and_a_higher_limit_goes_on(
    tmp_path: Path,
) -> None:
    world = long_keys(tmp_path, "update")
    keys = [k for n in range(5) for k in add_keys(world, n * 1_500, 2_000)]
    world.memory_limit = "80m"
    world.start()
    with pytest.raises(ExecutionError) as caught:
        world.process_all()
    assert caught.value.condition == "UNABLE_TO_ACQUIRE_MEMORY"
    assert "stateStoreSave of query" in str(caught.value)
    done = len(world.reports)
    assert 0 < done < 5
    world.stop()
    world.memory_limit = "200m"
    world.start()
    world.process_all()
    assert [report.batch_id for report in world.reports] == list(range(5))
    assert table_of(world) == Counter(keys)


def test_batch_that_does_not_fit_leaves_no_state_and_no_rows(tmp_path: Path) -> None:
    world = long_keys(tmp_path, "update")
    add_keys(world, 0, 100)
    add_keys(world, 100, 9_000)
    world.memory_limit = "80m"
    world.start()
    with pytest.raises(ExecutionError):
        world.process_all()
    assert [batch_id for batch_id, _ in world.deliveries] == [0]
    checkpoint = f"{world.folder}/checkpoint"
    assert world.files.list_names(f"{checkpoint}/commits") == ["0"]
    segments = world.files.list_names(f"{checkpoint}/_unbounded/state")
    assert sum(name.startswith("segment-") for name in segments) == 1


def test_recovered_state_that_does_not_fit_is_refused_at_the_start(
    tmp_path: Path,
) -> None:
    world = long_keys(tmp_path, "update")
    add_keys(world, 0, 9_000)
    world.start()
    world.process_all()
    world.stop()
    world.memory_limit = "80m"
    with pytest.raises(ExecutionError) as caught:
        world.start()
    assert caught.value.condition == "UNABLE_TO_ACQUIRE_MEMORY"


def test_whole_result_of_complete_mode_counts(tmp_path: Path) -> None:
    """5,000 keys of 2,000 bytes: 10 MB of state fit into 16 MiB, twice they do not."""
    world = long_keys(tmp_path, "complete")
    add_keys(world, 0, 5_000)
    world.memory_limit = "80m"
    world.start()
    with pytest.raises(ExecutionError) as caught:
        world.process_all()
    assert "the result of query" in str(caught.value)


def test_progress_shows_limit_state_buffers_and_engine(tmp_path: Path) -> None:
    world = long_keys(tmp_path, "update")
    add_keys(world, 0, 1_000)
    world.memory_limit = "100m"
    world.start()
    world.process_all()
    (operator,) = world.reports[0].operators
    custom = operator.metrics.custom
    assert custom["memoryLimitBytes"] == 100 * MIB
    assert custom["memoryStateBytes"] == operator.metrics.memory_bytes > 2_000_000
    assert 0 < custom["memoryBufferBytes"] < 10 * MIB
    assert 0 <= custom["memoryEngineBytes"] < 100 * MIB


def test_engine_gets_what_the_state_leaves(tmp_path: Path) -> None:
    world = long_keys(tmp_path, "update")
    add_keys(world, 0, 1_000)
    world.memory_limit = "100m"
    world.start()
    assert world.shared is not None
    before = world.shared.memory.engine_limit_bytes
    world.process_all()
    held = world.reports[0].operators[0].metrics.memory_bytes
    assert world.shared.memory.engine_limit_bytes <= before - held


def test_stopped_query_holds_nothing(tmp_path: Path) -> None:
    world = long_keys(tmp_path, "update")
    add_keys(world, 0, 4_000)
    world.memory_limit = "100m"
    world.start()
    world.process_all()
    shared = world.shared
    assert shared is not None
    assert world.execution is not None
    world.execution.close()
    use = shared.memory.use()
    assert (use.state_bytes, use.buffer_bytes) == (0, 0)
    assert shared.memory.engine_limit_bytes == shared.memory.limit_bytes
    world.forget()


# --- state that lies in files ---------------------------------------------------


def test_state_past_the_limit_goes_on_in_files(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    world = long_keys(tmp_path, "update", spills=True)
    keys = [k for n in range(8) for k in add_keys(world, n * 3_000, 4_000)]
    world.memory_limit = "80m"
    world.start()
    with caplog.at_level(logging.WARNING, "unbounded"):
        world.process_all()
    assert table_of(world) == Counter(keys)
    metrics = world.reports[-1].operators[0].metrics
    assert metrics.custom["memoryMappedBytes"] > 40 * MIB
    assert metrics.memory_bytes < MIB
    warnings = [record.getMessage() for record in caplog.records]
    assert len(warnings) == 1
    assert warnings[0].startswith("[STATE_MOVED_TO_FILES] The state of query")


def test_state_in_files_is_recovered_as_any_other(tmp_path: Path) -> None:
    world = long_keys(tmp_path, "update", spills=True)
    keys = [k for n in range(3) for k in add_keys(world, n * 4_000, 5_000)]
    world.memory_limit = "80m"
    world.start()
    world.process_all()
    world.stop()
    keys += add_keys(world, 0, 4_000)
    world.start()
    world.process_all()
    assert table_of(world) == Counter(keys)
    assert world.reports[-1].operators[0].metrics.custom["memoryMappedBytes"] > MIB


def test_files_of_state_have_no_name_and_end_with_the_run(tmp_path: Path) -> None:
    world = long_keys(tmp_path, "update", spills=True)
    for n in range(3):
        add_keys(world, n * 4_000, 4_000)
    world.memory_limit = "80m"
    before = set(os.listdir("/proc/self/fd"))
    world.start()
    world.process_all()
    names = world.files.list_names(f"{world.folder}/checkpoint/_unbounded")
    assert names == ["lock", "state"]
    world.stop()
    assert len(set(os.listdir("/proc/self/fd")) - before) <= 2


def test_disk_without_room_for_state_ends_the_query_by_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(self: ScratchFile, size_bytes: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(ScratchFile, "grow", refuse)
    world = long_keys(tmp_path, "update", spills=True)
    add_keys(world, 0, 9_000)
    world.memory_limit = "80m"
    world.start()
    with pytest.raises(OSError, match="No space left"):
        world.process_all()


def test_state_makes_room_for_the_result_of_complete_mode(tmp_path: Path) -> None:
    world = long_keys(tmp_path, "complete", spills=True)
    keys = add_keys(world, 0, 5_000)
    world.memory_limit = "80m"
    world.start()
    world.process_all()
    assert table_of(world) == Counter(keys)
    assert world.reports[0].operators[0].metrics.custom["memoryMappedBytes"] > MIB
