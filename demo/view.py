"""View: what the person in front of `make demo` sees.

A live table in a terminal; plain lines where the output is not one.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from rich.console import Group
from rich.live import Live
from rich.panel import Panel
from rich.table import Table

__all__ = ["Counts", "Moment", "View", "open_view"]

Counts = Mapping[tuple[datetime, str], int]


@dataclass
class Moment:
    """What is known at one moment of the demonstration."""

    elapsed_seconds: float = 0.0
    files_fed: int = 0
    files_seen: int = 0
    batch_id: int = -1
    rows_per_second: float = 0.0
    batch_ms: int = 0
    is_running: bool = False
    counts: Counts = field(default_factory=dict)

    def line(self) -> str:
        return (
            f"batch {self.batch_id:>2} · {self.batch_ms:>4} ms · "
            f"{self.rows_per_second:>7,.0f} rows/s · files {self.files_seen:>2} of "
            f"{self.files_fed:>2} · {len(self.counts):>2} rows in the table, "
            f"{sum(self.counts.values()):,} events counted"
        )


class View(Protocol):
    """Shows moments, and says what happened between them."""

    def show(self, moment: Moment) -> None:
        """The moment has changed."""

    def say(self, moment: Moment, text: str) -> None:
        """Something happened that the person should know."""


class PlainView:
    """One line for each batch and each event, for pipes and logs."""

    def __init__(self) -> None:
        self._batch_id = -1

    def show(self, moment: Moment) -> None:
        if moment.batch_id != self._batch_id:
            self._batch_id = moment.batch_id
            self.say(moment, moment.line())

    def say(self, moment: Moment, text: str) -> None:
        print(f"{moment.elapsed_seconds:5.1f} s  {text}", flush=True)


class LiveView:
    """A panel of figures over the result table, drawn in place."""

    def __init__(self, live: Live) -> None:
        self._live = live
        self._said: list[str] = []

    def show(self, moment: Moment) -> None:
        self._live.update(self._render(moment))

    def say(self, moment: Moment, text: str) -> None:
        self._said.append(f"{moment.elapsed_seconds:5.1f} s  {text}")
        self.show(moment)

    def _render(self, moment: Moment) -> Group:
        light = "[green]●[/] running" if moment.is_running else "[red]●[/] not running"
        title = f"examples/counts.py   {light}   {moment.elapsed_seconds:4.1f} s"
        return Group(
            Panel(_figures(moment), title=title, title_align="left"),
            _pivot(moment.counts),
            *self._said,
        )


def _figures(moment: Moment) -> Table:
    grid = Table.grid(expand=True)
    figures = {
        "files seen": f"{moment.files_seen} of {moment.files_fed}",
        "batch": str(moment.batch_id) if moment.batch_id >= 0 else "–",
        "rows per second": f"{moment.rows_per_second:,.0f}",
        "batch milliseconds": str(moment.batch_ms),
        "events counted": f"{sum(moment.counts.values()):,}",
    }
    for _ in figures:
        grid.add_column(justify="center")
    grid.add_row(*(f"[bold]{value}[/]" for value in figures.values()))
    grid.add_row(*(f"[dim]{name}[/]" for name in figures))
    return grid


def _pivot(counts: Counts) -> Table:
    """A row for each hour, a column for each action."""
    actions = sorted({action for _, action in counts})
    table = Table(title="counts/", title_justify="left", expand=True)
    table.add_column("hour")
    for action in actions:
        table.add_column(action, justify="right")
    for hour in sorted({hour for hour, _ in counts}):
        cells = [counts.get((hour, action)) for action in actions]
        table.add_row(
            f"{hour:%d %b %H:%M}",
            *("" if cell is None else f"{cell:,}" for cell in cells),
        )
    return table


@contextmanager
def open_view() -> Iterator[View]:
    """The view that fits where the output goes."""
    if not sys.stdout.isatty():
        yield PlainView()
        return
    with Live(refresh_per_second=8) as live:
        yield LiveView(live)
