"""Durable steps: what a step of the disk means to a query, told by its path.

    checkpoint/offsets/.7.x.tmp  write      → offsets
    checkpoint/offsets/3         unlink     → offsets deleted
    output/part-00000-….parquet  sync_file  → sink part

Used by the tests that let a query die at such a step, to say where and to prove
that no kind was left out.
"""

from __future__ import annotations

import re

__all__ = ["KINDS", "kind_of"]

_PLACES = (
    ("metadata", r"checkpoint/\.?metadata.*"),
    ("source compact", r"checkpoint/sources/\d/\.?\d+\.compact.*"),
    ("source log", r"checkpoint/sources/\d(/.*)?"),
    ("offsets", r"checkpoint/offsets(/.*)?"),
    ("state segment", r"checkpoint/_unbounded/state/segment-.*"),
    ("state manifest", r"checkpoint/_unbounded/state/\.?manifest.*"),
    ("state folder", r"checkpoint/_unbounded/state"),
    ("commits", r"checkpoint/commits(/.*)?"),
    ("sink part", r"output/(.*=.*/)?part-.*"),
    ("sink folder", r"output/.*=[^/]*"),
    ("sink compact", r"output/_spark_metadata/\.?\d+\.compact.*"),
    ("sink log", r"output/_spark_metadata(/.*)?"),
    ("folder", r"checkpoint|checkpoint/_unbounded|checkpoint/sources|output|\."),
)

KINDS = frozenset(
    {
        "metadata",
        "source log",
        "offsets",
        "state segment",
        "state manifest",
        "sink part",
        "sink log",
        "sink compact",
        "commits",
    }
)
"""What each batch of some query goes through."""


def kind_of(name: str, path: str) -> str:
    """What the step `name` at `path`, below the query's folder, is part of."""
    for kind, pattern in _PLACES:
        if re.fullmatch(pattern, path):
            is_temporary = path.endswith(".tmp")
            deletes = name == "unlink" and not is_temporary
            return f"{kind} deleted" if deletes else kind
    raise ValueError(f"no part of a query lies at {path}")
