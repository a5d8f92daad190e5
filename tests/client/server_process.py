"""Server process: `unbounded serve` beside a test, and clients in other processes."""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

# Far above what anything here takes, far below the ten minutes a client retries.
TIMEOUT_S = 60

_SERVE = [sys.executable, "-m", "unbounded.cli", "serve", "--port", "0"]


class Server:
    """A running server, and its address."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        assert process.stdout is not None
        line = process.stdout.readline()
        assert line.startswith("Listening on sc://"), line or process.communicate()
        self.process = process
        self.address = line.removeprefix("Listening on ").strip()

    @property
    def port(self) -> int:
        return int(self.address.removeprefix("sc://").split("/")[0].split(":")[-1])

    def end(self, number: int) -> tuple[int, str]:
        """Send a signal; the exit code and what went to stderr."""
        self.process.send_signal(number)
        _, stderr = self.process.communicate(timeout=TIMEOUT_S)
        return self.process.returncode, stderr


@contextmanager
def serving(*options: str) -> Iterator[Server]:
    """A server on a port of the system's choice."""
    process = subprocess.Popen(
        [*_SERVE, *options],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        yield Server(process)
    finally:
        process.kill()
        process.communicate()


def client(
    folder: Path, body: str, *arguments: str, **variables: str
) -> subprocess.Popen[str]:
    """A program with the official client alone, started in `folder`."""
    program = folder / "client.py"
    program.write_text(textwrap.dedent(body))
    return subprocess.Popen(
        [sys.executable, str(program), *arguments],
        cwd=folder,
        env={**os.environ, **variables},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def output_of(process: subprocess.Popen[str]) -> tuple[int, str, str]:
    """Exit code, stdout and stderr of a program that ends by itself."""
    try:
        stdout, stderr = process.communicate(timeout=TIMEOUT_S)
    finally:
        process.kill()
    return process.returncode, stdout, stderr
