"""Compactible log: lines by batch id, gathered into one file now and then.

Spark's `CompactibleFileStreamLog`, under the file source's log of seen files
and the file sink's `_spark_metadata`. A batch writes its own lines. Every
`interval`th id holds all lines since the beginning in their stead, under a name
that says so, so a reader opens `interval` files at most.

On disk:       interval 10; a file is `v1` and its lines, joined by line feeds

    8             v1, the lines of batch 8
    9.compact     v1, the lines of batches 0..9
    10            v1                            a batch without lines
    .9.compact.crc, .10.<any>.tmp               not part of the log

The interval belongs to the log, not to who opens it: Spark computes from the
names where the next compact file must be, and fails if it is elsewhere. It is
the distance of the last two compact files; of one alone, a divisor of its id
plus one.

A file goes once a compact file that covers it is older than
`min_batches_to_retain` batches and it is older than `cleanup_delay_ms`. Spark
looks after every batch, we after a compaction: the others give nothing to do.

Invariants:
    - readers take the greatest compact id and each id after it; a hole is an error
    - a batch writes its own lines; only a compaction reads what others wrote
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from unbounded.checkpoint.metadata_log import (
    damaged,
    decode,
    is_id,
    parse_versioned,
)
from unbounded.clock import Clock
from unbounded.errors import CheckpointError
from unbounded.files import Files, checksum_path

__all__ = ["CompactibleLog", "derive_interval"]

COMPACT_SUFFIX = ".compact"


class CompactibleLog:
    """Lines by batch id, with one writer; open another to see what it wrote.

    Args:
        files: the disk.
        folder: the log's own folder; made when the first id is added.
        clock: tells the age of files.
        interval: ids from one compact file to the next, if the log has none yet.
        deletes: whether files that a compact one covers go.
        keep: which lines a compaction carries on; all if None.
    """

    def __init__(
        self,
        files: Files,
        folder: str,
        clock: Clock,
        *,
        interval: int = 10,
        min_batches_to_retain: int = 100,
        cleanup_delay_ms: int = 600_000,
        deletes: bool = True,
        keep: Callable[[str], bool] | None = None,
    ) -> None:
        self.folder = folder
        self._files = files
        self._clock = clock
        self._keep = keep
        self._min_batches_to_retain = min_batches_to_retain
        self._cleanup_delay_ms = cleanup_delay_ms
        self._deletes = deletes
        names = files.list_names(folder)
        self._checksums = {
            f"{folder}/{name}" for name in names if name.endswith(".crc")
        }
        self._names = dict(sorted(_ids_of(names).items()))
        self.interval = derive_interval(interval, self._compact_ids())

    def add(self, batch_id: int, lines: Sequence[str]) -> bool:
        """Store the lines of a batch; False if the log has that id already.

        Durable on return. Reads nothing, except at a compaction.

        Raises:
            CheckpointError: another query is writing this log.
        """
        if batch_id in self._names:
            return False
        if (batch_id + 1) % self.interval != 0:
            self._create(batch_id, str(batch_id), lines)
            return True
        carried = self._bodies_up_to(batch_id - 1)
        if self._keep is not None:
            carried = list(filter(self._keep, _lines_of(carried)))
        self._create(batch_id, f"{batch_id}{COMPACT_SUFFIX}", [*carried, *lines])
        self._delete_covered(batch_id)
        return True

    def add_snapshot(self, batch_id: int, lines: Sequence[str]) -> bool:
        """Store lines that stand for the whole log; False if it has that id.

        Written as a compact file, which for every reader, Spark's too, replaces
        all before it. Where it does not fit the distance from the one before,
        older compact files go at once, for Spark would look for it elsewhere.
        """
        if batch_id in self._names:
            return False
        older = self._compact_ids()
        self._create(batch_id, f"{batch_id}{COMPACT_SUFFIX}", lines)
        if older and (batch_id + 1) % (batch_id - older[-1]) != 0:
            self._delete(older)
        self.interval = derive_interval(self.interval, self._compact_ids()[-2:])
        return True

    def get(self, batch_id: int) -> list[str] | None:
        """The lines of one file: of a compact one, those before it too."""
        name = self._names.get(batch_id)
        return None if name is None else _lines_of([self._read_body(name)])

    def covering(self, batch_id: int) -> list[str] | None:
        """The lines of the smallest file that holds what `batch_id` wrote.

        Its own, or those of the next compact file once its own was deleted.
        """
        if batch_id in self._names:
            return self.get(batch_id)
        later = [compact for compact in self._compact_ids() if compact > batch_id]
        return self.get(later[0]) if later else None

    def all_lines(self) -> list[str]:
        """The lines of the last compact file and of each batch after it.

        Raises:
            CheckpointError: a batch is missing in between.
        """
        latest_id = self.latest_id()
        return [] if latest_id is None else _lines_of(self._bodies_up_to(latest_id))

    def latest_id(self) -> int | None:
        return next(reversed(self._names), None)

    def ids(self) -> list[int]:
        """All ids, ascending."""
        return list(self._names)

    def purge_before(self, batch_id: int) -> None:
        """Delete every id below `batch_id`, which must be a compact file."""
        assert self._is_compact(batch_id), "what goes must be covered"
        self._delete([known for known in self._names if known < batch_id])

    def _bodies_up_to(self, latest_id: int) -> list[str]:
        """The lines of each file, still joined, so that a compaction just copies."""
        first = max(
            (compact for compact in self._compact_ids() if compact <= latest_id),
            default=0,
        )
        bodies: list[str] = []
        for batch_id in range(first, latest_id + 1):
            name = self._names.get(batch_id)
            if name is None:
                path = f"{self.folder}/{batch_id}"
                raise CheckpointError(
                    "BATCH_METADATA_NOT_FOUND", batchMetadataFile=path
                )
            bodies.append(self._read_body(name))
        return list(filter(None, bodies))

    def _read_body(self, name: str) -> str:
        path = f"{self.folder}/{name}"
        try:
            text = decode(self._files.read(path), path)
        except FileNotFoundError as error:
            raise CheckpointError(
                "BATCH_METADATA_NOT_FOUND", batchMetadataFile=path
            ) from error
        version, line_feed, body = text.partition("\n")
        parse_versioned(version, path)
        is_whole = body.startswith("{") and body.endswith("}") and "\0" not in body
        if line_feed and not is_whole:
            raise damaged(path, "a line of it is cut off")
        return body

    def _create(self, batch_id: int, name: str, lines: Sequence[str]) -> None:
        path = f"{self.folder}/{name}"
        checksum = checksum_path(path)
        if checksum in self._checksums:
            self._files.delete(checksum)
            self._checksums.remove(checksum)
        try:
            self._files.create(path, "\n".join(["v1", *lines]).encode("utf-8"))
        except FileExistsError as error:
            raise CheckpointError(
                "CONCURRENT_STREAM_LOG_UPDATE", batchId=batch_id
            ) from error
        latest_id = self.latest_id()
        self._names[batch_id] = name
        if latest_id is not None and batch_id < latest_id:
            self._names = dict(sorted(self._names.items()))

    def _delete_covered(self, batch_id: int) -> None:
        """Delete what no retained batch and no slow reader needs any more."""
        oldest_id = batch_id + 1 - self._min_batches_to_retain
        covering_id = oldest_id - oldest_id % self.interval - 1
        is_covered = covering_id >= 0 and self._is_compact(covering_id)
        if not (self._deletes and is_covered):
            return
        expired_ms = self._clock.now_ms() - self._cleanup_delay_ms
        self._delete(
            [
                known
                for known in self._names
                if known < covering_id and self._modified_ms(known) <= expired_ms
            ]
        )

    def _delete(self, ids: Sequence[int]) -> None:
        doomed: list[str] = []
        for batch_id in ids:
            path = f"{self.folder}/{self._names.pop(batch_id)}"
            checksum = checksum_path(path)
            if checksum in self._checksums:
                self._checksums.remove(checksum)
                doomed.append(checksum)
            doomed.append(path)
        if doomed:
            self._files.delete_all(doomed)

    def _modified_ms(self, batch_id: int) -> int:
        path = f"{self.folder}/{self._names[batch_id]}"
        return self._files.status(path).modification_time_ms

    def _is_compact(self, batch_id: int) -> bool:
        return self._names.get(batch_id, "").endswith(COMPACT_SUFFIX)

    def _compact_ids(self) -> list[int]:
        return [batch_id for batch_id in self._names if self._is_compact(batch_id)]


def _lines_of(bodies: Sequence[str]) -> list[str]:
    return [line for body in bodies if body for line in body.split("\n")]


def _ids_of(names: Sequence[str]) -> dict[int, str]:
    """The log's files by id; of two for one id, the compact one."""
    found: dict[int, str] = {}
    for name in names:
        number = name.removesuffix(COMPACT_SUFFIX)
        if is_id(number) and (name != number or int(number) not in found):
            found[int(number)] = name
    return found


def derive_interval(default: int, compact_ids: Sequence[int]) -> int:
    """The interval of a log that holds these compact files, ascending.

    Spark's rule to the letter, as Spark finds files by it. Two or more: the
    distance of the last two. None: `default`. One: the smallest divisor of its
    id plus one from `default` up to half of it, and that number itself if half
    of it is not more than `default`: 10 and 19.compact → 20, 10 and 59.compact → 10.
    """
    if len(compact_ids) >= 2:
        return compact_ids[-1] - compact_ids[-2]
    if not compact_ids:
        return default
    count = compact_ids[0] + 1
    if default >= count // 2:
        return count
    divisors = (n for n in range(default, count // 2 + 1) if count % n == 0)
    return next(divisors, count)
