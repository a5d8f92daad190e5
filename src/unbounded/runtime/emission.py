"""Emission: what of an operator's changes leaves, by output mode.

The one place that knows the three modes. Append: rows of keys that are final,
once. Update: rows of keys touched in this batch. Complete: the whole result.
"""

from __future__ import annotations

from dataclasses import dataclass

import pyarrow as pa

from unbounded.operators import Changes
from unbounded.plan.commands import OutputMode

__all__ = ["Emission", "emission_of"]


@dataclass(frozen=True, slots=True)
class Emission:
    """An output mode, as the operators and the batch see it.

    Complete mode keeps all state: nothing is dropped as late, nothing evicted,
    and a watermark that moves asks for no batch. In append mode an operator hands
    another one what is final; in the other two, each change as a revision.
    """

    output_mode: OutputMode
    evicts: bool
    follows_watermark: bool
    revises: bool

    def rows(self, changes: Changes) -> pa.Table:
        """The rows to hand on; the operator's state is not changed by it."""
        match self.output_mode:
            case "append":
                return changes.final()
            case "update":
                return changes.updated()
            case "complete":
                return changes.snapshot()


def emission_of(output_mode: OutputMode) -> Emission:
    """The rules of `output_mode`."""
    is_partial = output_mode != "complete"
    return Emission(
        output_mode,
        evicts=is_partial,
        follows_watermark=is_partial,
        revises=output_mode != "append",
    )
