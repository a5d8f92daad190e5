"""Call: what running one plan has at hand."""

from __future__ import annotations

from dataclasses import dataclass

from unbounded.connect.channel import Servicer
from unbounded.connect.conversion import Context
from unbounded.connect.execute import Operation
from unbounded.connect.session_holder import SessionHolder
from unbounded.session import Session

__all__ = ["Call"]


@dataclass(slots=True)
class Call:
    """One execution: whose it is, where its responses go.

    `stays_open` is set by a command whose responses go on after it returned.
    """

    servicer: Servicer
    holder: SessionHolder
    operation: Operation
    stays_open: bool = False

    @property
    def session(self) -> Session:
        return self.holder.session

    @property
    def context(self) -> Context:
        return Context(self.holder)
