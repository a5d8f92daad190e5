"""Client plans: the session and the plan behind a client's DataFrame, in this process.

For `unbounded.testing`, which runs a query without a server in between.
"""

from __future__ import annotations

from typing import Any

from unbounded.connect.client_changes import channel_of
from unbounded.connect.conversion import Context
from unbounded.connect.relations import convert_relation
from unbounded.connect.requests import operation_of
from unbounded.connect.session_holder import SessionHolder
from unbounded.errors import UnsupportedError
from unbounded.plan.relations import Relation
from unbounded.session import Session

__all__ = ["plan_of", "session_of"]


def session_of(spark: Any) -> Session:
    """The session that a client's session stands for.

    Raises:
        UnsupportedError: it is another process's.
    """
    return _holder_of(spark).session


def plan_of(frame: Any) -> Relation:
    """The plan of a client's DataFrame, unresolved.

    Raises:
        UnsupportedError: it is another process's, or has no form here.
    """
    spark = frame.sparkSession
    _, message = operation_of(frame._plan.to_proto(spark._client))
    return convert_relation(message, Context(_holder_of(spark)))


def _holder_of(spark: Any) -> SessionHolder:
    channel = channel_of(spark)
    if channel is None:
        raise UnsupportedError(
            "UNSUPPORTED_FEATURE",
            feature="a test of a remote session",
            advice="Make the session with unbounded.connect().",
        )
    request = spark._client._execute_plan_request_with_metadata()
    holders: Any = channel.servicer.holders  # type: ignore[attr-defined]
    holder: SessionHolder = holders.get(request)
    return holder
