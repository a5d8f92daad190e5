"""Output: tables and facts, framed in a terminal, plain in a pipe.

Plain is a line a row, its cells parted by tabs, so that `cut` and `awk` read it.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence

import typer

__all__ = ["Table", "is_terminal", "show_facts", "show_table"]

Row = Sequence[str]


class Table:
    """Rows under headings; `is_number` says which columns are set to the right."""

    def __init__(
        self, title: str, headings: Row, rows: Iterable[Row], numbers: Row = ()
    ) -> None:
        self.title = title
        self.headings = headings
        self.rows = [tuple(row) for row in rows]
        self.numbers = frozenset(numbers)

    @property
    def plain(self) -> str:
        """The table for a pipe."""
        lines = (self.headings, *self.rows)
        return "\n".join("\t".join(map(_one_line, line)) for line in lines)

    @property
    def framed(self) -> object:
        """The table for a terminal, as rich draws it."""
        from rich.table import Table as Framed

        framed = Framed(title=self.title, title_justify="left", title_style="bold")
        for heading in self.headings:
            is_number = heading in self.numbers
            framed.add_column(heading, justify="right" if is_number else "left")
        for row in self.rows:
            framed.add_row(*(_escaped(cell) for cell in row))
        return framed


def is_terminal() -> bool:
    """Whether someone looks on, who may be shown frames and colours."""
    return sys.stdout is not None and sys.stdout.isatty()


def show_table(table: Table) -> None:
    """One table, and an empty line before the next."""
    if is_terminal():
        from rich.console import Console

        Console().print(table.framed)
    else:
        typer.echo(f"{table.plain}\n")


def show_facts(facts: Iterable[tuple[str, str]]) -> None:
    """A name and what it is, a line each, and an empty line after the last."""
    pairs = list(facts)
    if not is_terminal():
        lines = "\n".join(f"{name}\t{_one_line(value)}" for name, value in pairs)
        typer.echo(f"{lines}\n")
        return
    from rich.console import Console
    from rich.table import Table as Grid

    grid = Grid.grid(padding=(0, 2))
    for name, value in pairs:
        grid.add_row(f"[bold]{name}[/bold]", _escaped(value))
    Console().print(grid)


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _escaped(text: str) -> str:
    from rich.markup import escape

    return escape(text)
