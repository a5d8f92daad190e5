"""Execute: running operations, and the responses the client takes from them.

Spark's `ExecuteHolder`. An operation runs in a thread of its own and sends
responses; the client takes them from a stream, and takes up the stream again
after the last response it saw (`ReattachExecute`) until it releases them.

Invariants:
    - a finished operation's last response is `result_complete`, or it failed
    - a response is kept until the client has released it
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from typing import Any, Protocol

from pyspark.sql.connect.proto import base_pb2

from unbounded.connect.status import Failure, handle_failure

__all__ = ["Operation", "OperationState", "Reader", "ResponseIds"]

OperationState = base_pb2.GetStatusResponse.OperationStatus.OperationState


class ResponseIds(Protocol):
    """What every response of a session carries."""

    id: str
    server_id: str

    def new_id(self) -> str: ...


class Reader:
    """Who takes an operation's responses, and may leave while it waits for one."""

    def __init__(self) -> None:
        self.has_left = False
        self.operation: Operation | None = None

    def take_from(self, operation: Operation) -> None:
        """Say whose responses are taken."""
        self.operation = operation

    def leave(self) -> None:
        """Take no more; the wait under way ends at once."""
        self.has_left = True
        if self.operation is not None:
            self.operation.wake()


class Operation:
    """One execution of one plan. Thread-safe."""

    def __init__(
        self, operation_id: str, session: ResponseIds, tags: tuple[str, ...] = ()
    ) -> None:
        self.id = operation_id
        self.tags = tags
        self._session = session
        self._changed = threading.Condition()
        self._responses: list[base_pb2.ExecutePlanResponse] = []
        self._positions: dict[str, int] = {}
        self._released_count = 0
        self._taken_count = 0
        self._is_finished = False
        self._failure: Failure | None = None
        self._is_cancelled = False
        self.reader: threading.Thread | None = None
        self._cancel: Callable[[], None] | None = None

    # --- the side that runs -------------------------------------------------

    def send(self, **fields: Any) -> None:
        """Add a response with these fields."""
        response = base_pb2.ExecutePlanResponse(
            session_id=self._session.id,
            server_side_session_id=self._session.server_id,
            operation_id=self.id,
            response_id=self._session.new_id(),
            **fields,
        )
        with self._changed:
            self._positions[response.response_id] = len(self._positions)
            self._responses.append(response)
            self._changed.notify_all()

    def complete(self, drops_pending: bool = False) -> None:
        """End well, without the responses not taken yet if those are to be dropped.

        Does nothing once the operation has ended.
        """
        if self._is_finished:
            return
        if drops_pending:
            self._drop_pending()
        self.send(result_complete=base_pb2.ExecutePlanResponse.ResultComplete())
        self._finish(None)

    def fail(self, failure: Failure) -> None:
        """End with an error, unless it has ended."""
        if not self._is_finished:
            self._finish(failure)

    def on_start(self, cancel: Callable[[], None]) -> None:
        """Say what stops the work under way; done at once if it is cancelled."""
        with self._changed:
            self._cancel = cancel
            is_cancelled = self._is_cancelled
        if is_cancelled:
            cancel()

    # --- the side that asks -------------------------------------------------

    @property
    def is_finished(self) -> bool:
        return self._is_finished

    @property
    def is_cancelled(self) -> bool:
        return self._is_cancelled

    @property
    def state(self) -> int:
        """Its state, as `GetStatus` answers."""
        if self._is_cancelled:
            return OperationState.OPERATION_STATE_CANCELLED
        if not self._is_finished:
            return OperationState.OPERATION_STATE_RUNNING
        if self._failure is not None:
            return OperationState.OPERATION_STATE_FAILED
        return OperationState.OPERATION_STATE_SUCCEEDED

    def cancel(self) -> bool:
        """Stop the work; False if it had ended."""
        with self._changed:
            if self._is_finished:
                return False
            self._is_cancelled = True
            cancel = self._cancel
        if cancel is not None:
            cancel()
        return True

    def responses(
        self, after_id: str = "", reader: Reader | None = None
    ) -> Iterator[base_pb2.ExecutePlanResponse]:
        """The responses after that one, as they come, and then the error if any.

        Args:
            reader: ends the responses when it leaves.

        Raises:
            Failure: the operation failed, or the response is not known any more.
        """
        reader = reader or Reader()
        reader.take_from(self)
        position = self._position_after(after_id)
        while True:
            self.reader = threading.current_thread()
            with self._changed:
                while not (self._has(position) or self._is_finished or reader.has_left):
                    self._changed.wait()
                if reader.has_left:
                    return
                if not self._has(position):
                    break
                response = self._responses[position - self._released_count]
                position += 1
                self._taken_count = max(self._taken_count, position)
            yield response
        if self._failure is not None:
            raise self._failure

    def wake(self) -> None:
        """Let those who wait for responses look again."""
        with self._changed:
            self._changed.notify_all()

    def release_until(self, response_id: str) -> None:
        """Forget the responses up to that one."""
        with self._changed:
            count = self._positions.get(response_id, -1) + 1 - self._released_count
            if count > 0:
                del self._responses[:count]
                self._released_count += count

    def _has(self, position: int) -> bool:
        return position - self._released_count < len(self._responses)

    def _position_after(self, response_id: str) -> int:
        with self._changed:
            if not response_id:
                return self._released_count
            position = self._positions.get(response_id, -1) + 1
            if position and position >= self._released_count:
                return position
        raise handle_failure(
            "INVALID_CURSOR.POSITION_NOT_AVAILABLE",
            f"What follows the response {response_id} has been released.",
        )

    def _drop_pending(self) -> None:
        """Forget the responses that no one has taken yet."""
        with self._changed:
            first = self._taken_count - self._released_count
            for response in self._responses[first:]:
                del self._positions[response.response_id]
            del self._responses[first:]

    def _finish(self, failure: Failure | None) -> None:
        with self._changed:
            self._failure = failure
            self._is_finished = True
            self._changed.notify_all()
