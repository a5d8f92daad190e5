"""Programs under `unbounded run`: what they see, and how they end."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

# Far above what ending takes, far below the minutes a client retries for.
TIMEOUT_S = 60

RUN = [sys.executable, "-m", "unbounded.cli", "run"]

START = """
from pyspark.sql import SparkSession
spark = SparkSession.builder.appName("job").master("local[2]").getOrCreate()
"""


def write(folder: Path, *parts: str, name: str = "job.py") -> Path:
    program = folder / name
    program.write_text("".join(textwrap.dedent(part) for part in parts))
    return program


def run(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*RUN, *words],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=TIMEOUT_S,
        check=False,
    )


@contextmanager
def running(folder: Path, *words: str) -> Iterator[subprocess.Popen[str]]:
    """A program under way, which has printed `ready`."""
    process = subprocess.Popen(
        [*RUN, *words],
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        yield process
    finally:
        process.kill()
        process.communicate()


# --- what a program sees ----------------------------------------------------


def test_program_sees_what_python_shows_it(tmp_path: Path) -> None:
    body = """
    import sys, os
    here = os.path.dirname(os.path.realpath(__file__))
    print(__name__, __file__ == os.path.abspath("jobs/job.py"), __spec__)
    print(sys.argv, sys.path[0] == here)
    print(sys.modules["__main__"].__dict__ is globals())
    """
    (tmp_path / "jobs").mkdir()
    write(tmp_path / "jobs", body)
    done = run(tmp_path, "jobs/job.py", "-c", "--help", "--", "x y")
    assert done.stdout.splitlines() == [
        "__main__ True None",
        "['jobs/job.py', '-c', '--help', '--', 'x y'] True",
        "True",
    ]
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize(
    "builder",
    [
        "SparkSession.builder.getOrCreate()",
        "SparkSession.builder.master('local[*]').appName('a').getOrCreate()",
        "SparkSession.builder.config('spark.sql.shuffle.partitions', 2)"
        ".enableHiveSupport().getOrCreate()",
    ],
)
def test_builder_gives_a_session(tmp_path: Path, builder: str) -> None:
    lines = f"""
    from pyspark.sql import SparkSession
    spark = {builder}
    print(spark.range(4).count(), SparkSession.getActiveSession() is spark)
    spark.stop()
    print({builder}.range(5).count())
    """
    write(tmp_path, lines)
    done = run(tmp_path, "job.py")
    assert (done.stdout, done.stderr) == ("4 True\n5\n", "")


def test_program_may_connect_by_itself_and_meets_the_same_engine(
    tmp_path: Path,
) -> None:
    body = """
    import unbounded
    one = unbounded.connect()
    one.range(3).createGlobalTempView("shared")
    print(spark.table("global_temp.shared").count())
    """
    write(tmp_path, START, body)
    done = run(tmp_path, "job.py")
    assert (done.stdout, done.stderr) == ("3\n", "")


def test_settings_of_the_command_line_are_there_from_the_start(tmp_path: Path) -> None:
    body = "print(spark.conf.get('spark.sql.session.timeZone'))"
    write(tmp_path, START, body)
    done = run(tmp_path, "-c", "spark.sql.session.timeZone=Asia/Tokyo", "job.py")
    assert (done.stdout, done.stderr) == ("Asia/Tokyo\n", "")


def test_module_runs_by_its_name(tmp_path: Path) -> None:
    package = tmp_path / "jobs"
    package.mkdir()
    write(package, "WORD = 'here'", name="words.py")
    write(package, "from . import words; import sys\nprint(words.WORD, sys.argv[1:])")
    done = run(tmp_path, "-m", "jobs.job", "-x")
    assert (done.stdout, done.stderr) == ("here ['-x']\n", "")


def test_children_that_are_spawned_find_the_program(tmp_path: Path) -> None:
    body = """
    import multiprocessing
    def double(n):
        return 2 * n
    if __name__ == "__main__":
        with multiprocessing.get_context("spawn").Pool(1) as pool:
            print(pool.map(double, [1, 2]))
    """
    write(tmp_path, body)
    done = run(tmp_path, "job.py")
    assert (done.returncode, done.stdout, done.stderr) == (0, "[2, 4]\n", "")


def test_children_that_are_forked_end_at_sigterm_alone(tmp_path: Path) -> None:
    body = """
    import os, signal
    child = os.fork()
    if child == 0:
        signal.pause()
    os.kill(child, signal.SIGTERM)
    print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
    """
    write(tmp_path, body)
    done = run(tmp_path, "job.py")
    assert (done.returncode, done.stdout) == (0, f"{-signal.SIGTERM}\n")


# --- how a program ends -----------------------------------------------------


@pytest.mark.parametrize(
    ("ending", "code", "stderr"),
    [
        ("", 0, ""),
        ("raise SystemExit", 0, ""),
        ("import sys; sys.exit(7)", 7, ""),
        ("import sys; sys.exit('no input')", 1, "no input\n"),
        ("import os; os._exit(9)", 9, ""),
    ],
)
def test_exit_code_is_the_programs(
    tmp_path: Path, ending: str, code: int, stderr: str
) -> None:
    write(tmp_path, START, "spark.range(2).count()\n", ending)
    done = run(tmp_path, "job.py")
    assert (done.returncode, done.stdout, done.stderr) == (code, "", stderr)


def test_traceback_is_pythons_own(tmp_path: Path) -> None:
    body = """
    def fail():
        raise ValueError("mine")
    fail()
    """
    program = write(tmp_path, body)
    plain = subprocess.run(
        [sys.executable, str(program)], capture_output=True, text=True, check=False
    )
    done = run(tmp_path, str(program))
    assert (done.returncode, done.stderr) == (1, plain.stderr)


def test_traceback_of_a_mistake_in_the_text_is_pythons_own(tmp_path: Path) -> None:
    program = write(tmp_path, "def f(:\n")
    plain = subprocess.run(
        [sys.executable, str(program)], capture_output=True, text=True, check=False
    )
    done = run(tmp_path, str(program))
    assert (done.returncode, done.stderr) == (1, plain.stderr)


def test_error_of_a_query_is_shown_at_the_programs_line(tmp_path: Path) -> None:
    program = write(tmp_path, START, "def f():\n    spark.table('x').count()\nf()\n")
    done = run(tmp_path, str(program))
    lines = done.stderr.splitlines()
    assert done.returncode == 1
    assert [line for line in lines if line.startswith("  File")] == [
        f'  File "{program}", line 6, in <module>',
        f'  File "{program}", line 5, in f',
    ]
    assert "AnalysisException: [TABLE_OR_VIEW_NOT_FOUND]" in lines[-1]


def test_programs_own_hook_for_errors_is_called(tmp_path: Path) -> None:
    body = """
    import sys
    sys.excepthook = lambda kind, error, frames: print(kind.__name__, error)
    raise ValueError("mine")
    """
    write(tmp_path, body)
    done = run(tmp_path, "job.py")
    assert (done.returncode, done.stdout, done.stderr) == (1, "ValueError mine\n", "")


# --- how a stream ends ------------------------------------------------------

STREAM = """
import sys
from pyspark.sql import functions as F
rows = (
    spark.readStream.schema("n INT").option("maxFilesPerTrigger", 1)
    .json("in")
)
query = (
    rows.select(F.col("n")).writeStream.format("parquet")
    .option("checkpointLocation", "checkpoint").start("out")
)
"""

WAIT = """
query.processAllAvailable()
print("ready", flush=True)
query.awaitTermination()
print("not reached")
"""

END = """
query.processAllAvailable()
print(sorted(row.n for row in spark.read.parquet("out").collect()))
"""


def add_rows(folder: Path, *numbers: int) -> None:
    (folder / "in").mkdir(exist_ok=True)
    for number in numbers:
        (folder / "in" / f"{number}.json").write_text(f'{{"n": {number}}}\n')


def test_stream_ends_at_sigterm_and_goes_on_exactly_once(tmp_path: Path) -> None:
    add_rows(tmp_path, *range(5))
    write(tmp_path, START, STREAM, WAIT)
    with running(tmp_path, "job.py") as process:
        add_rows(tmp_path, *range(5, 60))
        process.send_signal(signal.SIGTERM)
        rest, stderr = process.communicate(timeout=TIMEOUT_S)
    assert (process.returncode, rest, stderr) == (0, "", "")
    write(tmp_path, START, STREAM, END)
    done = run(tmp_path, "job.py")
    assert (done.stdout, done.stderr) == (f"{list(range(60))}\n", "")


def test_sigterm_runs_the_programs_own_endings(tmp_path: Path) -> None:
    body = """
    import atexit
    atexit.register(lambda: print("exit"))
    try:
        query.processAllAvailable()
        print("ready", flush=True)
        spark.streams.awaitAnyTermination()
    finally:
        print("finally", query.isActive)
    """
    add_rows(tmp_path, 1)
    write(tmp_path, START, STREAM, body)
    with running(tmp_path, "job.py") as process:
        process.send_signal(signal.SIGTERM)
        rest, stderr = process.communicate(timeout=TIMEOUT_S)
    assert (process.returncode, rest, stderr) == (0, "finally True\nexit\n", "")


@pytest.mark.parametrize(
    "body",
    [
        # The user's function does not return.
        """
        import threading
        def forever(frame, batch_id):
            print("ready", flush=True)
            threading.Event().wait()
        query = rows.writeStream.foreachBatch(forever).start()
        query.awaitTermination()
        """,
        # The main thread does not let go.
        """
        import threading
        print("ready", flush=True)
        while True:
            try:
                threading.Event().wait()
            except BaseException:
                pass
        """,
    ],
)
def test_process_ends_at_sigterm_whatever_the_program_does(
    tmp_path: Path, body: str
) -> None:
    add_rows(tmp_path, 1)
    write(tmp_path, START, STREAM, body)
    timeout = "spark.sql.streaming.stopTimeout=200ms"
    with running(tmp_path, "-c", timeout, "job.py") as process:
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=TIMEOUT_S)
    assert process.returncode == 0


def test_program_without_streams_does_not_end_well_at_sigterm(tmp_path: Path) -> None:
    body = """
    import threading
    print("ready", flush=True)
    threading.Event().wait()
    """
    write(tmp_path, START, body)
    with running(tmp_path, "job.py") as process:
        process.send_signal(signal.SIGTERM)
        _, stderr = process.communicate(timeout=TIMEOUT_S)
    assert (process.returncode, stderr) == (128 + signal.SIGTERM, "")


def test_programs_own_handler_of_sigterm_is_left_to_it(tmp_path: Path) -> None:
    body = """
    import signal, sys, threading
    signal.signal(signal.SIGTERM, lambda *args: sys.exit(5))
    print("ready", flush=True)
    threading.Event().wait()
    """
    write(tmp_path, START, body)
    with running(tmp_path, "job.py") as process:
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=TIMEOUT_S)
    assert process.returncode == 5


def test_ctrl_c_is_130(tmp_path: Path) -> None:
    add_rows(tmp_path, 1)
    write(tmp_path, START, STREAM, WAIT)
    with running(tmp_path, "job.py") as process:
        process.send_signal(signal.SIGINT)
        rest, stderr = process.communicate(timeout=TIMEOUT_S)
    assert (process.returncode, rest, stderr) == (130, "", "")


def test_installed_command_runs_a_program(tmp_path: Path) -> None:
    write(tmp_path, START, "print(spark.range(6).count())")
    command = Path(sys.executable).with_name("unbounded")
    done = subprocess.run(
        [command, "run", "job.py"],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": ""},
        capture_output=True,
        text=True,
        timeout=TIMEOUT_S,
        check=False,
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "6\n", "")
