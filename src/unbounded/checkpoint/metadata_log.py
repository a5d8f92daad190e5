"""Metadata log: numbered files in one folder, each written once and atomically.

Spark's `HDFSMetadataLog`. The offset log and the commit log hold one file a
batch; `_MetadataLog` of a rate or socket source holds only file 0. A log has
one writer. It lists its folder once and knows the ids it has added from then
on, so that no batch pays for the batches before it.

On disk:

    offsets/41          whole, or not there; never changed
    offsets/.41.crc     Hadoop's checksum, if Spark wrote 41; deleted before 41 is,
                        and before a new 41 is made, for alone it keeps Spark
                        from creating 41
    offsets/.41.<any>.tmp   left by a crash; not read by anyone

Invariants:
    - a name that is not an id is not part of the log
    - an id this log did not know and finds taken belongs to a concurrent writer
"""

from __future__ import annotations

from bisect import bisect_left

from unbounded.errors import CheckpointError
from unbounded.files import Files, checksum_path

__all__ = ["MetadataLog", "damaged", "parse_versioned"]


class MetadataLog:
    """Texts by batch id.

    Args:
        files: the disk.
        folder: the log's own folder; made when the first id is added.
        purge_count_min: how many ids must be able to go before `purge_before`
            deletes any. To delete one a batch costs most of a batch's writing.
    """

    def __init__(self, files: Files, folder: str, purge_count_min: int = 10) -> None:
        self._files = files
        self.folder = folder
        self._purge_count_min = purge_count_min
        self._ids: list[int] | None = None
        self._checksums: set[str] = set()

    def add(self, batch_id: int, text: str) -> bool:
        """Store `text` under `batch_id`; False if this log has that id already.

        Durable on return.

        Raises:
            CheckpointError: another query is writing this log.
        """
        ids = self._known_ids()
        place = bisect_left(ids, batch_id)
        if place < len(ids) and ids[place] == batch_id:
            return False
        path = self.path(batch_id)
        self._drop_checksum(path)
        try:
            self._files.create(path, text.encode("utf-8"))
        except FileExistsError as error:
            raise CheckpointError(
                "CONCURRENT_STREAM_LOG_UPDATE", batchId=batch_id
            ) from error
        ids.insert(place, batch_id)
        return True

    def get(self, batch_id: int) -> str | None:
        """The text of one id, None if there is none."""
        path = self.path(batch_id)
        try:
            return decode(self._files.read(path), path)
        except FileNotFoundError:
            return None

    def latest(self) -> tuple[int, str] | None:
        """The greatest id and its text."""
        latest_id = self.latest_id()
        if latest_id is None:
            return None
        text = self.get(latest_id)
        return None if text is None else (latest_id, text)

    def latest_id(self) -> int | None:
        ids = self._known_ids()
        return ids[-1] if ids else None

    def ids(self) -> list[int]:
        """All ids, ascending."""
        return list(self._known_ids())

    def purge_before(self, batch_id: int) -> None:
        """Delete every id below `batch_id`, once enough can go."""
        ids = self._known_ids()
        count = bisect_left(ids, batch_id)
        if count >= self._purge_count_min:
            self._delete(ids[:count])
            del ids[:count]

    def path(self, batch_id: int) -> str:
        return f"{self.folder}/{batch_id}"

    def _delete(self, ids: list[int]) -> None:
        doomed: list[str] = []
        for batch_id in ids:
            path = self.path(batch_id)
            checksum = checksum_path(path)
            if checksum in self._checksums:
                self._checksums.remove(checksum)
                doomed.append(checksum)
            doomed.append(path)
        if doomed:
            self._files.delete_all(doomed)

    def _drop_checksum(self, path: str) -> None:
        checksum = checksum_path(path)
        if checksum in self._checksums:
            self._files.delete(checksum)
            self._checksums.remove(checksum)

    def _known_ids(self) -> list[int]:
        if self._ids is None:
            names = self._files.list_names(self.folder)
            self._checksums = {
                f"{self.folder}/{name}" for name in names if name.endswith(".crc")
            }
            self._ids = sorted(int(name) for name in names if is_id(name))
        return self._ids


def is_id(name: str) -> bool:
    """Whether a file of this name is part of a log: `7`, not `07`, `.7.crc`."""
    return name.isascii() and name.isdigit() and str(int(name)) == name


def decode(data: bytes, path: str) -> str:
    """The text of a log file."""
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise damaged(path, "it is not UTF-8 text") from error


def damaged(path: str, reason: str) -> CheckpointError:
    """The error for a file of a checkpoint that can't be what was written."""
    return CheckpointError("CHECKPOINT_FILE_DAMAGED", path=path, reason=reason)


def parse_versioned(text: str, path: str, supported: int = 1) -> list[str]:
    """The lines below the version line of a log file.

    `"v1\\na\\nb"` → `["a", "b"]`; `"v1"` → `[]`.
    """
    version, *lines = text.split("\n")
    if not text:
        raise damaged(path, "it is empty")
    if not (version.startswith("v") and is_id(version[1:])):
        raise damaged(path, f"its first line is {version[:40]!r}, not a version")
    if not 1 <= int(version[1:]) <= supported:
        raise CheckpointError(
            "INVALID_LOG_VERSION.MAX_SUPPORTED_VERSION",
            path=path,
            maxSupportedVersion=supported,
            version=version[1:],
        )
    return lines
