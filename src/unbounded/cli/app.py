"""Application: the command `unbounded`, with `run` and `serve`.

Reads the options; what is to be done is done after the options' library has
returned, so that a user's program has nothing of it above itself. The engine
and the client are imported then, so that `--help` answers at once.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.main import get_command

from unbounded.cli.checkpoint import checkpoint_commands
from unbounded.cli.output import is_terminal
from unbounded.cli.queries import queries
from unbounded.cli.state import state_commands
from unbounded.conf import RuntimeConf
from unbounded.errors import UnboundedError

if TYPE_CHECKING:
    from unbounded.connect.grpc_server import ServerOptions

__all__ = ["main"]

_TOKEN = "SPARK_CONNECT_AUTHENTICATE_TOKEN"

app = typer.Typer(
    name="unbounded",
    help="Structured Streaming without a JVM.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    # In a pipe help is plain text: no frames, no colours.
    rich_markup_mode="rich" if is_terminal() else None,
)

_FILE: dict[str, Any] = {"exists": True, "dir_okay": False, "readable": True}

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
    except BrokenPipeError:
        # Who read the output has gone, so there is none to flush what is left to.
        os._exit(128 + signal.SIGPIPE)
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


@app.command()
def serve(
    context: typer.Context,
    host: Annotated[str, typer.Option(help="Where to listen.")] = "localhost",
    port: Annotated[
        int, typer.Option(help="0 lets the system choose.", min=0, max=65535)
    ] = 15002,
    token: Annotated[
        str | None,
        typer.Option(envvar=_TOKEN, help="What clients must know to be answered."),
    ] = None,
    token_file: Annotated[
        Path | None,
        typer.Option(help="The token's file; others see the command line.", **_FILE),
    ] = None,
    tls_cert: Annotated[
        Path | None, typer.Option(help="Certificate (PEM), for TLS.", **_FILE)
    ] = None,
    tls_key: Annotated[
        Path | None, typer.Option(help="Its private key (PEM).", **_FILE)
    ] = None,
    max_message_mib: Annotated[
        int, typer.Option(help="Size of the largest request, in MiB.", min=1, max=2047)
    ] = 128,
    conf: Conf = None,
) -> None:
    """Serve PySpark clients in other processes, by Spark Connect.

    Listens on this machine alone. Any other HOST needs a token, as clients run
    code here, and should have TLS. SIGTERM stops the sessions' queries and exits
    with 0.
    """
    if (tls_cert is None) != (tls_key is None):
        raise typer.BadParameter("--tls-cert and --tls-key go together.")
    values = {
        "host": host,
        "port": port,
        "token": token,
        "certificate": None if tls_cert is None else str(tls_cert),
        "key": None if tls_key is None else str(tls_key),
        "message_bytes_max": max_message_mib * 1024 * 1024,
    }
    context.obj.append(partial(_serve, values, token_file, _settings(conf or [])))


def _serve(
    values: dict[str, Any], token_file: Path | None, conf: dict[str, str]
) -> int:
    import logging

    from unbounded.connect.authentication import check_reach, check_token, is_loopback
    from unbounded.files import LocalFiles

    logging.basicConfig(format="%(asctime)s %(levelname)s %(message)s")
    if token_file is not None:
        values["token"] = LocalFiles().read(str(token_file)).decode("utf-8", "replace")
    if values["token"] is not None:
        values["token"] = check_token(values["token"])
    check_reach(values["host"], values["token"])
    from unbounded.connect.grpc_server import ServerOptions, serve as serve_clients

    options = ServerOptions(**values)
    if options.certificate is None and not is_loopback(options.host):
        typer.echo(_NO_TLS, err=True)

    def announce(port: int) -> None:
        typer.echo(f"Listening on {_address(options, port)}")

    return serve_clients(options, conf, announce)


_NO_TLS = (
    "Without TLS anyone on the way reads the token; PySpark sends one only by TLS,"
    " or to localhost."
)


def _address(options: ServerOptions, port: int) -> str:
    host = f"[{options.host}]" if ":" in options.host else options.host
    parameters = [";use_ssl=true"] if options.certificate else []
    parameters += [";token=…"] if options.token else []
    return f"sc://{host}:{port}" + "".join(["/", *parameters] if parameters else [])


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


app.command()(queries)
app.add_typer(checkpoint_commands, name="checkpoint")
app.add_typer(state_commands, name="state")
