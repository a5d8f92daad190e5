"""State options: which state `spark.read.format("statestore")` asks for.

Spark's `StateSourceOptions`: the same options with the same defaults, checked in
the same order under the same conditions, though a number that is none is refused
here under one of them too, and not as Java does.

| option | meaning | default |
|---|---|---|
| `path` | the checkpoint location | required |
| `batchId` | the state after this batch | the last committed |
| `operatorId` | Spark's number of the operator, from the sink down | 0 |
| `storeName` | which of the operator's tables of state | `default` |
| `joinSide` | `left` or `right`: the rows a join keeps of that side | `none` |
| `snapshotStartBatchId`, `snapshotPartitionId` | begin with this batch's state | – |
| `readChangeFeed` | what each batch changed, in place of what there is | `false` |
| `changeStartBatchId`, `changeEndBatchId` | the first and last batch of it | –, last |
| `stateVarName`, `readRegisteredTimers` | of `transformWithState` alone | – |
| `flattenCollectionTypes` | of `transformWithState` alone, so no matter | `true` |
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal as OneOf

from unbounded.checkpoint import CommitLog, OffsetLog, to_uri
from unbounded.errors import AnalysisError, ExecutionError
from unbounded.files import Files
from unbounded.sources.path_patterns import absolute_paths

__all__ = ["JoinSide", "StateOptions", "checkpoint_path", "read_state_options"]

JoinSide = OneOf["left", "right", "none"]

_WHOLE_NUMBER = re.compile(r"[+-]?[0-9]+")
_DEFAULT_STORE = "default"
_JOIN_SIDES: Mapping[str, JoinSide] = {"left": "left", "right": "right", "none": "none"}


@dataclass(frozen=True, slots=True)
class StateOptions:
    """The options, checked; `change_start` is None where no change feed is read."""

    path: str
    batch_id: int
    is_latest: bool
    operator_id: int
    store_name: str
    join_side: JoinSide
    snapshot: tuple[int, int] | None
    """A batch to begin with, and a partition."""
    change_start: int | None
    state_variable: str | None
    reads_timers: bool
    flattens: bool

    def __str__(self) -> str:
        """Spark's text of them, in errors."""
        text = (
            f"StateSourceOptions(checkpointLocation={to_uri(self.path)}, "
            f"batchId={self.batch_id}, operatorId={self.operator_id}, "
            f"storeName={self.store_name}, joinSide={self.join_side}, "
            f"stateVarName={self.state_variable}, "
            f"flattenCollectionTypes={str(self.flattens).lower()}"
        )
        if self.snapshot is not None:
            text += f", snapshotStartBatchId={self.snapshot[0]}"
            text += f", snapshotPartitionId={self.snapshot[1]}"
        if self.change_start is not None:
            text += f", changeStartBatchId={self.change_start}"
            text += f", changeEndBatchId={self.batch_id}"
        return text + ")"


def checkpoint_path(options: Mapping[str, str], paths: Sequence[str]) -> str | None:
    """The one path that is given, absolute; None if there is none, or several.

    Raises:
        AnalysisError: one is given as an option and one to `load`.
    """
    if paths and "path" in options:
        raise AnalysisError(
            "_LEGACY_ERROR_TEMP_1306",
            config="spark.sql.legacy.pathOptionBehavior.enabled",
        )
    found = (*paths, *([options["path"]] if "path" in options else []))
    return absolute_paths(found)[0] if len(found) == 1 else None


def read_state_options(
    options: Mapping[str, str], paths: Sequence[str], files: Files
) -> StateOptions:
    """Check the options against each other and against the checkpoint's logs.

    Args:
        options: lower-case keys.

    Raises:
        ExecutionError: under Spark's `STDS_` conditions.
    """
    path = checkpoint_path(options, paths)
    if path is None:
        raise _required("path")
    operator_id = _operator_id(options)
    store_name = options.get("storename", _DEFAULT_STORE).strip()
    if not store_name:
        raise ExecutionError(
            "STDS_INVALID_OPTION_VALUE.IS_EMPTY", optionName="storeName"
        )
    state_variable = options.get("statevarname")
    reads_timers = _boolean(options, "readRegisteredTimers", False)
    if reads_timers and state_variable is not None:
        raise _conflict("readRegisteredTimers", "stateVarName")
    flattens = _boolean(options, "flattenCollectionTypes", True)
    join_side = _join_side(options, store_name)
    change_start, wanted = _batches(options, join_side)
    batch_id = _committed(path, files, wanted)
    if change_start is not None:
        _check_changes(change_start, batch_id)
    snapshot = None if change_start is not None else _snapshot(options, batch_id)
    _check_offsets(path, files, batch_id)
    return StateOptions(
        path=path,
        batch_id=batch_id,
        is_latest=wanted is None,
        operator_id=operator_id,
        store_name=store_name,
        join_side=join_side,
        snapshot=snapshot,
        change_start=change_start,
        state_variable=None if state_variable is None else state_variable.strip(),
        reads_timers=reads_timers,
        flattens=flattens,
    )


def _operator_id(options: Mapping[str, str]) -> int:
    operator_id = _number(options, "operatorId")
    if operator_id is not None and operator_id < 0:
        raise _negative("operatorId")
    return operator_id or 0


def _join_side(options: Mapping[str, str], store_name: str) -> JoinSide:
    side = _JOIN_SIDES.get(options.get("joinside", "none"))
    if side is None:
        raise _wrong("joinSide", "Valid values are left,right,none")
    if side != "none" and store_name != _DEFAULT_STORE:
        raise _conflict("joinSide", "storeName")
    return side


def _batches(
    options: Mapping[str, str], join_side: JoinSide
) -> tuple[int | None, int | None]:
    """The first batch of a change feed, and the batch at whose end to look."""
    batch_id = _number(options, "batchId")
    start = _number(options, "changeStartBatchId")
    end = _number(options, "changeEndBatchId")
    if not _boolean(options, "readChangeFeed", False):
        for name, value in (("changeStartBatchId", start), ("changeEndBatchId", end)):
            if value is not None:
                raise _wrong(
                    name, "Only specify this option when readChangeFeed is set to true."
                )
        if batch_id is not None and batch_id < 0:
            raise _negative("batchId")
        return None, batch_id
    if join_side != "none":
        raise _conflict("joinSide", "readChangeFeed")
    for name in ("batchId", "snapshotStartBatchId", "snapshotPartitionId"):
        if name.lower() in options:
            raise _conflict(name, "readChangeFeed")
    if start is None:
        raise _required("changeStartBatchId")
    return start, end


def _check_changes(start: int, end: int) -> None:
    if start < 0:
        raise _negative("changeStartBatchId")
    if end < start:
        raise _wrong(
            "changeEndBatchId",
            "changeEndBatchId cannot be smaller than changeStartBatchId. Please check "
            "the input to changeEndBatchId, or if you are using its default value, "
            f"make sure that changeStartBatchId is less than {end}.",
        )


def _snapshot(options: Mapping[str, str], batch_id: int) -> tuple[int, int] | None:
    start = _number(options, "snapshotStartBatchId")
    partition = _number(options, "snapshotPartitionId")
    if start is not None and start < 0:
        raise _negative("snapshotStartBatchId")
    if start is not None and start > batch_id:
        raise _wrong(
            "snapshotStartBatchId", f"value should be less than or equal to {batch_id}"
        )
    if partition is not None and partition < 0:
        raise _negative("snapshotPartitionId")
    if start is not None and partition is not None:
        return start, partition
    if start is not None:
        raise _required("snapshotPartitionId")
    if partition is not None:
        raise _required("snapshotStartBatchId")
    return None


def _committed(path: str, files: Files, wanted: int | None) -> int:
    """The batch wanted, which must be done; the last one if none is."""
    done = CommitLog(files, f"{path}/commits").ids()
    if not done or (wanted is not None and wanted > done[-1]):
        raise ExecutionError(
            "STDS_COMMITTED_BATCH_UNAVAILABLE", checkpointLocation=to_uri(path)
        )
    return done[-1] if wanted is None else wanted


def _check_offsets(path: str, files: Files, batch_id: int) -> None:
    if OffsetLog(files, f"{path}/offsets").get(batch_id) is None:
        raise ExecutionError(
            "STDS_OFFSET_LOG_UNAVAILABLE",
            batchId=batch_id,
            checkpointLocation=to_uri(path),
        )


def _number(options: Mapping[str, str], name: str) -> int | None:
    text = options.get(name.lower())
    if text is None:
        return None
    if _WHOLE_NUMBER.fullmatch(text) is None:
        raise _wrong(name, f"A whole number is expected, not {text!r}")
    return int(text)


def _boolean(options: Mapping[str, str], name: str, default: bool) -> bool:
    text = options.get(name.lower())
    if text is None:
        return default
    if text.lower() not in ("true", "false"):
        raise _wrong(name, "Boolean value is expected")
    return text.lower() == "true"


def _required(name: str) -> ExecutionError:
    return ExecutionError("STDS_REQUIRED_OPTION_UNSPECIFIED", optionName=name)


def _conflict(*names: str) -> ExecutionError:
    quoted = ", ".join(f"'{name}'" for name in names)
    return ExecutionError("STDS_CONFLICT_OPTIONS", options=f"[{quoted}]")


def _negative(name: str) -> ExecutionError:
    return ExecutionError("STDS_INVALID_OPTION_VALUE.IS_NEGATIVE", optionName=name)


def _wrong(name: str, message: str) -> ExecutionError:
    return ExecutionError(
        "STDS_INVALID_OPTION_VALUE.WITH_MESSAGE", optionName=name, message=message
    )
