"""State formats: the batch sources that look at a query's state, by name.

Their rows are a table made when they are asked for, not SQL over files.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import pyarrow as pa

from unbounded.files import Files
from unbounded.sources.state_metadata import STATE_METADATA_SCHEMA, state_metadata_table
from unbounded.sources.statestore import state_schema, state_table
from unbounded.types import StructType

__all__ = ["STATE_FORMATS", "StateFormat"]


@dataclass(frozen=True, slots=True)
class StateFormat:
    """One such source; its functions take lower-case options and paths.

    `provider` is Spark's class, which errors name.
    """

    provider: str
    schema: Callable[[Mapping[str, str], Sequence[str], Files], StructType]
    table: Callable[[Mapping[str, str], Sequence[str], Files], pa.Table]


STATE_FORMATS: Mapping[str, StateFormat] = {
    "state-metadata": StateFormat(
        "StateMetadataSource",
        lambda options, paths, files: STATE_METADATA_SCHEMA,
        state_metadata_table,
    ),
    "statestore": StateFormat("StateDataSource", state_schema, state_table),
}
