"""State: what stateful operators remember, in memory and on disk."""

from unbounded.state.expiry import ExpiryIndex
from unbounded.state.keyed_state import Changes, HashKeys, KeyedState, hash_columns

__all__ = ["Changes", "ExpiryIndex", "HashKeys", "KeyedState", "hash_columns"]
