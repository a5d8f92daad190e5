from __future__ import annotations

import pytest

from unbounded.errors import CheckpointError, IllegalArgumentError
from unbounded.sources.rate_micro_batch import (
    RateMicroBatchOptions,
    RateMicroBatchSource,
)


def source_of(**options: str) -> RateMicroBatchSource:
    return RateMicroBatchSource(
        RateMicroBatchOptions.of({"rowsperbatch": "2", **options})
    )


def rows(source: RateMicroBatchSource, start: str | None, end: str) -> list[list[int]]:
    table = source.relation(start, end).table
    assert table is not None
    times = table["timestamp"].cast("int64").to_pylist()
    found = zip(times, table["value"].to_pylist(), strict=True)
    return [[time // 1000, value] for time, value in found]


def test_each_batch_goes_on_where_the_one_before_ended() -> None:
    source = source_of(starttimestamp="5000", advancemillisperbatch="50")
    first = source.latest_offset(None, True)
    assert first == '{"offset":2,"timestamp":5050}'
    second = source.latest_offset(first, True)
    assert second == '{"offset":4,"timestamp":5100}'
    assert rows(source, None, first) == [[5000, 0], [5000, 1]]
    assert rows(source, first, second) == [[5050, 2], [5050, 3]]


def test_a_restart_with_another_size_goes_on_too() -> None:
    changed = source_of(rowsperbatch="1")
    start = '{"offset":7,"timestamp":123}'
    end = changed.latest_offset(start, True)
    assert end == '{"offset":8,"timestamp":1123}'
    assert rows(changed, start, end) == [[123, 7]]


def test_available_now_is_one_batch() -> None:
    source = source_of()
    source.prepare_for_available_now()
    first = source.latest_offset(None, True)
    assert source.latest_offset(first, True) == first


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"rowsperbatch": "0"},
        {"rowsperbatch": "many"},
        {"rowsperbatch": "1", "numpartitions": "0"},
        {"rowsperbatch": "1", "starttimestamp": "-1"},
        {"rowsperbatch": "1", "advancemillisperbatch": "-1"},
    ],
)
def test_options_that_can_not_be_are_named(options: dict[str, str]) -> None:
    with pytest.raises(IllegalArgumentError):
        RateMicroBatchOptions.of(options)


def test_an_offset_of_another_source_is_named() -> None:
    with pytest.raises(CheckpointError) as caught:
        source_of().latest_offset('{"logOffset":3}', True)
    assert caught.value.condition == "SOURCE_OFFSET_UNKNOWN"
