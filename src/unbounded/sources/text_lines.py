"""Text lines: files as SQL relations with one column, `line`.

DuckDB's CSV reader, told of a delimiter that no text file holds, is its fastest
reader of lines and the only one that need not hold a whole file.
"""

from __future__ import annotations

from collections.abc import Sequence

from unbounded.files import LocalFiles
from unbounded.sources.file_text import (
    is_compressed,
    is_utf8,
    needs_reading,
    read_text,
)
from unbounded.sources.options import quote_text

__all__ = [
    "all_lines_sql",
    "contents_sql",
    "lines_sql",
    "must_decode",
    "paths_literal",
    "with_paths_named",
    "whole_files_sql",
]

_NO_DELIMITER = "\x1c\x1d\x1e\x1f"
# Input lies on the machine's own disk, whatever disk a checkpoint is on.
_FILES = LocalFiles()
_LINE_BYTES_MAX = 64 << 20
_CHUNK_BYTES = 16 << 20
_LINE_ENDS = frozenset({"\n", "\r", "\r\n"})
_BLANKS = "E' \\t\\r\\n'"


def with_paths_named(
    sql: str, paths: Sequence[str], name: str
) -> tuple[str, dict[str, list[str]]]:
    """`sql` with the list of exactly these files as a parameter, if it has it.

    Returns the text with `$name` in its place, and the parameter's value. A text of
    no files has no such list, and the `[]` of an array's type is none.
    """
    if not paths:
        return sql, {}
    named = sql.replace(paths_literal(paths), f"${name}")
    if named == sql:
        return sql, {}
    return named, {name: [_escape_glob(path) for path in paths]}


def paths_literal(paths: Sequence[str]) -> str:
    """A DuckDB list of file paths, taken literally though readers take globs."""
    return f"[{', '.join(quote_text(_escape_glob(path)) for path in paths)}]"


def _escape_glob(path: str) -> str:
    if not any(letter in path for letter in "*?["):
        return path
    return "".join(f"[{c}]" if c in "*?[" else c for c in path)


def lines_sql(
    paths: Sequence[str],
    separator: str | None = None,
    *,
    has_header: bool = False,
    is_any_bytes: bool = False,
    encoding: str = "utf-8",
) -> str:
    r"""The lines, without blank ones, split at \n, \r and \r\n, or at `separator`.

    The text ends in a WHERE clause. With `has_header` the first line of each file
    is left out. With `is_any_bytes` files need not be UTF-8: what is not becomes
    U+FFFD, as in Spark; each file is then looked at twice.
    """
    if must_decode(paths, encoding, is_any_bytes):
        skipped = "[2:]" if has_header else ""
        rows = _decoded_sql(paths, separator, skipped, encoding)
    elif separator is not None and separator not in _LINE_ENDS:
        rows = _split_sql(paths, separator, "[2:]" if has_header else "")
    else:
        rows = _reader_sql(paths, "new_line = '\\n', ", has_header)
    # Most lines begin with a letter, and need not be trimmed to tell.
    is_blank = f"line < '!' AND trim(line, {_BLANKS}) = ''"
    return f"SELECT line FROM ({rows}) WHERE line IS NOT NULL AND NOT ({is_blank})"


def all_lines_sql(
    paths: Sequence[str],
    separator: str | None = None,
    *,
    is_any_bytes: bool = False,
    encoding: str = "utf-8",
) -> str:
    """The lines, blank ones too; what follows the last line end only if not empty."""
    # What ends the lines of a compressed file, only its text tells.
    if must_decode(paths, encoding, is_any_bytes) or any(map(is_compressed, paths)):
        return _decoded_sql(paths, separator, "", encoding)
    if separator is not None and separator not in _LINE_ENDS:
        return _split_sql(paths, separator, "")
    kinds = {_line_end(path) for path in paths}
    if kinds <= {"\n"}:
        rows = _reader_sql(paths, "new_line = '\\n', ", False)
    elif len(kinds) == 1 and "mixed" not in kinds:
        rows = _reader_sql(paths, "", False)
    else:
        return _decoded_sql(paths, separator, "", encoding)
    return f"SELECT coalesce(line, '') AS line FROM ({rows})"


def contents_sql(
    paths: Sequence[str], *, is_any_bytes: bool = False, encoding: str = "utf-8"
) -> str:
    """A row for each file, its content in `line`."""
    if must_decode(paths, encoding, is_any_bytes) or any(map(is_compressed, paths)):
        contents = (_decoded(path, encoding) for path in paths)
        return " UNION ALL ".join(f"SELECT {text} AS line" for text in contents)
    return f"SELECT content AS line FROM read_text({paths_literal(paths)})"


def whole_files_sql(
    paths: Sequence[str], *, is_any_bytes: bool = False, encoding: str = "utf-8"
) -> str:
    """A row for each file that is not blank, its content in `line`."""
    contents = contents_sql(paths, is_any_bytes=is_any_bytes, encoding=encoding)
    return f"SELECT line FROM ({contents}) WHERE trim(line, {_BLANKS}) <> ''"


def _reader_sql(paths: Sequence[str], line_end: str, has_header: bool) -> str:
    return (
        f"SELECT line FROM read_csv({paths_literal(paths)}, "
        "columns = {'line': 'VARCHAR'}, auto_detect = false, "
        f"header = {str(has_header).lower()}, "
        f"delim = '{_NO_DELIMITER}', quote = '', escape = '', {line_end}"
        "strict_mode = false, null_padding = false, "
        f"maximum_line_size = {_LINE_BYTES_MAX})"
    )


def _split_sql(paths: Sequence[str], separator: str, selection: str) -> str:
    parts = f"string_split(content, {quote_text(separator)})"
    # A file that ends in a separator has no empty line after it.
    lines = f"CASE WHEN {parts}[-1] = '' THEN {parts}[:-2] ELSE {parts} END"
    return (
        f"SELECT unnest(({lines}){selection}) AS line "
        f"FROM read_text({paths_literal(paths)})"
    )


def must_decode(paths: Sequence[str], encoding: str, is_any_bytes: bool) -> bool:
    """Whether the text is to be made here, as DuckDB can't read one of the files."""
    if not is_utf8(encoding) or any(map(needs_reading, paths)):
        return True
    return is_any_bytes and any(map(_damaged_text, paths))


def _damaged_text(path: str) -> bool:
    return "\ufffd" in read_text(path)


def _decoded(path: str, encoding: str) -> str:
    """A file's text as a literal: DuckDB refuses to take such bytes itself."""
    return quote_text(read_text(path, encoding).replace("\0", "\ufffd"))


def _decoded_sql(
    paths: Sequence[str], separator: str | None, selection: str, encoding: str
) -> str:
    is_custom = separator is not None and separator not in _LINE_ENDS
    split = (
        f"string_split(content, {quote_text(separator or '')})"
        if is_custom
        else "string_split_regex(content, '\\r\\n|\\r|\\n')"
    )
    lines = f"CASE WHEN {split}[-1] = '' THEN {split}[:-2] ELSE {split} END"
    return " UNION ALL ".join(
        f"SELECT unnest(({lines}){selection}) AS line "
        f"FROM (SELECT {_decoded(path, encoding)} AS content)"
        for path in paths
    )


def _line_end(path: str) -> str:
    r"""The one line end of a file, or `mixed`: DuckDB reads files of one kind only."""
    data = _FILES.map(path)
    pairs = returns = feeds = 0
    for start in range(0, len(data), _CHUNK_BYTES):
        # One byte more, for a pair on the border.
        chunk = data[start : start + _CHUNK_BYTES + 1].to_pybytes()
        pairs += chunk.count(b"\r\n")
        returns += chunk.count(b"\r", 0, _CHUNK_BYTES)
        feeds += chunk.count(b"\n", 0, _CHUNK_BYTES)
    if returns == 0:
        return "\n"
    if pairs == returns == feeds:
        return "\r\n"
    return "\r" if feeds == 0 else "mixed"
