"""Cluster: a real standalone Spark on loopback: a master, two workers, Connect.

Each is a JVM of its own, as on machines of their own; every port is the system's
choice, and what a process listens on is read from its log.
"""

from __future__ import annotations

import os
import re
import subprocess
import time
from contextlib import AbstractContextManager, suppress
from pathlib import Path
from types import TracebackType
from typing import Self

__all__ = ["SparkCluster"]

_ROOT = Path(__file__).resolve().parent.parent.parent
_PYTHON = _ROOT / ".venv-spark" / "bin" / "python"
_START_SECONDS = 120
_STOP_SECONDS = 10
_LOOK_SECONDS = 0.1
_LOOPBACK = "127.0.0.1"
# Six processes start at once: they are to be up soon, not fast for long.
_JAVA = "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC"
_SETTINGS = {
    "spark.connect.grpc.binding.address": _LOOPBACK,
    "spark.connect.grpc.binding.port": "0",
    "spark.driver.bindAddress": _LOOPBACK,
    "spark.driver.host": _LOOPBACK,
    "spark.driver.extraJavaOptions": _JAVA,
    "spark.executor.extraJavaOptions": _JAVA,
    "spark.ui.enabled": "false",
    "spark.executor.memory": "512m",
    "spark.sql.session.timeZone": "UTC",
    "spark.sql.shuffle.partitions": "2",
}


class SparkCluster(AbstractContextManager["SparkCluster"]):
    """A cluster with two executors; ended, whatever happens, on leaving.

    Args:
        folder: for logs; the Connect server's own folder, so that relative paths
            of its clients start there.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._processes: list[subprocess.Popen[bytes]] = []
        found = sorted((_PYTHON.parent.parent / "lib").glob("*/site-packages/pyspark"))
        self._home = found[0]
        self.address = ""

    def __enter__(self) -> Self:
        try:
            self._start()
        except BaseException:
            self._end()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._end()

    def executors(self) -> set[str]:
        """The workers on which the master has started an executor."""
        return set(re.findall(r"Launching executor \S+ on worker (\S+)", self._log(0)))

    def _start(self) -> None:
        here = ["--host", _LOOPBACK, "--webui-port", "0"]
        deploy = "org.apache.spark.deploy"
        self._launch("spark-class", f"{deploy}.master.Master", *here, "--port", "0")
        master = self._wait_for(0, r"Starting Spark master at (spark://\S+)\n")
        for number in (1, 2):
            size = ["--cores", "1", "--memory", "1g"]
            work = ["--work-dir", str(self._folder / f"worker-{number}")]
            worker = f"{deploy}.worker.Worker"
            self._launch("spark-class", worker, *here, *size, *work, master)
        server = "org.apache.spark.sql.connect.service.SparkConnectServer"
        settings = [f"--conf={key}={value}" for key, value in _SETTINGS.items()]
        self._launch(
            "spark-submit", "--master", master, "--class", server, *settings,
            "spark-internal",
        )  # fmt: skip
        for number in (1, 2):
            self._wait_for(number, r"Successfully registered with (master)")
        port = self._wait_for(3, r"Spark Connect server started at: \S+:(\d+)\n")
        self.address = f"sc://{_LOOPBACK}:{port}"

    def _launch(self, command: str, *words: str) -> None:
        log = self._log_file(len(self._processes))
        with log.open("wb") as output:
            process = subprocess.Popen(
                [str(self._home / "bin" / command), *words],
                cwd=self._folder,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                env={
                    **os.environ,
                    "SPARK_HOME": str(self._home),
                    "SPARK_LOCAL_IP": _LOOPBACK,
                    "SPARK_DAEMON_JAVA_OPTS": _JAVA,
                    "PYSPARK_PYTHON": str(_PYTHON),
                    "TZ": "UTC",
                },
            )
        self._processes.append(process)

    def _wait_for(self, number: int, line: str) -> str:
        """What the log of a process tells; the process is to live until then."""
        process = self._processes[number]
        deadline = time.monotonic() + _START_SECONDS
        while (found := re.search(line, self._log(number))) is None:
            is_alive = process.poll() is None and time.monotonic() < deadline
            assert is_alive, f"no {line!r} in:\n{self._log(number)[-3000:]}"
            with suppress(subprocess.TimeoutExpired):
                process.wait(_LOOK_SECONDS)
        return found[1]

    def _end(self) -> None:
        """The server first, so that executors end with their application."""
        for process in reversed(self._processes):
            process.terminate()
            try:
                process.wait(_STOP_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()

    def _log(self, number: int) -> str:
        return self._log_file(number).read_text("utf-8", "replace")

    def _log_file(self, number: int) -> Path:
        return self._folder / f"process-{number}.log"
