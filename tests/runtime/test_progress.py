"""The progress document of a trigger."""

import pytest

from unbounded.compiler import EventTimeStats
from unbounded.operators import OperatorMetrics
from unbounded.runtime.progress import (
    BatchReport,
    OperatorReport,
    ProgressLog,
    SourceReport,
    format_timestamp,
    progress_of,
)


def report(**changes):
    fields = {
        "batch_id": 3,
        "trigger_start_ms": 2000,
        "previous_trigger_start_ms": 1000,
        "durations_ms": {"triggerExecution": 500.0},
        "sources": [SourceReport("s", None, '{"logOffset":0}', None, 20)],
        "sink_description": "MemorySink",
        "output_row_count": 7,
    }
    return BatchReport(**(fields | changes))


def document(**changes):
    return progress_of("id", "run", None, report(**changes))


@pytest.mark.parametrize(
    ("time_ms", "text"),
    [
        (0, "1970-01-01T00:00:00.000Z"),
        (1704067620007, "2024-01-01T00:07:00.007Z"),
        (-1, "1969-12-31T23:59:59.999Z"),
    ],
)
def test_timestamp_is_utc_with_milliseconds(time_ms, text):
    assert format_timestamp(time_ms) == text


def test_input_rate_counts_from_the_last_trigger():
    assert document()["inputRowsPerSecond"] == 20.0


def test_first_trigger_has_input_rate_zero():
    assert document(previous_trigger_start_ms=None)["inputRowsPerSecond"] == 0.0


def test_processed_rate_counts_the_trigger_itself():
    assert document()["processedRowsPerSecond"] == 40.0


def test_no_trigger_time_gives_a_finite_rate():
    assert document(durations_ms={})["processedRowsPerSecond"] == 0.0


def test_offsets_are_json_values():
    source = document()["sources"][0]
    assert (source["startOffset"], source["endOffset"]) == (None, {"logOffset": 0})


def test_event_time_is_empty_without_a_watermark():
    assert document()["eventTime"] == {}


def test_event_time_extremes_are_absent_when_no_row_was_seen():
    seen_none = {0: EventTimeStats(0, 0, 0, 0.0)}
    times = document(watermark_ms=0, event_times=seen_none)["eventTime"]
    assert times == {"watermark": "1970-01-01T00:00:00.000Z"}


def test_event_time_tells_what_the_first_node_with_rows_saw():
    seen = {0: EventTimeStats(0, 0, 0, 0.0), 1: EventTimeStats(2, 3000, 1000, 2000.0)}
    times = document(watermark_ms=0, event_times=seen)["eventTime"]
    assert times["max"] == "1970-01-01T00:00:03.000Z"
    assert times["avg"] == "1970-01-01T00:00:02.000Z"


def test_state_operator_has_every_key_the_client_needs():
    operators = [OperatorReport("stateStoreSave", OperatorMetrics(rows_total=5))]
    operator = document(operators=operators)["stateOperators"][0]
    needed = {
        "operatorName",
        "numRowsTotal",
        "numRowsUpdated",
        "numRowsRemoved",
        "allUpdatesTimeMs",
        "allRemovalsTimeMs",
        "commitTimeMs",
        "memoryUsedBytes",
        "numRowsDroppedByWatermark",
        "numShufflePartitions",
        "numStateStoreInstances",
    }
    assert needed <= operator.keys()
    assert operator["numRowsTotal"] == 5


def test_log_keeps_the_newest_documents():
    log = ProgressLog(3)
    for batch_id in range(3):
        log.add({"batchId": batch_id})
    assert [d["batchId"] for d in log.recent] == [1, 2]
    assert log.last == {"batchId": 2}


def test_empty_log_has_no_last_document():
    assert ProgressLog(1).last is None
