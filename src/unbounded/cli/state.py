"""State commands: `unbounded state show`."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from functools import partial
from typing import TYPE_CHECKING, Annotated, Any

import typer

from unbounded.cli.output import Table, show_table

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["state_commands"]

state_commands = typer.Typer(
    help="Look at what a query remembers.", no_args_is_help=True
)


@state_commands.callback()
def _state() -> None:
    """Look at what a query remembers."""


@state_commands.command("show")
def show(
    context: typer.Context,
    path: Annotated[
        str, typer.Argument(metavar="PATH", help="A query's checkpointLocation.")
    ],
    operator: Annotated[
        int | None, typer.Option(help="Which operator's rows; see the list.", min=0)
    ] = None,
    store: Annotated[
        str, typer.Option(help="Which of its tables of state.")
    ] = "default",
    batch: Annotated[
        int | None, typer.Option(help="The state after this batch.", min=0)
    ] = None,
    rows: Annotated[int, typer.Option(help="How many rows at most.", min=0)] = 20,
    as_json: Annotated[
        bool, typer.Option("--json", help="A JSON document a line.")
    ] = False,
) -> None:
    """List the operators with state, or show the rows of one.

    Nothing is changed, and the query may be running. Exits with 2 where there is
    no such state.
    """
    options = {"path": os.path.abspath(path)}
    if operator is None:
        context.obj.append(partial(_show_operators, options, as_json))
        return
    options |= {"operatorid": str(operator), "storename": store}
    if batch is not None:
        options["batchid"] = str(batch)
    context.obj.append(partial(_show_rows, options, rows, as_json))


def _show_operators(options: dict[str, str], as_json: bool) -> int:
    from unbounded.errors import CheckpointError
    from unbounded.files import LocalFiles
    from unbounded.runtime.checkpoint_report import is_checkpoint
    from unbounded.sources import STATE_FORMATS

    if not is_checkpoint(LocalFiles(), options["path"]):
        raise CheckpointError("CHECKPOINT_NOT_FOUND", path=options["path"])
    table = STATE_FORMATS["state-metadata"].table(options, (), LocalFiles())
    wanted = ["operatorId", "operatorName", "stateStoreName", "minBatchId"]
    _show(table.select([*wanted, "maxBatchId"]), "Operators", as_json)
    return 0


def _show_rows(options: dict[str, str], row_count: int, as_json: bool) -> int:
    from unbounded.files import LocalFiles
    from unbounded.sources import STATE_FORMATS

    table = STATE_FORMATS["statestore"].table(options, (), LocalFiles())
    title = f"Operator {options['operatorid']}: {table.num_rows} rows"
    _show(table.select(["key", "value"]).slice(0, row_count), title, as_json)
    return 0


def _show(table: pa.Table, title: str, as_json: bool) -> None:
    if as_json:
        for row in table.to_pylist():
            typer.echo(json.dumps(row, ensure_ascii=False, default=str))
    else:
        show_table(Table(title, table.column_names, _cells(table)))


def _cells(table: pa.Table) -> Iterator[list[str]]:
    for row in table.to_pylist():
        yield [_cell(value) for value in row.values()]


def _cell(value: Any) -> str:
    """A struct as `name=value, …`, in braces inside of another."""
    if not isinstance(value, dict):
        return "null" if value is None else str(value)
    return ", ".join(
        f"{name}={{{_cell(item)}}}"
        if isinstance(item, dict)
        else f"{name}={_cell(item)}"
        for name, item in value.items()
    )
