"""Manifest: which segments make up the state, and whose they are.

One small file, replaced atomically. It is not written at a commit: it names an
*attempt*, and every batch's segment of a version above `last_version` counts
if and only if its name carries that attempt. Opening a store takes the next
attempt, so what an earlier run may have left behind counts no more.

On disk: `manifest`, two lines of text:

    v1 5f0c3a91                      format, CRC-32 of the second line
    {"attempt":3,"last_version":42,"operators":[…],"segments":[…]}

Invariants:
    - every version from the oldest retained to `last_version` has a cover
    - `attempt` only grows
"""

from __future__ import annotations

import json
import zlib
from dataclasses import asdict, dataclass, replace
from typing import Any

from unbounded.errors import CheckpointError
from unbounded.files import Files
from unbounded.state.schema_check import OperatorSchema
from unbounded.state.segment import Segment, SegmentReader, segment_name
from unbounded.types import StructField, from_json

__all__ = [
    "MANIFEST_NAME",
    "STATE_FOLDER",
    "Manifest",
    "StoredOperator",
    "cover",
    "covers_kept",
    "manifest_at",
    "state_version",
]

STATE_FOLDER = "_unbounded/state"
"""Where the state lies in a checkpoint."""

MANIFEST_NAME = "manifest"
_FORMAT = b"v1"


def state_version(batch_id: int) -> int:
    """The version of the state after `batch_id`; before it, it is `batch_id`."""
    return batch_id + 1


@dataclass(frozen=True, slots=True)
class StoredOperator:
    """An operator whose state lies here, and its number in segments."""

    state_id: int
    schema: OperatorSchema


@dataclass(frozen=True, slots=True)
class Manifest:
    """The content of the file."""

    attempt: int
    last_version: int
    operators: tuple[StoredOperator, ...]
    segments: tuple[Segment, ...]
    next_state_id: int

    def write(self, files: Files, folder: str) -> None:
        """Put this in place of the former manifest, durably."""
        content = {
            "attempt": self.attempt,
            "last_version": self.last_version,
            "next_state_id": self.next_state_id,
            "operators": [_operator_json(operator) for operator in self.operators],
            "segments": [asdict(segment) for segment in self.segments],
        }
        line = json.dumps(content, separators=(",", ":"), ensure_ascii=False).encode()
        head = _FORMAT + b" %08x\n" % zlib.crc32(line)
        files.replace(f"{folder}/{MANIFEST_NAME}", head + line)

    @staticmethod
    def read(files: Files, folder: str) -> Manifest | None:
        """The manifest of a folder; None if it has none.

        Raises:
            CheckpointError: it is damaged, or of a later format.
        """
        path = f"{folder}/{MANIFEST_NAME}"
        try:
            data = files.read(path)
        except FileNotFoundError:
            return None
        head, _, line = data.partition(b"\n")
        form, _, checksum = head.partition(b" ")
        if form.startswith(b"v") and form[1:].isdigit() and form != _FORMAT:
            raise CheckpointError(
                "STATE_FORMAT_NOT_SUPPORTED", path=path, format=form.decode()
            )
        if form != _FORMAT or checksum != b"%08x" % zlib.crc32(line):
            reason = "its checksum does not fit its bytes"
            raise CheckpointError("STATE_FILE_CORRUPT", path=path, reason=reason)
        return _from_json(json.loads(line))


_EMPTY = Manifest(0, 0, (), (), 0)


def manifest_at(files: Files, folder: str, version: int) -> Manifest:
    """The manifest as it was when `version` was the latest.

    Batches' segments above the manifest's last version are found by name.

    Raises:
        CheckpointError: the version is not retained, or a file is missing.
    """
    manifest = Manifest.read(files, folder) or _EMPTY
    segments = [s for s in manifest.segments if s.last <= version]
    for tail in range(manifest.last_version + 1, version + 1):
        name = segment_name(tail, tail, manifest.attempt)
        segments.append(SegmentReader(files, folder, name).describe(name))
    if cover(tuple(segments), version) is None:
        raise CheckpointError("STATE_VERSION_NOT_FOUND", version=version, folder=folder)
    return replace(manifest, last_version=version, segments=tuple(segments))


def cover(segments: tuple[Segment, ...], version: int) -> list[Segment] | None:
    """The fewest segments that replayed in order give `version`; None if none do.

    From the end: of those that end at a version, the longest.
    """
    longest = _longest_by_end(segments)
    chosen: list[Segment] = []
    while version > 0:
        if version not in longest:
            return None
        chosen.append(longest[version])
        version = longest[version].first - 1
    return chosen[::-1]


def covers_kept(
    segments: tuple[Segment, ...], oldest: int, latest: int
) -> tuple[Segment, ...]:
    """The segments without which a version from `oldest` to `latest` is lost.

    And of each of them its batch's own, though a merged one ends there too: it
    alone tells what that batch changed.
    """
    longest = _longest_by_end(segments)
    names = {s.name for s in segments if s.first == s.last and s.last >= oldest}
    reached: set[int] = set()
    for version in range(oldest, latest + 1):
        end = version
        while end in longest and end not in reached:
            reached.add(end)
            names.add(longest[end].name)
            end = longest[end].first - 1
    return tuple(segment for segment in segments if segment.name in names)


def _longest_by_end(segments: tuple[Segment, ...]) -> dict[int, Segment]:
    longest: dict[int, Segment] = {}
    for segment in segments:
        known = longest.get(segment.last)
        if known is None or segment.first < known.first:
            longest[segment.last] = segment
    return longest


def _operator_json(operator: StoredOperator) -> dict[str, Any]:
    schema = operator.schema
    return {
        "state_id": operator.state_id,
        "operator_id": schema.operator_id,
        "kind": schema.kind,
        "store": schema.store_name,
        "keys": [field.json_value for field in schema.key_fields],
        "values": [field.json_value for field in schema.value_fields],
    }


def _from_json(content: dict[str, Any]) -> Manifest:
    return Manifest(
        attempt=content["attempt"],
        last_version=content["last_version"],
        next_state_id=content["next_state_id"],
        operators=tuple(_stored_operator(item) for item in content["operators"]),
        segments=tuple(Segment(**item) for item in content["segments"]),
    )


def _stored_operator(item: dict[str, Any]) -> StoredOperator:
    schema = OperatorSchema(
        item["operator_id"],
        item["kind"],
        tuple(_field(field) for field in item["keys"]),
        tuple(_field(field) for field in item["values"]),
        store_name=item.get("store", "default"),
    )
    return StoredOperator(item["state_id"], schema)


def _field(value: dict[str, Any]) -> StructField:
    kind = from_json(value["type"])
    return StructField(value["name"], kind, value["nullable"], value["metadata"])
