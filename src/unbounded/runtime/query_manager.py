"""Query manager: the streaming queries of one session.

Spark's `StreamingQueryManager`. Stopped queries stay known, so that their last
progress and error can still be asked for.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from unbounded.errors import CheckpointError, IllegalArgumentError, QueryError
from unbounded.runtime.query_definition import QueryDefinition, QueryServices
from unbounded.runtime.streaming_query import StreamingQuery

__all__ = ["StreamingQueryManager"]

# Of the queries that ended, so many are remembered; Spark forgets by the hour.
_ENDED_KEPT = 100
_STOPS_ACTIVE_RUN = "spark.sql.streaming.stopActiveRunOnRestart"


class StreamingQueryManager:
    """Starts a session's queries and finds them again."""

    def __init__(self, services: QueryServices) -> None:
        self._services = services
        self._changed = threading.Condition()
        self._active: dict[str, StreamingQuery] = {}
        self._starting: set[str] = set()
        self._ended: dict[tuple[str, str], StreamingQuery] = {}
        self._ended_since_reset: list[StreamingQuery] = []

    def start(self, definition: QueryDefinition) -> StreamingQuery:
        """Begin a query; a run of the same checkpoint in this session is stopped first.

        Raises:
            IllegalArgumentError: a query of that name is active.
            UnsupportedError, CheckpointError: it can't be begun.
        """
        with self._reserved(definition.name):
            previous = self._running_at(definition.checkpoint_location)
            if previous is not None:
                if definition.confs.get(_STOPS_ACTIVE_RUN) == "false":
                    raise CheckpointError(
                        "CHECKPOINT_IN_USE",
                        checkpointLocation=definition.checkpoint_location,
                    )
                previous.stop()
            query = StreamingQuery(definition, self._services, self._forget_active)
            with self._changed:
                self._active[query.id] = query
        query.start()
        return query

    def active(self) -> list[StreamingQuery]:
        """The queries that run, in the order they were started."""
        with self._changed:
            return list(self._active.values())

    def ended(self) -> list[StreamingQuery]:
        """Those of the runs that ended which are still known, the oldest first."""
        with self._changed:
            return list(self._ended.values())

    def get(self, query_id: str) -> StreamingQuery | None:
        """The active query of that id."""
        with self._changed:
            return self._active.get(query_id)

    def find(self, query_id: str, run_id: str) -> StreamingQuery | None:
        """That run of that query, active or ended."""
        with self._changed:
            query = self._active.get(query_id)
            if query is not None and query.run_id == run_id:
                return query
            return self._ended.get((query_id, run_id))

    def await_any_termination(self, timeout_ms: float | None = None) -> bool:
        """Wait until a query has ended since the last `reset_terminated`.

        Raises:
            QueryError: it ended with an error.
        """
        timeout = None if timeout_ms is None else timeout_ms / 1000
        with self._changed:
            self._changed.wait_for(lambda: bool(self._ended_since_reset), timeout)
            ended = list(self._ended_since_reset)
        failure = _first_failure(ended)
        if failure is not None:
            raise failure
        return bool(ended)

    def reset_terminated(self) -> None:
        """Forget which queries have ended, for `await_any_termination`."""
        with self._changed:
            self._ended_since_reset.clear()

    def stop_all(self) -> None:
        """Stop every query, and wait for each."""
        for query in self.active():
            query.stop()

    @contextmanager
    def _reserved(self, name: str | None) -> Iterator[None]:
        """Keep a name from other starts until its query is among the active ones."""
        if name is None:
            yield
            return
        with self._changed:
            if name in self._starting or name in {
                query.name for query in self._active.values()
            }:
                raise IllegalArgumentError("STREAMING_QUERY_NAME_IN_USE", name=name)
            self._starting.add(name)
        try:
            yield
        finally:
            with self._changed:
                self._starting.discard(name)

    def _running_at(self, checkpoint_location: str) -> StreamingQuery | None:
        for query in self.active():
            if query.definition.checkpoint_location == checkpoint_location:
                return query
        return None

    def _forget_active(self, query: StreamingQuery) -> None:
        with self._changed:
            if self._active.get(query.id) is query:
                del self._active[query.id]
            self._ended[query.id, query.run_id] = query
            while len(self._ended) > _ENDED_KEPT:
                del self._ended[next(iter(self._ended))]
            self._ended_since_reset.append(query)
            self._changed.notify_all()


def _first_failure(queries: list[StreamingQuery]) -> QueryError | None:
    errors = (query.exception for query in queries)
    return next((error for error in errors if error is not None), None)
