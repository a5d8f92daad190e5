"""State store: the state of a query as rows, `spark.read.format("statestore")`.

A batch source under Spark's options and columns, over a checkpoint whose query may
be running: it takes no lock and reads the last committed batch, whole. Spark's
`StateDataSource`.

    key          struct of the key's fields     what an operator groups by, or joins on
    value        struct of the value's fields   what it keeps for the key; null in a
                                                change feed's deletes
    partition_id int                            0: the state has one partition

A change feed has `batch_id` and `change_type`, `update` or `delete`, before them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import pyarrow as pa

from unbounded.checkpoint import to_uri
from unbounded.errors import CheckpointError, ExecutionError
from unbounded.files import Files
from unbounded.sources.state_options import StateOptions, read_state_options
from unbounded.state import (
    IS_CONSTANT,
    IS_HIDDEN,
    JOIN_KEYS,
    STATE_FOLDER,
    OperatorSchema,
    read_changes,
    read_operators,
    read_rows,
    state_version,
)
from unbounded.types import (
    IntegerType,
    LongType,
    NullType,
    StringType,
    StructField,
    StructType,
    to_arrow,
)

__all__ = ["state_schema", "state_table"]

_ATTEMPTS_MAX = 100
_TRANSFORM = "transformWithState"
_DUMMY = StructField("__dummy__", NullType())
"""What Spark keeps where there is nothing to keep."""
_CHANGE_FIELDS = (
    StructField("batch_id", LongType()),
    StructField("change_type", StringType()),
)
_PARTITION = StructField("partition_id", IntegerType())


def state_schema(
    options: Mapping[str, str], paths: Sequence[str], files: Files
) -> StructType:
    """The columns of the state that the options name.

    Raises:
        ExecutionError: an option is wrong, or there is no such state.
        CheckpointError: the state is damaged.
    """
    return _view(read_state_options(options, paths, files), files).schema


def state_table(
    options: Mapping[str, str], paths: Sequence[str], files: Files
) -> pa.Table:
    """The rows of the state that the options name, columns as in `state_schema`.

    The last committed batch may be gone before it is read, where a query keeps few;
    then it is another one.

    Raises:
        ExecutionError, CheckpointError: as `state_schema`; the batch is not kept.
    """
    for _ in range(_ATTEMPTS_MAX):
        chosen = read_state_options(options, paths, files)
        try:
            return _read(chosen, files)
        except CheckpointError as error:
            if error.condition != "STATE_VERSION_NOT_FOUND" or not chosen.is_latest:
                raise
            if read_state_options(options, paths, files) == chosen:
                raise
    return _read(read_state_options(options, paths, files), files)


@dataclass(frozen=True, slots=True)
class _View:
    """One table of state, as a reader is shown it.

    `key_places` and `value_places` are those of its columns among the stored ones.
    """

    operator: OperatorSchema
    key: StructType
    key_places: tuple[int, ...]
    value: StructType
    value_places: tuple[int, ...]
    has_changes: bool

    @property
    def schema(self) -> StructType:
        """All columns."""
        fields = (
            *(_CHANGE_FIELDS if self.has_changes else ()),
            StructField("key", self.key),
            StructField("value", self.value),
            _PARTITION,
        )
        return StructType(fields)


def _view(options: StateOptions, files: Files) -> _View:
    operators = read_operators(files, f"{options.path}/{STATE_FOLDER}")
    operator = _pick(options, operators)
    _check_transform(options, operator)
    has_changes = options.change_start is not None
    if options.join_side != "none" and operator.is_join_side:
        return _join_side(operator, has_changes)
    stored = operator.key_fields
    keys = tuple(n for n, f in enumerate(stored) if IS_CONSTANT not in f.metadata)
    values = range(len(stored), len(stored) + len(operator.value_fields))
    return _View(
        operator,
        StructType(operator.shown_keys),
        keys,
        StructType(operator.shown_values or (_DUMMY,)),
        tuple(values),
        has_changes,
    )


def _join_side(operator: OperatorSchema, has_changes: bool) -> _View:
    """A join's side by its keys, as Spark shows it, and not by the rows' numbers."""
    first = len(operator.key_fields)
    keys: dict[int, int] = {}
    values = []
    for place, field in enumerate(operator.value_fields, first):
        keys.update(dict.fromkeys(field.metadata.get(JOIN_KEYS, ()), place))
        if IS_HIDDEN not in field.metadata:
            values.append(place)
    shown = operator.shown_values
    key_fields = [
        StructField(
            f"field{number}", operator.value_fields[keys[number] - first].data_type
        )
        for number in sorted(keys)
    ]
    return _View(
        operator,
        StructType(tuple(key_fields)),
        tuple(keys[number] for number in sorted(keys)),
        StructType(tuple(shown[place - first] for place in values) or (_DUMMY,)),
        tuple(values),
        has_changes,
    )


def _pick(options: StateOptions, operators: Sequence[OperatorSchema]) -> OperatorSchema:
    """The table of state that is meant; of a join's side the one with its rows."""
    own = [o for o in operators if o.operator_id == options.operator_id]
    side = options.join_side
    if side == "none":
        found = [o for o in own if o.store_name == options.store_name]
    else:
        found = [o for o in own if o.store_name.partition("-")[0] == side]
    if not found:
        raise ExecutionError(
            "STDS_FAILED_TO_READ_STATE_SCHEMA",
            sourceOptions=options,
            known=", ".join(f"{o.operator_id}/{o.store_name}" for o in operators)
            or "none",
        )
    return max(found, key=lambda operator: len(operator.value_fields))


def _check_transform(options: StateOptions, operator: OperatorSchema) -> None:
    if operator.kind.startswith(_TRANSFORM):
        return
    name, said = "stateVarName", "Providing state variable names"
    if options.reads_timers:
        name, said = "readRegisteredTimers", "Providing readRegisteredTimers=true"
    elif options.state_variable is None:
        return
    raise ExecutionError(
        "STDS_INVALID_OPTION_VALUE.WITH_MESSAGE",
        optionName=name,
        message=f"{said} is only supported with the {_TRANSFORM} operator. Found "
        f"operator={operator.kind}. Please remove this option and re-run the query.",
    )


def _read(options: StateOptions, files: Files) -> pa.Table:
    view = _view(options, files)
    folder = f"{options.path}/{STATE_FOLDER}"
    last = state_version(options.batch_id)
    batches: list[pa.RecordBatch] = []
    if options.change_start is None:
        start = _start_version(options)
        rows = read_rows(files, folder, last, view.operator, start)
        batches += _rows(view, rows)
    else:
        first = state_version(options.change_start)
        for change in read_changes(files, folder, first, last, view.operator):
            batches += _changes(view, *change)
    return pa.Table.from_batches(batches, _arrow_schema(view))


def _start_version(options: StateOptions) -> int | None:
    if options.snapshot is None:
        return None
    start, partition = options.snapshot
    if partition != 0:
        raise ExecutionError(
            "CANNOT_LOAD_STATE_STORE.SNAPSHOT_PARTITION_ID_NOT_FOUND",
            snapshotPartitionId=partition,
            operatorId=options.operator_id,
            checkpointLocation=f"{to_uri(options.path)}/{STATE_FOLDER}",
        )
    return state_version(start)


def _arrow_schema(view: _View) -> pa.Schema:
    return pa.schema([(f.name, to_arrow(f.data_type)) for f in view.schema.fields])


def _rows(view: _View, table: pa.Table) -> Iterator[pa.RecordBatch]:
    """Batch by batch, as a column of text may be too large for one array."""
    schema = _arrow_schema(view)
    for batch in table.to_batches():
        keys, values = _halves(view, batch)
        arrays = [keys, values, _partition(batch)]
        yield pa.RecordBatch.from_arrays(arrays, schema=schema)


def _changes(
    view: _View, version: int, is_removal: bool, table: pa.Table
) -> Iterator[pa.RecordBatch]:
    schema = _arrow_schema(view)
    batch_id = pa.scalar(version - 1, pa.int64())
    change_type = pa.scalar("delete" if is_removal else "update")
    for batch in table.to_batches():
        keys, values = _halves(view, batch)
        if is_removal:
            values = pa.nulls(batch.num_rows, values.type)
        said = (pa.repeat(scalar, batch.num_rows) for scalar in (batch_id, change_type))
        arrays = [*said, keys, values, _partition(batch)]
        yield pa.RecordBatch.from_arrays(arrays, schema=schema)


def _halves(view: _View, batch: pa.RecordBatch) -> tuple[pa.Array, pa.Array]:
    """The keys and the values of stored rows, each as one struct."""
    keys = [batch.column(place) for place in view.key_places]
    values = [batch.column(place) for place in view.value_places]
    values = values or [pa.nulls(batch.num_rows)]
    return _struct(view.key, keys, batch), _struct(view.value, values, batch)


def _struct(
    kind: StructType, columns: Sequence[pa.Array], batch: pa.RecordBatch
) -> pa.Array:
    arrow_type = to_arrow(kind)
    if not columns:
        return pa.Array.from_buffers(arrow_type, batch.num_rows, [None])
    return pa.StructArray.from_arrays(columns, fields=list(arrow_type))


def _partition(batch: pa.RecordBatch) -> pa.Array:
    return pa.repeat(pa.scalar(0, pa.int32()), batch.num_rows)
