"""The command line itself: what it says, and what it refuses."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

TIMEOUT_S = 60
TLS = Path(__file__).parent / "client" / "tls"


def cli(*words: str, **variables: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "unbounded.cli", *words],
        env={"PATH": "", **variables},
        capture_output=True,
        text=True,
        timeout=TIMEOUT_S,
        check=False,
    )


def test_version_is_the_packages() -> None:
    done = cli("--version")
    assert (done.returncode, done.stdout, done.stderr) == (0, "unbounded 0.1.0\n", "")


@pytest.mark.parametrize(
    "words",
    [
        ("--help",),
        ("run", "--help"),
        ("serve", "--help"),
        ("queries", "--help"),
        ("checkpoint", "--help"),
        ("checkpoint", "verify", "--help"),
        ("state", "show", "--help"),
    ],
)
def test_help_is_plain_text_in_a_pipe(words: tuple[str, ...]) -> None:
    done = cli(*words)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("Usage: unbounded")
    assert done.stdout.isascii()


def test_help_imports_neither_engine_nor_client() -> None:
    code = """
import sys
sys.argv = ["unbounded", "--help"]
from unbounded import cli
try:
    cli.main()
finally:
    heavy = {"pyspark", "duckdb", "pyarrow", "grpc", "sqlglot", "pandas", "numpy"}
    print(sorted(heavy & set(sys.modules)))
"""
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False
    )
    assert done.stdout.endswith("\n[]\n")


def test_shell_is_told_how_words_go_on() -> None:
    asked = {"COMP_WORDS": "unbounded checkpoint v", "COMP_CWORD": "2"}
    done = cli(_UNBOUNDED_COMPLETE="complete_bash", **asked)
    assert done.stdout.split() == ["verify"]


def test_reader_that_goes_ends_the_command_quietly(tmp_path: Path) -> None:
    (tmp_path / "metadata").write_text('{"id":"54c2e818"}')
    words = [sys.executable, "-m", "unbounded.cli", "checkpoint", "show", str(tmp_path)]
    read, write = os.pipe()
    os.close(read)
    with os.fdopen(write, "wb") as pipe:
        done = subprocess.run(
            words, stdout=pipe, stderr=subprocess.PIPE, check=False, timeout=TIMEOUT_S
        )
    assert (done.returncode, done.stderr) == (141, b"")


def test_command_that_is_not_there_is_refused() -> None:
    done = cli("walk")
    assert (done.returncode, done.stdout) == (2, "")
    assert "walk" in done.stderr


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        (("run", "nowhere.py"), "There is no file nowhere.py."),
        (("run", "-m", "nowhere.at.all"), "There is no module nowhere.at.all."),
        (("run", "-c", "key", "job.py"), "'key' is not KEY=VALUE."),
        (
            ("serve", "-c", "spark.sql.shuffle.partitions=many"),
            "[INVALID_CONF_VALUE.TYPE_MISMATCH]",
        ),
        (("serve", "--port", "70000"), "'--port'"),
        (("serve", "--tls-cert", str(TLS / "localhost.pem")), "go together"),
        (("serve", "--token-file", "nowhere"), "nowhere"),
    ],
)
def test_wrong_words_are_refused_with_the_reason(
    words: tuple[str, ...], reason: str, tmp_path: Path
) -> None:
    (tmp_path / "job.py").write_text("")
    words = tuple(str(tmp_path / w) if w == "job.py" else w for w in words)
    done = cli(*words)
    assert (done.returncode, done.stdout) == (2, "")
    assert reason in " ".join(done.stderr.split())


# --- where a server will not listen -----------------------------------------


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.1", "example.invalid"])
def test_server_that_others_reach_needs_a_token(host: str) -> None:
    done = cli("serve", "--host", host, "--port", "0")
    assert (done.returncode, done.stdout) == (2, "")
    assert "[SERVER_NEEDS_TOKEN]" in done.stderr


@pytest.mark.parametrize("token", ["", " ", "two words", "é"])
def test_token_that_no_header_carries_is_refused(token: str) -> None:
    done = cli("serve", "--port", "0", "--token", token, PYTHONUTF8="1")
    assert (done.returncode, done.stdout) == (2, "")
    assert "[INVALID_TOKEN]" in done.stderr


def test_token_is_asked_for_by_sparks_variable_as_well() -> None:
    variables = {"SPARK_CONNECT_AUTHENTICATE_TOKEN": "two words"}
    done = cli("serve", "--port", "0", **variables)
    assert "[INVALID_TOKEN]" in done.stderr


def test_port_that_is_taken_is_named() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        done = cli("serve", "--host", "127.0.0.1", "--port", port)
    assert (done.returncode, done.stdout) == (2, "")
    assert "[SERVER_ADDRESS_UNAVAILABLE]" in done.stderr
    assert f"127.0.0.1:{port}" in done.stderr


def test_certificate_of_another_key_is_refused(tmp_path: Path) -> None:
    key = tmp_path / "other.key"
    key.write_text("no key")
    done = cli(
        *("serve", "--port", "0", "--tls-key", str(key)),
        *("--tls-cert", str(TLS / "localhost.pem")),
    )
    assert (done.returncode, done.stdout) == (2, "")
    assert "[INVALID_TLS_FILES]" in done.stderr
