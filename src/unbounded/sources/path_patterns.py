"""Path patterns: what a path with `*`, `?`, `[a-z]` or `{a,b}` in it means.

Hadoop's patterns. A name that begins with `_` or `.` is matched by none.
"""

from __future__ import annotations

import fnmatch
import os
import re
from collections.abc import Callable, Sequence

from unbounded.checkpoint import from_uri

__all__ = [
    "absolute_paths",
    "could_match",
    "expand",
    "is_hidden",
    "is_pattern",
    "name_matcher",
]

_MAGIC = re.compile(r"[*?\[{]")


def absolute_paths(paths: Sequence[str]) -> tuple[str, ...]:
    """Paths as the user wrote them, made absolute from the working folder now."""
    local = (from_uri(p) if re.match(r"[A-Za-z][\w+.-]*:", p) else p for p in paths)
    return tuple(os.path.normpath(os.path.abspath(path)) for path in local)


def is_pattern(path: str) -> bool:
    return _MAGIC.search(path) is not None


def is_hidden(name: str) -> bool:
    """Spark's rule; a partition folder may be called `_column=value`."""
    if name.startswith("_"):
        return "=" not in name
    return name.startswith(".") or name.endswith("._COPYING_")


def name_matcher(pattern: str) -> Callable[[str], bool]:
    """Whether a file's name fits a pattern.

    >>> name_matcher("{a,b}?.json")("a1.json")
    True
    """
    # Hadoop negates a class with ^, Python with !.
    patterns = [p.replace("[^", "[!") for p in _alternatives(pattern)]
    matchers = [re.compile(fnmatch.translate(p)).match for p in patterns]
    return lambda name: any(match(name) for match in matchers)


def expand(path: str) -> list[str]:
    """The existing paths that match a pattern, sorted, each once."""
    found: dict[str, None] = {}
    for pattern in _alternatives(path):
        matches = ["/"]
        for part in pattern.strip("/").split("/"):
            matches = [m for base in matches for m in _matching(base, part)]
        found.update(dict.fromkeys(matches))
    return sorted(found)


def could_match(pattern: str, folder: str) -> bool:
    """Whether a pattern, cut to the depth of `folder` or the other way, fits it.

    >>> could_match("/in/*/day", "/in/a")
    True
    """
    wanted, given = pattern.strip("/").split("/"), folder.strip("/").split("/")
    return all(
        name_matcher(part)(name) for part, name in zip(wanted, given, strict=False)
    )


def _matching(folder: str, pattern: str) -> list[str]:
    if not is_pattern(pattern):
        path = os.path.join(folder, pattern)
        return [path] if os.path.exists(path) else []
    try:
        names = os.listdir(folder)
    except (FileNotFoundError, NotADirectoryError):
        return []
    fits = name_matcher(pattern)
    return [
        os.path.join(folder, name)
        for name in names
        if fits(name) and not is_hidden(name)
    ]


def _alternatives(path: str) -> list[str]:
    """`a{b,c}d` → `abd`, `acd`."""
    group = re.search(r"\{([^{}]*)\}", path)
    if group is None:
        return [path]
    return [
        pattern
        for choice in group[1].split(",")
        for pattern in _alternatives(
            path[: group.start()] + choice + path[group.end() :]
        )
    ]
