"""Conversion: what converting a client's message needs to know, and refusals.

Converters are tables from a field's name to a function `(message, context) ->
node`. What no table has is refused by its name, never guessed at.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol

from unbounded.errors import UnsupportedError
from unbounded.plan.relations import Relation
from unbounded.types import StructType

__all__ = ["Context", "SessionView", "refuse", "variant_of"]

_ADVICE = "Express the query another way, or run it on a Spark cluster."


class SessionView(Protocol):
    """What of a session the converters see."""

    def setting(self, key: str) -> str: ...

    def artifact(self, name: str) -> bytes: ...

    def schema(self, relation: Relation) -> StructType: ...


@dataclass(frozen=True, slots=True)
class Context:
    """Handed down every conversion of one plan."""

    session: SessionView

    @property
    def cast_mode(self) -> Any:
        """The mode of a cast that names none."""
        ansi = self.session.setting("spark.sql.ansi.enabled")
        return "ANSI" if ansi == "true" else "LEGACY"


def variant_of(message: Any, oneof: str) -> str:
    """The name of the field that is set, empty if none is."""
    return message.WhichOneof(oneof) or ""


def refuse(kind: str, name: str, advice: str = _ADVICE) -> UnsupportedError:
    """The error for a message that has no converter."""
    return UnsupportedError(
        "UNSUPPORTED_FEATURE",
        feature=f"the {kind} `{name or 'unknown'}`",
        advice=advice,
    )
