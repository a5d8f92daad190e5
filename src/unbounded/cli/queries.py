"""Queries command: `unbounded queries`, what runs on a server, now or continuously."""

from __future__ import annotations

import json
import threading
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Annotated, Any

import typer

from unbounded.cli.output import Table, is_terminal, show_table

__all__ = ["follow", "queries", "table_of"]

_TOKEN = "SPARK_CONNECT_AUTHENTICATE_TOKEN"
_HEADINGS = (
    "name",
    "status",
    "batch",
    "in/s",
    "done/s",
    "took ms",
    "behind",
    "state rows",
    "watermark",
    "id",
)
_NUMBERS = ("batch", "in/s", "done/s", "took ms", "behind", "state rows")
# What a source calls that which still waits, in the order of preference.
_BACKLOGS = ("numFilesOutstanding", "offsetsBehindLatest", "maxOffsetsBehindLatest")


def queries(
    context: typer.Context,
    address: Annotated[
        str, typer.Argument(metavar="ADDRESS", help="Of a running server.")
    ] = "sc://localhost:15002",
    token: Annotated[
        str | None, typer.Option(envvar=_TOKEN, help="What the server asks for.")
    ] = None,
    ended: Annotated[
        bool, typer.Option("--all", help="Those that ended as well.")
    ] = False,
    once: Annotated[bool, typer.Option(help="Show the table once, and end.")] = False,
    interval: Annotated[
        float, typer.Option(help="Seconds from one look to the next.", min=0.1)
    ] = 1.0,
    as_json: Annotated[
        bool, typer.Option("--json", help="A JSON document a line, once.")
    ] = False,
) -> None:
    """Show the streaming queries of a running server, of all its sessions.

    In a terminal the table follows the queries until Ctrl-C; in a pipe it is
    written once. Exits with 2 where no server answers.
    """
    fetch = partial(_fetch, address, token, ended)
    if as_json:
        context.obj.append(partial(_print_json, fetch))
    elif once or not is_terminal():
        context.obj.append(partial(_print, fetch, address))
    else:
        context.obj.append(partial(follow, fetch, address, interval))


def _fetch(address: str, token: str | None, ended: bool) -> Sequence[dict[str, Any]]:
    from unbounded.connect.query_listing import fetch_queries

    return fetch_queries(address, token, ended_too=ended)


def _print_json(fetch: Any) -> int:
    for query in fetch():
        typer.echo(json.dumps(query, ensure_ascii=False))
    return 0


def _print(fetch: Any, address: str) -> int:
    show_table(table_of(fetch(), address))
    return 0


def follow(fetch: Any, address: str, interval_s: float) -> int:
    """Draw the table anew at each look, until Ctrl-C."""
    from rich.live import Live

    from unbounded.clock import SystemClock

    clock, never = SystemClock(), threading.Event()
    try:
        with Live(auto_refresh=False) as live:
            while True:
                shown: Any = table_of(fetch(), address).framed
                live.update(shown, refresh=True)
                clock.wait(never, interval_s * 1000)
    except KeyboardInterrupt:
        return 0


def table_of(found: Sequence[Mapping[str, Any]], address: str) -> Table:
    """A row for each query, by name."""
    count = f"{len(found)} {'query' if len(found) == 1 else 'queries'}"
    rows = sorted(map(_row, found))
    return Table(f"{address}: {count}", _HEADINGS, rows, numbers=_NUMBERS)


def _row(query: Mapping[str, Any]) -> tuple[str, ...]:
    progress = query["lastProgress"] or {}
    operators = progress.get("stateOperators", ())
    return (
        query["name"] or "-",
        query["status"]["message"],
        str(progress.get("batchId", "-")),
        _rate(progress.get("inputRowsPerSecond")),
        _rate(progress.get("processedRowsPerSecond")),
        str(progress.get("batchDuration", "-")),
        _behind(progress),
        str(sum(o["numRowsTotal"] for o in operators)) if operators else "-",
        progress.get("eventTime", {}).get("watermark", "-"),
        query["id"],
    )


def _rate(value: float | None) -> str:
    return "-" if value is None else f"{value:.1f}"


def _behind(progress: Mapping[str, Any]) -> str:
    """What still waits in the sources that tell."""
    counts = []
    for source in progress.get("sources", ()):
        metrics = source["metrics"]
        name = next((name for name in _BACKLOGS if name in metrics), None)
        if name is not None:
            counts.append(int(metrics[name]))
    return str(sum(counts)) if counts else "-"
