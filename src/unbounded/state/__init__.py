"""State: what stateful operators remember, in memory and on disk."""

from unbounded.state.array_home import OpenScratch
from unbounded.state.expiry import ExpiryIndex
from unbounded.state.keyed_state import Changes, HashKeys, KeyedState, hash_columns
from unbounded.state.manifest import STATE_FOLDER, state_version
from unbounded.state.row_log import RowLog
from unbounded.state.schema_check import (
    IS_CONSTANT,
    IS_HIDDEN,
    JOIN_KEYS,
    SHOWN_NAME,
    OperatorSchema,
)
from unbounded.state.slots import distinct, ordered_places
from unbounded.state.state_reader import (
    check_version,
    read_changes,
    read_operators,
    read_rows,
)
from unbounded.state.store import StateMetrics, StateSettings, StateStore

__all__ = [
    "IS_CONSTANT",
    "IS_HIDDEN",
    "JOIN_KEYS",
    "SHOWN_NAME",
    "STATE_FOLDER",
    "Changes",
    "ExpiryIndex",
    "HashKeys",
    "KeyedState",
    "OpenScratch",
    "OperatorSchema",
    "RowLog",
    "StateMetrics",
    "StateSettings",
    "StateStore",
    "check_version",
    "distinct",
    "hash_columns",
    "ordered_places",
    "read_changes",
    "read_operators",
    "read_rows",
    "state_version",
]
