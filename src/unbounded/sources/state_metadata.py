"""State metadata: what states a checkpoint has, `spark.read.format("state-metadata")`.

One row a table of state, under Spark's columns; read from the manifest and the
commit log, while the query runs or not. Spark's `StateMetadataSource`.

    operatorId operatorName stateStoreName    what `statestore` is asked for
    numPartitions                             1: a state is not split
    minBatchId maxBatchId                     the batches in the commit log, -1: none
    operatorProperties                        null
    _numColsPrefixKey                         hidden: the leading fields of a session's
                                              key that it shares with others, else 0
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pyarrow as pa

from unbounded.checkpoint import CommitLog
from unbounded.errors import ExecutionError
from unbounded.files import Files
from unbounded.sources.state_options import checkpoint_path
from unbounded.state import STATE_FOLDER, OperatorSchema, read_operators
from unbounded.types import (
    HIDDEN_COLUMN,
    IntegerType,
    LongType,
    StringType,
    StructField,
    StructType,
    to_arrow,
)

__all__ = ["STATE_METADATA_SCHEMA", "state_metadata_table"]

STATE_METADATA_SCHEMA = StructType(
    (
        StructField("operatorId", LongType()),
        StructField("operatorName", StringType()),
        StructField("stateStoreName", StringType()),
        StructField("numPartitions", IntegerType()),
        StructField("minBatchId", LongType()),
        StructField("maxBatchId", LongType()),
        StructField("operatorProperties", StringType()),
        StructField("_numColsPrefixKey", IntegerType(), True, {HIDDEN_COLUMN: True}),
    )
)
_SESSION_START = "sessionStartTime"


def state_metadata_table(
    options: Mapping[str, str], paths: Sequence[str], files: Files
) -> pa.Table:
    """A row for each table of state; none where there is no checkpoint.

    Raises:
        ExecutionError: no path is given.
        CheckpointError: the state is damaged.
    """
    path = checkpoint_path(options, paths)
    if path is None:
        raise ExecutionError("STDS_REQUIRED_OPTION_UNSPECIFIED", optionName="path")
    done = CommitLog(files, f"{path}/commits").ids() or [-1]
    operators = read_operators(files, f"{path}/{STATE_FOLDER}")
    rows = [
        (
            operator.operator_id,
            operator.kind,
            operator.store_name,
            1,
            done[0],
            done[-1],
            None,
            _prefix_length(operator),
        )
        for operator in sorted(operators, key=lambda o: (o.operator_id, o.store_name))
    ]
    columns = zip(*rows, strict=True) if rows else [()] * len(_FIELDS)
    arrays = [
        pa.array(values, to_arrow(field.data_type))
        for values, field in zip(columns, _FIELDS, strict=True)
    ]
    return pa.Table.from_arrays(arrays, names=[field.name for field in _FIELDS])


_FIELDS = STATE_METADATA_SCHEMA.fields


def _prefix_length(operator: OperatorSchema) -> int:
    """Sessions are looked up by their key without its last field, their start."""
    names = [field.name for field in operator.shown_keys]
    return names.index(_SESSION_START) if _SESSION_START in names else 0
