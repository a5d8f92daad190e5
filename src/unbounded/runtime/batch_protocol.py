"""Batch protocol: what is durably written before what, and what a crash means.

The one place that states the order. It is Spark's, so that either engine can
go on from what the other left:

    1  sources/i/K       a source's own log names the files of the batch
    2  offsets/N         the batch's end offsets, its watermark and timestamp
    3  state N+1         the operators' changes, one segment (`_unbounded/state`)
    4  sink log N        the sink's commit; its data files are written before
    5  commits/N         the batch is done

Every act is atomic. A crash leaves a prefix of them, and the restart does this:

    after 1   the files are in the source's log, and no batch names them: the next
              `latest_offset` starts after them and offsets/N covers them too
    after 2   batch N is run again, from the same offsets, with the same timestamp
    after 3   batch N is run again from state N; a new attempt begins, and the
              segment of the first counts no more
    after 4   batch N is run again; a file sink skips it, as its log has N; other
              sinks get the same rows under the same batch id once more
    after 5   batch N+1 is next

A run that goes on first makes durable what it finds (`files.adopt`): a killed
process may have linked a name and not synced it, and what is built on that name
must not outlive it when the power fails next.

What is deleted goes after 5: older log entries and state versions, and the parts
of the complete-mode sink that no kept batch names.
"""

from __future__ import annotations

from collections.abc import Sequence

from unbounded.checkpoint import CommitLog, CommitMetadata, OffsetLog, OffsetSeq
from unbounded.errors import CheckpointError
from unbounded.sinks import Sink
from unbounded.sources import Source
from unbounded.state import StateStore, state_version

__all__ = ["BatchProtocol"]


class BatchProtocol:
    """The durable steps of one query, in their order.

    Args:
        min_batches_to_retain: how many batches back a query can be recovered.
    """

    def __init__(
        self,
        offset_log: OffsetLog,
        commit_log: CommitLog,
        store: StateStore | None,
        sink: Sink,
        min_batches_to_retain: int,
    ) -> None:
        self._offset_log = offset_log
        self._commit_log = commit_log
        self._store = store
        self._sink = sink
        self._min_batches_to_retain = min_batches_to_retain

    def plan_batch(self, batch_id: int, offsets: OffsetSeq) -> None:
        """Step 2. The sources have done step 1 when they named these offsets."""
        if not self._offset_log.add(batch_id, offsets):
            raise CheckpointError("CONCURRENT_STREAM_LOG_UPDATE", batchId=batch_id)

    def commit_state(self, batch_id: int) -> None:
        """Step 3, once the sink has been handed the rows."""
        if self._store is not None:
            self._store.commit(state_version(batch_id))

    def commit_sink(self, batch_id: int) -> None:
        """Step 4."""
        self._sink.commit(batch_id)

    def finish_batch(self, batch_id: int, next_watermark_ms: int) -> None:
        """Step 5."""
        self._commit_log.add(batch_id, CommitMetadata(next_watermark_ms))

    def clean_up(self, batch_id: int, sources: Sequence[tuple[Source, str]]) -> None:
        """Drop what no recovery needs any more, once `batch_id` is done.

        Args:
            sources: each source with the offset up to which it is done.
        """
        for source, offset in sources:
            source.commit(offset)
        self._sink.after_commit(batch_id)
        oldest = batch_id - self._min_batches_to_retain + 1
        if oldest > 0:
            self._offset_log.purge_before(oldest)
            self._commit_log.purge_before(oldest)
            if self._store is not None:
                self._store.purge(state_version(oldest - 1))
