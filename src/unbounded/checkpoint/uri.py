"""URI: local paths as Java writes them.

Spark's logs name files by `java.net.URI`, and compare the texts: a path
written another way is another file, read once more. Java keeps letters of any
script as they are and quotes what is not allowed in a path:

    /in/sp ace.json     file:///in/sp%20ace.json
    /in/100%.json       file:///in/100%25.json
    /in/汉字é.json       file:///in/汉字é.json
"""

from __future__ import annotations

import re
import unicodedata
from urllib.parse import unquote_to_bytes

from unbounded.errors import UnsupportedError

__all__ = ["from_uri", "to_uri"]

_PLAIN = re.compile(r"[A-Za-z0-9_\-!.~'()*,;:$&+=@/]*")
_UNDECODED = "surrogateescape"  # how Python carries names that are not UTF-8
_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.\-]*):(?://([^/]*))?(/.*)", re.DOTALL)


def to_uri(path: str) -> str:
    """The URI of an absolute path, as Spark's logs hold it."""
    if _PLAIN.fullmatch(path):
        return f"file://{path}"
    return "file://" + "".join(map(_quote, path))


def _quote(letter: str) -> str:
    if _PLAIN.fullmatch(letter) or (letter > "\x9f" and not _is_space(letter)):
        return letter
    return "".join(f"%{byte:02X}" for byte in letter.encode("utf-8", _UNDECODED))


def _is_space(letter: str) -> bool:
    """Java's `isSpaceChar`, and bytes that are no text, which must be quoted too."""
    return unicodedata.category(letter) in ("Zs", "Zl", "Zp", "Cs")


def from_uri(uri: str) -> str:
    """The absolute local path of a URI; a plain path is taken as it is.

    Raises:
        UnsupportedError: the URI is of another file system.
    """
    if uri.startswith("/"):
        return uri
    found = _SCHEME.fullmatch(uri)
    if found is None or found[1].lower() != "file" or found[2] not in (None, ""):
        raise UnsupportedError("UNSUPPORTED_FILE_SYSTEM", uri=uri)
    path = unquote_to_bytes(found[3].encode("utf-8", _UNDECODED))
    return path.decode("utf-8", _UNDECODED)
