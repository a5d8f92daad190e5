"""State options: Spark's checks, in its order, under its conditions.

What each wrong option is answered with was recorded from Spark 4.3; only numbers
and truth values that are none fail there with Java's own errors.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from unbounded.checkpoint import CommitLog, CommitMetadata, OffsetLog, OffsetSeq
from unbounded.errors import AnalysisError, UnboundedError
from unbounded.files import LocalFiles
from unbounded.sources.state_options import StateOptions, read_state_options

FILES = LocalFiles()
FEED = {"readchangefeed": "true", "changestartbatchid": "0"}
WRONG = "STDS_INVALID_OPTION_VALUE.WITH_MESSAGE"
NEGATIVE = "STDS_INVALID_OPTION_VALUE.IS_NEGATIVE"
REQUIRED = "STDS_REQUIRED_OPTION_UNSPECIFIED"
CONFLICT = "STDS_CONFLICT_OPTIONS"
UNCOMMITTED = "STDS_COMMITTED_BATCH_UNAVAILABLE"


@pytest.fixture
def checkpoint(tmp_path: Path) -> str:
    """Batches 0 to 3 were planned; 3 is not done, and 0's offsets are purged."""
    offsets = OffsetLog(FILES, f"{tmp_path}/offsets")
    commits = CommitLog(FILES, f"{tmp_path}/commits")
    for batch_id in range(1, 4):
        offsets.add(batch_id, OffsetSeq(("1",), 0, 0, {}))
    for batch_id in range(3):
        commits.add(batch_id, CommitMetadata(0))
    return str(tmp_path)


def read(checkpoint: str, **options: str) -> StateOptions:
    return read_state_options(options, (checkpoint,), FILES)


def refused(checkpoint: str, options: dict[str, str]) -> tuple[str, str | None]:
    with pytest.raises(UnboundedError) as error:
        read(checkpoint, **options)
    parameters = error.value.parameters
    named = parameters.get("optionName") or parameters.get("options")
    return error.value.condition, named


def test_without_options_it_is_the_last_committed_batch_of_operator_0(
    checkpoint: str,
) -> None:
    found = read(checkpoint)
    assert (found.path, found.batch_id, found.is_latest) == (checkpoint, 2, True)
    assert (found.operator_id, found.store_name) == (0, "default")
    assert (found.join_side, found.snapshot, found.change_start) == ("none", None, None)


def test_options_are_taken(checkpoint: str) -> None:
    found = read(checkpoint, batchid="1", operatorid="3", storename=" left ")
    assert (found.batch_id, found.is_latest) == (1, False)
    assert (found.operator_id, found.store_name) == (3, "left")
    found = read(checkpoint, snapshotstartbatchid="1", snapshotpartitionid="0")
    assert found.snapshot == (1, 0)
    found = read(checkpoint, **FEED, changeendbatchid="1")
    assert (found.change_start, found.batch_id, found.is_latest) == (0, 1, False)
    assert read(checkpoint, joinside="right").join_side == "right"


def test_a_path_may_be_a_uri_or_an_option(checkpoint: str) -> None:
    assert read_state_options({"path": checkpoint}, (), FILES).path == checkpoint
    assert read_state_options({}, (f"file://{checkpoint}",), FILES).path == checkpoint


@pytest.mark.parametrize(
    ("options", "condition", "named"),
    [
        ({"batchid": "-1"}, NEGATIVE, "batchId"),
        ({"batchid": "3"}, UNCOMMITTED, None),
        ({"batchid": "9"}, UNCOMMITTED, None),
        ({"batchid": "0"}, "STDS_OFFSET_LOG_UNAVAILABLE", None),
        ({"batchid": "x"}, WRONG, "batchId"),
        ({"batchid": ""}, WRONG, "batchId"),
        ({"batchid": " 1"}, WRONG, "batchId"),
        ({"batchid": "1.5"}, WRONG, "batchId"),
        ({"operatorid": "-1"}, NEGATIVE, "operatorId"),
        ({"operatorid": "x"}, WRONG, "operatorId"),
        ({"storename": " "}, "STDS_INVALID_OPTION_VALUE.IS_EMPTY", "storeName"),
        ({"joinside": "both"}, WRONG, "joinSide"),
        ({"joinside": "LEFT"}, WRONG, "joinSide"),
        (
            {"joinside": "left", "storename": "s"},
            CONFLICT,
            "['joinSide', 'storeName']",
        ),
        ({"readchangefeed": "true"}, REQUIRED, "changeStartBatchId"),
        ({"readchangefeed": "yes"}, WRONG, "readChangeFeed"),
        ({**FEED, "changestartbatchid": "-1"}, NEGATIVE, "changeStartBatchId"),
        ({**FEED, "changestartbatchid": "7"}, WRONG, "changeEndBatchId"),
        (
            {**FEED, "changestartbatchid": "2", "changeendbatchid": "1"},
            WRONG,
            "changeEndBatchId",
        ),
        ({**FEED, "changeendbatchid": "7"}, UNCOMMITTED, None),
        ({**FEED, "batchid": "1"}, CONFLICT, "['batchId', 'readChangeFeed']"),
        ({**FEED, "joinside": "left"}, CONFLICT, "['joinSide', 'readChangeFeed']"),
        (
            {**FEED, "snapshotstartbatchid": "1"},
            CONFLICT,
            "['snapshotStartBatchId', 'readChangeFeed']",
        ),
        (
            {**FEED, "snapshotpartitionid": "1"},
            CONFLICT,
            "['snapshotPartitionId', 'readChangeFeed']",
        ),
        ({"changestartbatchid": "0"}, WRONG, "changeStartBatchId"),
        ({"changeendbatchid": "0"}, WRONG, "changeEndBatchId"),
        ({"snapshotstartbatchid": "0"}, REQUIRED, "snapshotPartitionId"),
        ({"snapshotpartitionid": "0"}, REQUIRED, "snapshotStartBatchId"),
        ({"snapshotstartbatchid": "-1"}, NEGATIVE, "snapshotStartBatchId"),
        (
            {"snapshotstartbatchid": "0", "snapshotpartitionid": "-1"},
            NEGATIVE,
            "snapshotPartitionId",
        ),
        (
            {"snapshotstartbatchid": "2", "batchid": "1", "snapshotpartitionid": "0"},
            WRONG,
            "snapshotStartBatchId",
        ),
        ({"flattencollectiontypes": "maybe"}, WRONG, "flattenCollectionTypes"),
        (
            {"readregisteredtimers": "true", "statevarname": "v"},
            CONFLICT,
            "['readRegisteredTimers', 'stateVarName']",
        ),
    ],
)
def test_a_wrong_option_is_refused_as_by_spark(
    checkpoint: str, options: dict[str, str], condition: str, named: str | None
) -> None:
    assert refused(checkpoint, options) == (condition, named)


@pytest.mark.parametrize("paths", [(), ("/a", "/b")])
def test_one_path_is_needed(paths: tuple[str, ...]) -> None:
    with pytest.raises(UnboundedError) as error:
        read_state_options({}, paths, FILES)
    assert error.value.condition == REQUIRED


def test_a_path_twice_is_refused(checkpoint: str) -> None:
    with pytest.raises(AnalysisError) as error:
        read(checkpoint, path=checkpoint)
    assert error.value.condition == "_LEGACY_ERROR_TEMP_1306"


def test_a_folder_that_is_no_checkpoint_has_no_batch(tmp_path: Path) -> None:
    assert refused(f"{tmp_path}/none", {}) == (UNCOMMITTED, None)


def test_errors_show_the_options_as_spark_does(checkpoint: str) -> None:
    text = str(read(checkpoint, snapshotstartbatchid="1", snapshotpartitionid="0"))
    assert text == (
        f"StateSourceOptions(checkpointLocation=file://{checkpoint}, batchId=2, "
        "operatorId=0, storeName=default, joinSide=none, stateVarName=None, "
        "flattenCollectionTypes=true, snapshotStartBatchId=1, snapshotPartitionId=0)"
    )
    text = str(read(checkpoint, **FEED))
    assert text.endswith("changeStartBatchId=0, changeEndBatchId=2)")
