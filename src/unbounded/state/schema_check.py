"""Schema check: is the stored state that of this query?

An operator is known again by its kind, its key and value fields (names and
types, not nullability) and its position among its equals; never by its
inputs, so an edited filter keeps its state. Called at a restart, before
anything is read or written.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from unbounded.errors import CheckpointError
from unbounded.state.keyed_state import HashKeys
from unbounded.types import StructField

__all__ = [
    "IS_CONSTANT",
    "IS_HIDDEN",
    "JOIN_KEYS",
    "SHOWN_NAME",
    "OperatorSchema",
    "match_operators",
]

SHOWN_NAME = "unbounded.name"
"""In a field's metadata: what readers call it. Its own name is its identity."""
JOIN_KEYS = "unbounded.joinKeys"
"""In a value field's metadata: of which keys of a join it is the value."""
IS_HIDDEN = "unbounded.isHidden"
"""In a value field's metadata: readers of a join's side do not see it as a value."""
IS_CONSTANT = "unbounded.isConstant"
"""In a key field's metadata: it stands for no key, and readers do not see it."""


@dataclass(frozen=True, slots=True)
class OperatorSchema:
    """One table of an operator's state: what it is called and what a row holds.

    `store_name` tells an operator's tables apart; most have the one, `default`.
    """

    operator_id: int
    kind: str
    key_fields: tuple[StructField, ...]
    value_fields: tuple[StructField, ...]
    hash_keys: HashKeys | None = None
    store_name: str = "default"
    is_log: bool = False
    """Whether its rows are known by their numbers alone, the one key there is."""

    @property
    def identity(self) -> tuple[object, ...]:
        """What must be equal for stored state to be taken up."""
        fields = (_fields(self.key_fields), _fields(self.value_fields))
        return (self.kind, self.store_name, *fields)

    @property
    def is_join_side(self) -> bool:
        """Whether its rows are known by numbers, and shown by the keys of a join."""
        return any(JOIN_KEYS in field.metadata for field in self.value_fields)

    @property
    def shown_keys(self) -> tuple[StructField, ...]:
        """The key fields as readers see them; none of a global operator."""
        return _shown([f for f in self.key_fields if IS_CONSTANT not in f.metadata])

    @property
    def shown_values(self) -> tuple[StructField, ...]:
        """The value fields as readers see them."""
        return _shown(self.value_fields)

    @property
    def label(self) -> str:
        """How errors name it."""
        return f"(OperatorId: {self.operator_id} -> OperatorName: {self.kind})"


def _shown(fields: Sequence[StructField]) -> tuple[StructField, ...]:
    """Fields under the names for readers; where two share one, under their own.

    Names that differ in no more than case are one to a reader, so a number tells
    apart what still shares its name.
    """
    wanted = [f.metadata.get(SHOWN_NAME, f.name) for f in fields]
    folded = [name.lower() for name in wanted]
    shown: list[StructField] = []
    taken: set[str] = set()
    for name, field in zip(wanted, fields, strict=True):
        own = name if folded.count(name.lower()) == 1 else field.name
        numbered = (own, *(f"{own}_{n}" for n in range(2, len(fields) + 2)))
        free = next(each for each in numbered if each.lower() not in taken)
        taken.add(free.lower())
        shown.append(StructField(free, field.data_type, field.nullable))
    return tuple(shown)


def _fields(fields: Sequence[StructField]) -> tuple[tuple[str, str], ...]:
    return tuple((field.name, field.data_type.simple_string) for field in fields)


def match_operators(
    stored: Sequence[OperatorSchema],
    wanted: Sequence[OperatorSchema],
    drop_unmatched: bool,
) -> list[int | None]:
    """For each wanted operator the position of its stored state.

    None where it has none, which only `drop_unmatched` permits.

    Raises:
        CheckpointError: a stored operator has no match, or a wanted one.
    """
    free = list(range(len(stored)))
    matches: list[int | None] = []
    for schema in wanted:
        same = (i for i in free if stored[i].identity == schema.identity)
        match = next(same, None)
        matches.append(match)
        if match is not None:
            free.remove(match)
    if (free or None in matches) and not drop_unmatched:
        new = [s for s, match in zip(wanted, matches, strict=True) if match is None]
        raise _mismatch([stored[i] for i in free], new, stored, wanted)
    return matches


def _mismatch(
    lost: list[OperatorSchema],
    new: list[OperatorSchema],
    stored: Sequence[OperatorSchema],
    wanted: Sequence[OperatorSchema],
) -> CheckpointError:
    """The narrowest true sentence about what does not fit."""
    if len(lost) == len(new) == 1 and lost[0].kind == new[0].kind:
        old, now = lost[0], new[0]
        if _fields(old.key_fields) != _fields(now.key_fields):
            return CheckpointError(
                "STATE_STORE_KEY_SCHEMA_NOT_COMPATIBLE",
                storedKeySchema=_text(old.key_fields),
                newKeySchema=_text(now.key_fields),
            )
        return CheckpointError(
            "STATE_STORE_VALUE_SCHEMA_NOT_COMPATIBLE",
            storedValueSchema=_text(old.value_fields),
            newValueSchema=_text(now.value_fields),
        )
    return CheckpointError(
        "STREAMING_STATEFUL_OPERATOR_NOT_MATCH_IN_STATE_METADATA",
        OpsInMetadataSeq=", ".join(schema.label for schema in stored),
        OpsInCurBatchSeq=", ".join(schema.label for schema in wanted),
    )


def _text(fields: Sequence[StructField]) -> str:
    inner = ",".join(f"{name}:{kind}" for name, kind in _fields(fields))
    return f"struct<{inner}>"
