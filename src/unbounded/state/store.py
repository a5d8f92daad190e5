"""State store: the state of a query's operators, durable version by version.

Opened once a query start; owned by the query's thread, but for `compact`, which a
maintenance thread may call at any time. Operators change their `KeyedState` in
memory; `commit` makes the batch's changes durable as one segment.

Durable steps, and what a crash after each leaves:

    open     manifest replaced      the next attempt; segments of versions above
                                    the opened one count no more
             leftovers deleted      nothing that counts
    commit   segment written        a file, whole or torn, that no one asks for
             segment synced         the version. It is asked for only if the query's
                                    commit log has the batch; else the next open
                                    takes a new attempt and the file is a leftover
    compact  merged segment synced  a leftover until the manifest names it
             manifest replaced      recovery reads the merged one; its inputs stay for
                                    the older versions that need them
    purge    manifest replaced      the old versions are gone
             segments deleted       nothing that counts

A commit is one sync: of the file and its folder entry. It writes no manifest,
as the manifest's attempt already says which new segments will count.

Invariants:
    - a segment's name is written once
    - the manifest never names a segment that is not durable
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from unbounded.files import Files
from unbounded.memory import MemoryAccount
from unbounded.state.array_home import OpenScratch
from unbounded.state.compaction import merge_blocks, plan_compaction
from unbounded.state.keyed_state import KeyedState
from unbounded.state.manifest import (
    Manifest,
    StoredOperator,
    cover,
    covers_kept,
    manifest_at,
)
from unbounded.state.net_rows import NetRows
from unbounded.state.row_log import RowLog
from unbounded.state.schema_check import OperatorSchema, match_operators
from unbounded.state.segment import (
    Block,
    SegmentEncoding,
    SegmentReader,
    arrow_schema,
    open_readers,
    segment_name,
    sequences_of,
    tombstone_batch,
    upsert_batch,
)

__all__ = ["OpenAccount", "StateMetrics", "StateSettings", "StateStore"]

OpenAccount = Callable[[str], MemoryAccount]
"""Makes the account of the memory that an operator of that kind holds."""


@dataclass(frozen=True, slots=True)
class StateSettings:
    """What a user may set."""

    drop_unmatched_operators: bool = False
    """Throw away stored state that no operator matches, and let new ones start."""
    purge_segments_min: int = 16
    """Purge when at least so many segments can go: one manifest for all of them."""


@dataclass(frozen=True, slots=True)
class StateMetrics:
    """What progress reports of one operator, as of the last commit."""

    rows_total: int
    rows_updated: int
    rows_removed: int
    memory_bytes: int
    mapped_bytes: int = 0


class StateStore:
    """The operators' states at one version, and the way to the next."""

    def __init__(
        self,
        files: Files,
        folder: str,
        manifest: Manifest,
        settings: StateSettings,
        open_account: OpenAccount | None = None,
        open_scratch: OpenScratch | None = None,
    ) -> None:
        self._files = files
        self._open_account = open_account
        self._open_scratch = open_scratch
        self._folder = folder
        self._settings = settings
        self._manifest = manifest
        self._lock = threading.Lock()
        self._merges = 0
        self._is_torn = False
        self._states: list[KeyedState] = []
        self._metrics: list[StateMetrics] = []
        self._live_rows = 0

    @classmethod
    def open(
        cls,
        files: Files,
        folder: str,
        operators: Sequence[OperatorSchema],
        version: int,
        settings: StateSettings | None = None,
        open_account: OpenAccount | None = None,
        open_scratch: OpenScratch | None = None,
    ) -> StateStore:
        """Recover `version` (0: nothing yet) and make it the latest.

        Later versions are forgotten: their batches will run again. Nothing on
        disk is changed unless all of `version` has been read and checked.

        Args:
            open_account: makes the account of an operator's memory, by its kind.
            open_scratch: makes the files to which a state moves that finds no room
                in memory; without it that is refused.

        Raises:
            ExecutionError: the states have no room in memory.
            CheckpointError: the stored operators are not these, the version
                is not retained, or a file is missing or damaged.
        """
        settings = settings or StateSettings()
        stored = manifest_at(files, folder, version)
        manifest = _adopt(stored, operators, version, settings)
        store = cls(files, folder, manifest, settings, open_account, open_scratch)
        store._load()
        store._begin_attempt()
        store._delete_leftovers()
        return store

    @property
    def version(self) -> int:
        """The last version committed."""
        return self._manifest.last_version

    @property
    def open_scratch(self) -> OpenScratch | None:
        """Makes files for what finds no room in memory, if that is allowed."""
        return self._open_scratch

    @property
    def has_moved_out(self) -> bool:
        """Whether some state lies in files."""
        return any(state.mapped_bytes for state in self._states)

    @property
    def versions(self) -> list[int]:
        """The committed versions that can be had again, ascending."""
        segments = self._manifest.segments
        ends = sorted({segment.last for segment in segments})
        return [end for end in ends if cover(segments, end) is not None]

    def operator(self, index: int) -> KeyedState:
        """The state of the operator at `index` of those given to `open`."""
        return self._states[index]

    def metrics(self, index: int) -> StateMetrics:
        """Numbers of the last commit."""
        return self._metrics[index]

    @property
    def memory_bytes(self) -> int:
        """Bytes held by all operators."""
        return sum(state.memory_bytes for state in self._states)

    def note_memory(self) -> None:
        """Say what the states hold exactly, after estimates."""
        for state in self._states:
            state.note_memory()

    def move_out(self) -> bool:
        """Move states from memory to mapped files; whether any could."""
        moved = [state.move_out() for state in self._states]
        return any(moved)

    def commit(self, version: int) -> None:
        """Make what changed since the last commit durable as `version`.

        Durable on return. `version` follows the last one. If it raises, the
        state in memory is ahead of the disk: `abort`, or close the store.
        """
        assert version == self.version + 1, f"{version} after {self.version}"
        assert not self._is_torn, "a commit failed; abort first"
        self._is_torn = True
        attempt = self._manifest.attempt
        name = segment_name(version, version, attempt)
        blocks = self._take_blocks()
        encoding = SegmentEncoding(version, version, attempt, name, blocks)
        path = f"{self._folder}/{name}"
        self._files.write(path, encoding.chunks())
        self._files.sync([path])
        with self._lock:
            segments = (*self._manifest.segments, encoding.segment)
            self._manifest = replace(
                self._manifest, last_version=version, segments=segments
            )
        self._is_torn = False

    def abort(self) -> None:
        """Go back to the last committed version, read again from disk.

        `operator` answers new objects afterwards. The next commit is another
        attempt.
        """
        self._load()
        self._begin_attempt()
        self._is_torn = False

    def purge(self, before_version: int) -> None:
        """Forget versions below `before_version`, once enough files can go."""
        with self._lock:
            manifest = self._manifest
            oldest = min(before_version, manifest.last_version)
            kept = covers_kept(manifest.segments, oldest, manifest.last_version)
            gone = set(manifest.segments) - set(kept)
            if len(gone) < self._settings.purge_segments_min:
                return
            self._install(replace(manifest, segments=kept))
        self._delete(sorted(segment.name for segment in gone))

    def compact(self) -> bool:
        """Merge segments if that is due; True if it was done.

        Safe beside the query's thread: a merge reads only durable segments, and
        a commit waits for it only while the manifest is replaced.
        """
        manifest, live_rows = self._manifest, self._live_rows
        chosen = cover(manifest.segments, manifest.last_version) or []
        spec = plan_compaction(chosen, live_rows)
        if spec is None:
            return False
        self._merges += 1
        attempt = manifest.attempt
        name = segment_name(spec.first, spec.last, attempt, self._merges)
        readers = open_readers(self._files, self._folder, spec.inputs)
        blocks = merge_blocks(readers, manifest.operators, spec.first > 1)
        encoding = SegmentEncoding(spec.first, spec.last, attempt, name, blocks)
        path = f"{self._folder}/{name}"
        self._files.write(path, encoding.chunks())
        self._files.sync([path])
        with self._lock:
            segments = (*self._manifest.segments, encoding.segment)
            self._install(replace(self._manifest, segments=segments))
        return True

    def close(self) -> None:
        """Let go of memory. What was not committed is gone."""
        for state in self._states:
            state.close()
        self._states = []

    def _install(self, manifest: Manifest) -> None:
        manifest.write(self._files, self._folder)
        self._manifest = manifest

    def _load(self) -> None:
        manifest = self._manifest
        chosen = cover(manifest.segments, manifest.last_version) or []
        readers = open_readers(self._files, self._folder, chosen)
        self.close()
        for operator in manifest.operators:
            self._states.append(self._load_state(readers, operator))
        self._metrics = [_metrics(state, 0, 0) for state in self._states]
        self._live_rows = sum(state.count for state in self._states)

    def _load_state(
        self, readers: Sequence[SegmentReader], operator: StoredOperator
    ) -> KeyedState:
        schema = operator.schema
        state = self._new_state(schema)
        key_end = 1 + len(schema.key_fields)
        for batch in NetRows(readers, operator).upserts():
            columns = batch.columns
            state.load(columns[1:key_end], columns[key_end:], sequences_of(batch))
        sequences = [reader.next_sequence(operator.state_id) for reader in readers]
        state.finish_loading(max(sequences, default=0))
        return state

    def _new_state(self, schema: OperatorSchema) -> KeyedState:
        open_account = self._open_account
        account = None if open_account is None else open_account(schema.kind)
        value_types = [field.data_type for field in schema.value_fields]
        if schema.is_log:
            return RowLog(value_types, account, self._open_scratch)
        key_types = [field.data_type for field in schema.key_fields]
        return KeyedState(
            key_types, value_types, schema.hash_keys, account, self._open_scratch
        )

    def _begin_attempt(self) -> None:
        with self._lock:
            attempt = self._manifest.attempt + 1
            self._install(replace(self._manifest, attempt=attempt))

    def _delete_leftovers(self) -> None:
        known = {segment.name for segment in self._manifest.segments}
        names = self._files.list_names(self._folder)
        self._delete([n for n in names if n.startswith("segment-") and n not in known])

    def _delete(self, names: Sequence[str]) -> None:
        self._files.delete_all([f"{self._folder}/{name}" for name in names])

    def _take_blocks(self) -> list[Block]:
        blocks, metrics = [], []
        pairs = zip(self._manifest.operators, self._states, strict=True)
        for operator, state in pairs:
            schema = arrow_schema(operator.schema)
            changes = state.take_changes()
            slots = changes.upserted
            values = range(len(operator.schema.value_fields))
            columns = [*state.keys(slots), *(state.gather(i, slots) for i in values)]
            batches = [
                tombstone_batch(schema, changes.removed_keys),
                upsert_batch(schema, state.sequences(slots), columns),
            ]
            block = Block(operator.state_id, schema, batches, state.next_sequence)
            blocks.append(block)
            metrics.append(_metrics(state, len(slots), changes.removed_count))
        self._metrics = metrics
        self._live_rows = sum(state.count for state in self._states)
        return blocks


def _adopt(
    manifest: Manifest,
    operators: Sequence[OperatorSchema],
    version: int,
    settings: StateSettings,
) -> Manifest:
    """The manifest for these operators: stored ones keep their numbers."""
    known = manifest.operators if version else ()
    drop = settings.drop_unmatched_operators or not version
    schemas = [operator.schema for operator in known]
    next_state_id = manifest.next_state_id
    adopted = []
    for schema, match in zip(
        operators, match_operators(schemas, operators, drop), strict=True
    ):
        if match is None:
            adopted.append(StoredOperator(next_state_id, schema))
            next_state_id += 1
        else:
            adopted.append(StoredOperator(known[match].state_id, schema))
    return replace(manifest, operators=tuple(adopted), next_state_id=next_state_id)


def _metrics(state: KeyedState, updated: int, removed: int) -> StateMetrics:
    return StateMetrics(
        state.count, updated, removed, state.memory_bytes, state.mapped_bytes
    )
