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
from collections.abc import Sequence
from dataclasses import dataclass, replace

import pyarrow as pa

from unbounded.errors import CheckpointError
from unbounded.files import Files
from unbounded.state.compaction import merge_blocks, net_rows, plan_compaction
from unbounded.state.keyed_state import KeyedState
from unbounded.state.manifest import Manifest, StoredOperator, cover, covers_kept
from unbounded.state.schema_check import OperatorSchema, match_operators
from unbounded.state.segment import (
    Block,
    Segment,
    SegmentReader,
    arrow_schema,
    encode_segment,
    segment_name,
    sequences_of,
    tombstone_batch,
    upsert_batch,
)

__all__ = ["StateMetrics", "StateSettings", "StateStore", "read_version"]

_EMPTY = Manifest(0, 0, (), (), 0)


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


class StateStore:
    """The operators' states at one version, and the way to the next."""

    def __init__(
        self, files: Files, folder: str, manifest: Manifest, settings: StateSettings
    ) -> None:
        self._files = files
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
    ) -> StateStore:
        """Recover `version` (0: nothing yet) and make it the latest.

        Later versions are forgotten: their batches will run again. Nothing on
        disk is changed unless all of `version` has been read and checked.

        Raises:
            CheckpointError: the stored operators are not these, the version
                is not retained, or a file is missing or damaged.
        """
        settings = settings or StateSettings()
        stored = _manifest_at(files, folder, version)
        manifest = _adopt(stored, operators, version, settings)
        store = cls(files, folder, manifest, settings)
        store._load()
        store._begin_attempt()
        store._delete_leftovers()
        return store

    @property
    def version(self) -> int:
        """The last version committed."""
        return self._manifest.last_version

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
        data, segment = encode_segment(version, version, attempt, name, blocks)
        path = f"{self._folder}/{name}"
        self._files.write(path, data)
        self._files.sync([path])
        with self._lock:
            segments = (*self._manifest.segments, segment)
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
        readers = _open_readers(self._files, self._folder, spec.inputs)
        blocks = merge_blocks(readers, manifest.operators, spec.first > 1)
        data, merged = encode_segment(spec.first, spec.last, attempt, name, blocks)
        path = f"{self._folder}/{name}"
        self._files.write(path, data)
        self._files.sync([path])
        with self._lock:
            segments = (*self._manifest.segments, merged)
            self._install(replace(self._manifest, segments=segments))
        return True

    def close(self) -> None:
        """Let go of memory. What was not committed is gone."""
        self._states = []

    def _install(self, manifest: Manifest) -> None:
        manifest.write(self._files, self._folder)
        self._manifest = manifest

    def _load(self) -> None:
        manifest = self._manifest
        chosen = cover(manifest.segments, manifest.last_version) or []
        readers = _open_readers(self._files, self._folder, chosen)
        operators = manifest.operators
        self._states = [_load_state(readers, operator) for operator in operators]
        self._metrics = [_metrics(state, 0, 0) for state in self._states]
        self._live_rows = sum(state.count for state in self._states)

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


def read_version(
    files: Files, folder: str, version: int
) -> dict[OperatorSchema, pa.Table]:
    """The rows of each stored operator at `version`, in order of their keys' coming.

    Columns `key.<name>` and `value.<name>`. Changes nothing.

    Raises:
        CheckpointError: the version is not retained, or a file is damaged.
    """
    manifest = _manifest_at(files, folder, version)
    chosen = cover(manifest.segments, version) or []
    readers = _open_readers(files, folder, chosen)
    return {
        operator.schema: net_rows(readers, operator)[0].drop_columns(["sequence"])
        for operator in manifest.operators
    }


def _manifest_at(files: Files, folder: str, version: int) -> Manifest:
    """The manifest as it was when `version` was the latest.

    Batches' segments above the manifest's last version are found by name.
    """
    manifest = Manifest.read(files, folder) or _EMPTY
    segments = [s for s in manifest.segments if s.last <= version]
    for tail in range(manifest.last_version + 1, version + 1):
        name = segment_name(tail, tail, manifest.attempt)
        segments.append(SegmentReader(files, folder, name).describe(name))
    if cover(tuple(segments), version) is None:
        raise CheckpointError("STATE_VERSION_NOT_FOUND", version=version, folder=folder)
    return replace(manifest, last_version=version, segments=tuple(segments))


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


def _open_readers(
    files: Files, folder: str, segments: Sequence[Segment]
) -> list[SegmentReader]:
    readers = []
    for segment in segments:
        reader = SegmentReader(files, folder, segment.name)
        reader.expect(segment)
        readers.append(reader)
    return readers


def _load_state(
    readers: Sequence[SegmentReader], operator: StoredOperator
) -> KeyedState:
    schema = operator.schema
    state = KeyedState(
        [field.data_type for field in schema.key_fields],
        [field.data_type for field in schema.value_fields],
        schema.hash_keys,
    )
    key_end = 1 + len(schema.key_fields)
    next_sequence = 0
    for reader in readers:
        for is_tombstones, batch in reader.batches(operator.state_id):
            keys, values = batch.columns[1:key_end], batch.columns[key_end:]
            if is_tombstones:
                state.unload(keys)
            else:
                state.load(keys, values, sequences_of(batch))
        following = reader.next_sequence(operator.state_id)
        next_sequence = max(next_sequence, following)
    state.finish_loading(next_sequence)
    return state


def _metrics(state: KeyedState, updated: int, removed: int) -> StateMetrics:
    return StateMetrics(state.count, updated, removed, state.memory_bytes)
