from __future__ import annotations

import threading
from pathlib import Path

import pytest

from unbounded.errors import CheckpointError, ExecutionError, IllegalArgumentError
from unbounded.files import LocalFiles
from unbounded.sources.rate import RateOptions, RateStreamSource
from unbounded.testing import ManualClock

_START_MS = 1_700_000_000_000


def source_of(folder: Path, clock: ManualClock, **options: str) -> RateStreamSource:
    return RateStreamSource(
        RateOptions.of(options), f"{folder}/sources/0", LocalFiles(), clock
    )


def rows(source: RateStreamSource, start: str | None, end: str) -> list[list[int]]:
    table = source.relation(start, end).table
    assert table is not None
    times = table["timestamp"].cast("int64").to_pylist()
    found = zip(times, table["value"].to_pylist(), strict=True)
    return [[time // 1000 - _START_MS, value] for time, value in found]


def test_an_offset_is_the_seconds_since_the_source_was_made(tmp_path: Path) -> None:
    clock = ManualClock(_START_MS)
    source = source_of(tmp_path, clock)
    assert source.latest_offset(None, True) == "0"
    clock.advance(2_999)
    assert source.latest_offset("0", True) == "2"
    assert source.reported_latest_offset() == "2"


def test_rows_are_spread_over_the_time_of_their_batch(tmp_path: Path) -> None:
    source = source_of(tmp_path, ManualClock(_START_MS), rowspersecond="2")
    assert rows(source, None, "0") == []
    assert rows(source, "1", "3") == [[1000, 2], [1500, 3], [2000, 4], [2500, 5]]


def test_the_rate_grows_until_the_ramp_up_is_over() -> None:
    options = RateOptions.of({"rowspersecond": "10", "rampuptime": "4s"})
    counts = [options.value_at(seconds) for seconds in range(7)]
    assert counts == [0, 2, 6, 12, 20, 30, 40]


def test_a_restart_counts_from_the_time_of_creation(tmp_path: Path) -> None:
    source_of(tmp_path, ManualClock(_START_MS))
    assert (tmp_path / "sources/0/0").read_text() == f"v1\n{_START_MS}"
    later = source_of(tmp_path, ManualClock(_START_MS + 60_000))
    assert later.latest_offset("5", True) == "60"


def test_a_clock_that_was_set_back_gives_no_offset_before(tmp_path: Path) -> None:
    source_of(tmp_path, ManualClock(_START_MS))
    earlier = source_of(tmp_path, ManualClock(_START_MS - 60_000))
    assert earlier.latest_offset("5", True) == "5"


def test_waiting_ends_with_the_next_second(tmp_path: Path) -> None:
    clock = ManualClock(_START_MS)
    source = source_of(tmp_path, clock)
    source.latest_offset(None, True)
    waiting = threading.Thread(
        target=source.wait_for_data, args=(threading.Event(), 60_000, clock)
    )
    waiting.start()
    assert clock.await_deadline(_START_MS + 1_000)
    clock.advance(1_000)
    waiting.join(30)
    assert not waiting.is_alive()


def test_available_now_ends_with_the_second_of_its_start(tmp_path: Path) -> None:
    clock = ManualClock(_START_MS)
    source = source_of(tmp_path, clock)
    clock.advance(3_000)
    source.prepare_for_available_now()
    clock.advance(5_000)
    assert source.latest_offset(None, True) == "3"


@pytest.mark.parametrize(
    ("options", "condition"),
    [
        ({"rowspersecond": "0"}, "INVALID_OPTION_VALUE"),
        ({"rowspersecond": "many"}, "INVALID_OPTION_VALUE"),
        ({"rampuptime": "soon"}, "INVALID_OPTION_VALUE"),
        ({"rampuptime": "-1s"}, "INVALID_OPTION_VALUE"),
        ({"numpartitions": "0"}, "INVALID_OPTION_VALUE"),
        (
            {"rowspersecond": str(2**62), "rampuptime": "3s"},
            "INCORRECT_RAMP_UP_RATE",
        ),
    ],
)
def test_options_that_can_not_be_are_named(
    options: dict[str, str], condition: str
) -> None:
    with pytest.raises(IllegalArgumentError) as caught:
        RateOptions.of(options)
    assert caught.value.condition == condition


def test_numbers_past_a_bigint_are_refused(tmp_path: Path) -> None:
    source = source_of(tmp_path, ManualClock(_START_MS), rowspersecond=str(2**62))
    with pytest.raises(ExecutionError) as caught:
        source.relation("0", "2")
    assert caught.value.condition == "INCORRECT_END_OFFSET"


def test_a_damaged_time_of_creation_is_named(tmp_path: Path) -> None:
    (tmp_path / "sources/0").mkdir(parents=True)
    (tmp_path / "sources/0/0").write_text("v1\nyesterday")
    with pytest.raises(CheckpointError) as caught:
        source_of(tmp_path, ManualClock(_START_MS))
    assert caught.value.condition == "CHECKPOINT_FILE_DAMAGED"
