"""Processes end cleanly and at once, whatever they were doing."""

from __future__ import annotations

import signal
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

# Far above what ending takes, far below the minutes a client retries for.
TIMEOUT_S = 30

START = """
import unbounded
spark = unbounded.connect()
"""

STREAM = """
from unbounded.testing import MemoryStream
stream = MemoryStream(spark, "n INT")
query = stream.to_df().writeStream.format("memory").queryName("t").start()
stream.add_data([1, 2])
query.processAllAvailable()
"""


def run(tmp_path: Path, *parts: str) -> subprocess.CompletedProcess[str]:
    program = tmp_path / "program.py"
    program.write_text("".join(textwrap.dedent(part) for part in parts))
    return subprocess.run(
        [sys.executable, str(program)],
        capture_output=True,
        text=True,
        timeout=TIMEOUT_S,
        check=False,
    )


def test_process_ends_without_stop(tmp_path: Path) -> None:
    done = run(tmp_path, START, "print(spark.range(3).count())")
    assert (done.returncode, done.stdout, done.stderr) == (0, "3\n", "")


def test_process_ends_after_stop(tmp_path: Path) -> None:
    done = run(tmp_path, START, "spark.range(3).count(); spark.stop()")
    assert (done.returncode, done.stderr) == (0, "")


def test_process_ends_after_an_exception(tmp_path: Path) -> None:
    done = run(tmp_path, START, "spark.range(1).collect()\nraise ValueError('mine')")
    assert done.returncode == 1
    assert done.stderr.endswith("ValueError: mine\n")


def test_process_ends_with_a_query_running(tmp_path: Path) -> None:
    done = run(tmp_path, START, STREAM, "print(spark.table('t').count())")
    assert (done.returncode, done.stdout, done.stderr) == (0, "2\n", "")


def test_process_ends_with_an_exception_and_a_query_running(tmp_path: Path) -> None:
    done = run(tmp_path, START, STREAM, "raise ValueError('mine')")
    assert done.returncode == 1
    assert done.stderr.endswith("ValueError: mine\n")


def test_process_ends_while_user_code_runs_for_ever(tmp_path: Path) -> None:
    body = """
    import threading
    from unbounded.testing import MemoryStream
    begun = threading.Event()
    def forever(df, batch_id):
        begun.set()
        threading.Event().wait()
    stream = MemoryStream(spark, "n INT")
    query = stream.to_df().writeStream.foreachBatch(forever).start()
    stream.add_data([1])
    assert begun.wait(20)
    """
    done = run(tmp_path, START, body)
    # DuckDB's binding says what it could not free while that thread held it.
    lines = [line for line in done.stderr.splitlines() if "leaked" not in line]
    assert done.returncode == 0
    assert all("nanobind" in line or "- ... " in line for line in lines), lines


def test_process_ends_with_a_listener_not_removed(tmp_path: Path) -> None:
    body = """
    from pyspark.sql.streaming import StreamingQueryListener
    class Silent(StreamingQueryListener):
        def onQueryStarted(self, event): pass
        def onQueryProgress(self, event): pass
        def onQueryIdle(self, event): pass
        def onQueryTerminated(self, event): pass
    spark.streams.addListener(Silent())
    """
    done = run(tmp_path, START, body, STREAM)
    assert (done.returncode, done.stderr) == (0, "")


def test_threads_of_the_user_go_on_after_the_main_thread(tmp_path: Path) -> None:
    body = """
    import threading
    def late():
        threading.main_thread().join()
        print(spark.range(4).count(), flush=True)
    threading.Thread(target=late).start()
    """
    done = run(tmp_path, START, body)
    assert (done.returncode, done.stdout, done.stderr) == (0, "4\n", "")


SLOW = "SELECT sum(a.id * b.id) FROM range(10000000) a, range(10000000) b"


@pytest.mark.parametrize(
    "wait",
    [
        "query.awaitTermination()",
        "spark.streams.awaitAnyTermination()",
        f"spark.sql('{SLOW}').collect()",
    ],
)
def test_process_ends_after_ctrl_c(tmp_path: Path, wait: str) -> None:
    program = tmp_path / "program.py"
    body = f"print('ready', flush=True)\n{wait}\n"
    program.write_text(START + STREAM + body)
    with subprocess.Popen(
        [sys.executable, str(program)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        process.send_signal(signal.SIGINT)
        try:
            _, stderr = process.communicate(timeout=TIMEOUT_S)
        finally:
            process.kill()
    assert process.returncode == -signal.SIGINT or process.returncode == 1
    assert stderr.rstrip().endswith("KeyboardInterrupt")


def test_command_line_program_connects() -> None:
    code = "import unbounded; print(unbounded.connect().range(2).count())"
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        timeout=TIMEOUT_S,
        check=False,
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "2\n", "")


def test_spawned_child_of_a_command_line_program_connects() -> None:
    code = textwrap.dedent(
        """
        import multiprocessing
        from unbounded.connect import connect
        context = multiprocessing.get_context("spawn")
        with context.Pool(1) as pool:
            child = pool.apply_async(eval, (
                "__import__('unbounded').connect().range(5).count()",))
            print(child.get(20))
        """
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        timeout=TIMEOUT_S,
        check=False,
    )
    assert (done.returncode, done.stdout) == (0, "5\n"), done.stderr


def test_forked_child_gets_a_named_error_and_ends(tmp_path: Path) -> None:
    body = """
    import os, sys
    spark.range(1).collect()
    child = os.fork()
    if child == 0:
        try:
            spark.range(1).collect()
        except Exception as error:
            print(error.getCondition(), flush=True)
        sys.exit(7)
    print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
    print(spark.range(3).count())
    """
    done = run(tmp_path, START, body)
    assert done.stdout == "FORKED_PROCESS\n7\n3\n", done.stderr
    assert done.returncode == 0


def test_forked_child_may_connect_anew(tmp_path: Path) -> None:
    body = """
    import os, sys
    child = os.fork()
    if child == 0:
        print(unbounded.connect().range(6).count(), flush=True)
        sys.exit(0)
    print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
    """
    done = run(tmp_path, START, body)
    assert done.stdout == "6\n0\n", done.stderr


def test_import_alone_does_nothing(tmp_path: Path) -> None:
    body = """
    import sys
    import unbounded
    heavy = {"pyspark", "duckdb", "pyarrow", "grpc", "sqlglot", "pandas", "numpy"}
    print(sorted(heavy & set(sys.modules)))
    """
    done = run(tmp_path, body)
    assert (done.stdout, done.stderr) == ("[]\n", "")


def test_address_is_taken_away_at_close(tmp_path: Path) -> None:
    body = """
    import os
    os.environ["SPARK_REMOTE"] = "sc://elsewhere:15002"
    import unbounded
    from pyspark.sql.connect.streaming.readwriter import DataStreamWriter
    before = DataStreamWriter.foreachBatch
    spark = unbounded.connect()
    assert DataStreamWriter.foreachBatch is not before
    unbounded.close()
    assert DataStreamWriter.foreachBatch is before
    print(os.environ["SPARK_REMOTE"], spark.is_stopped)
    """
    done = run(tmp_path, body)
    assert (done.stdout, done.stderr) == ("sc://elsewhere:15002 True\n", "")
