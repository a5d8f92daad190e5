"""Lines of text files, as SQL relations with one column, `line`.

DuckDB's CSV reader, told of a delimiter that no text file holds, is its fastest
reader of lines and the only one that need not hold a whole file.
"""

from __future__ import annotations

from collections.abc import Sequence

from unbounded.sources.options import quote_text

__all__ = ["lines_sql", "paths_literal", "whole_files_sql"]

_NO_DELIMITER = "\x1c\x1d\x1e\x1f"
_LINE_BYTES_MAX = 256 << 20


def paths_literal(paths: Sequence[str]) -> str:
    """A DuckDB list of file paths, taken literally though readers take globs."""
    return f"[{', '.join(quote_text(_escape_glob(path)) for path in paths)}]"


def _escape_glob(path: str) -> str:
    if not any(letter in path for letter in "*?["):
        return path
    return "".join(f"[{c}]" if c in "*?[" else c for c in path)


def lines_sql(paths: Sequence[str], separator: str | None = None) -> str:
    r"""The lines, without blank ones, split at \n, \r and \r\n, or at `separator`."""
    if separator is not None and separator not in {"\n", "\r", "\r\n"}:
        split = f"string_split(content, {quote_text(separator)})"
        rows = f"SELECT unnest({split}) AS line FROM ({_contents(paths)})"
    else:
        rows = (
            f"SELECT line FROM read_csv({paths_literal(paths)}, "
            "columns = {'line': 'VARCHAR'}, auto_detect = false, header = false, "
            f"delim = '{_NO_DELIMITER}', quote = '', escape = '', "
            "new_line = '\\n', strict_mode = false, null_padding = false, "
            f"maximum_line_size = {_LINE_BYTES_MAX})"
        )
    return f"SELECT line FROM ({rows}) WHERE trim(line, E' \\t\\r\\n') <> ''"


def whole_files_sql(paths: Sequence[str]) -> str:
    """A row for each file that is not blank, its content in `line`."""
    return (
        f"SELECT content AS line FROM ({_contents(paths)}) "
        "WHERE trim(content, E' \\t\\r\\n') <> ''"
    )


def _contents(paths: Sequence[str]) -> str:
    return f"SELECT content FROM read_text({paths_literal(paths)})"
