"""Table text: rows of cells laid out as `df.show` prints them.

Pure text. The session and the console sink hand in cells that are strings
already. Spark's `Dataset.showString`: numbers and text alike are pushed to the
right when cells are truncated, to the left when not; wide (CJK) characters take
two places; control characters are escaped.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

__all__ = ["render_table"]

_WIDTH_MIN = 3
_WIDE = re.compile(
    "[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f"
    "\uff00-\uff60\uffe0-\uffe6]"
)
_ESCAPES = str.maketrans(
    {
        "\n": "\\n",
        "\r": "\\r",
        "\t": "\\t",
        "\f": "\\f",
        "\b": "\\b",
        "\v": "\\v",
        "\a": "\\a",
    }
)


def render_table(
    names: Sequence[str],
    rows: Sequence[Sequence[str]],
    truncate: int,
    is_vertical: bool,
    has_more: bool,
) -> str:
    """The table's text; a last line that is a remark has no line end.

    `truncate` is the longest cell allowed, 0 for no limit. `has_more` says that
    the table goes on after `rows`, which the last line then tells.
    """
    head, *cells = [
        [_shortened(str(cell).translate(_ESCAPES), truncate) for cell in row]
        for row in (names, *rows)
    ]
    text = _vertical(head, cells) if is_vertical else _grid(head, cells, truncate)
    if is_vertical and not rows:
        return text + "(0 rows)"
    if has_more:
        word = "row" if len(rows) == 1 else "rows"
        return f"{text}only showing top {len(rows)} {word}"
    return text


def _grid(head: list[str], cells: list[list[str]], truncate: int) -> str:
    table = [head, *cells]
    widths = [
        max(_WIDTH_MIN, *(_width(row[column]) for row in table))
        for column in range(len(head))
    ]
    border = "+" + "+".join("-" * width for width in widths) + "+\n"
    to_right = truncate > 0
    lines = [
        "|"
        + "|".join(
            _padded(cell, width, to_right=to_right)
            for cell, width in zip(row, widths, strict=True)
        )
        + "|\n"
        for row in table
    ]
    return "".join((border, lines[0], border, *lines[1:], border))


def _vertical(names: list[str], cells: list[list[str]]) -> str:
    name_width = max([_WIDTH_MIN, *(_width(name) for name in names)])
    cell_width = max([_WIDTH_MIN, *(_width(cell) for row in cells for cell in row)])
    lines = []
    for index, row in enumerate(cells):
        lines.append(f"-RECORD {index}".ljust(name_width + cell_width + 5, "-"))
        for name, cell in zip(names, row, strict=True):
            label = _padded(name, name_width, to_right=False)
            lines.append(f" {label} | {_padded(cell, cell_width, to_right=False)} ")
    return "".join(line + "\n" for line in lines)


def _shortened(cell: str, truncate: int) -> str:
    if truncate <= 0 or _length(cell) <= truncate:
        return cell
    if truncate < 4:
        return _cut(cell, truncate)
    return _cut(cell, truncate - 3) + "..."


def _length(text: str) -> int:
    """The number of Java characters: two for one outside the basic plane."""
    return len(text) + sum(char > "\uffff" for char in text)


def _cut(text: str, length: int) -> str:
    """The first Java characters; half a pair becomes a question mark."""
    units = text.encode("utf-16-le")[: 2 * length]
    return units.decode("utf-16-le", errors="replace").replace("\ufffd", "?")


def _width(text: str) -> int:
    return _length(text) + len(_WIDE.findall(text))


def _padded(cell: str, width: int, *, to_right: bool) -> str:
    spaces = " " * (width - _width(cell))
    return spaces + cell if to_right else cell + spaces
