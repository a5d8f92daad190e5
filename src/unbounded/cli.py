"""Command line: `unbounded run` and `unbounded serve`.

Reads the options; what is to be done is done after the options' library has
returned, so that a user's program has nothing of it above itself. The engine
and the client are imported then, so that `--help` answers at once.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Annotated

import typer
from typer.main import get_command

from unbounded.conf import RuntimeConf
from unbounded.errors import UnboundedError

__all__ = ["main"]

_TOKEN = "SPARK_CONNECT_AUTHENTICATE_TOKEN"

# In a pipe help is plain text: no frames, no colours.
_IS_TERMINAL = sys.stdout is not None and sys.stdout.isatty()

app = typer.Typer(
    name="unbounded",
    help="Structured Streaming without a JVM.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich" if _IS_TERMINAL else None,
)

Conf = Annotated[
    list[str] | None,
    typer.Option(
        "--conf", "-c", metavar="KEY=VALUE", help="A Spark setting; may be repeated."
    ),
]


def main() -> None:
    """The command `unbounded`."""
    deeds: list[Callable[[], int]] = []
    try:
        get_command(app).main(obj=deeds, prog_name="unbounded")
    except SystemExit as end:
        if end.code or not deeds:
            raise
    try:
        code = deeds[0]()
    except UnboundedError as error:
        typer.echo(f"unbounded: {error}", err=True)
        code = 2
    raise SystemExit(code)


def _show_version(is_wanted: bool) -> None:
    if is_wanted:
        from importlib.metadata import version

        typer.echo(f"unbounded {version('unbounded')}")
        raise typer.Exit


@app.callback()
def _unbounded(
    version: Annotated[
        bool,
        typer.Option(
            "--version", is_eager=True, callback=_show_version, help="Show the version."
        ),
    ] = False,
) -> None:
    pass


@app.command(context_settings={"allow_interspersed_args": False})
def run(
    context: typer.Context,
    program: Annotated[
        str, typer.Argument(metavar="PROGRAM", help="A PySpark script.")
    ],
    arguments: Annotated[
        list[str] | None,
        typer.Argument(metavar="ARGUMENT", help="Handed to the program."),
    ] = None,
    conf: Conf = None,
    is_module: Annotated[
        bool, typer.Option("-m", help="PROGRAM is a module's name.")
    ] = False,
) -> None:
    """Run a PySpark program in this process.

    `SparkSession.builder.getOrCreate()` gives it a session. Exit codes are the
    program's own; 130 after Ctrl-C. SIGTERM stops its queries, which go on at the
    next start, and exits with 0.
    """
    path, package = program, None
    if is_module:
        from unbounded.connect.script import find_module

        found = find_module(program)
        if found is None:
            raise typer.BadParameter(f"There is no module {program}.")
        path, package = found
    elif not Path(program).is_file():
        raise typer.BadParameter(f"There is no file {program}.")
    context.obj.append(
        partial(_run, path, package, arguments or [], _settings(conf or []))
    )


def _run(
    path: str, package: str | None, arguments: list[str], conf: dict[str, str]
) -> int:
    from unbounded.connect.script import run_script

    return run_script(path, arguments, conf, package=package)


def _settings(pairs: list[str]) -> dict[str, str]:
    settings = {}
    for pair in pairs:
        key, equals, value = pair.partition("=")
        if not (key and equals):
            raise typer.BadParameter(f"{pair!r} is not KEY=VALUE.")
        settings[key.strip()] = value.strip()
    try:
        RuntimeConf(settings)
    except UnboundedError as error:
        raise typer.BadParameter(str(error)) from error
    return settings


if __name__ == "__main__":
    main()
