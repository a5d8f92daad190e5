"""Script: a program of the user's, run as `__main__` over this process's engine.

Called by `unbounded run`, once a process. The program sees what `python job.py`
shows it: `__name__`, `__file__`, `sys.argv`, `sys.path[0]`; besides,
`SparkSession.builder.getOrCreate()` gives a session of this process.

Invariants:
    - nothing is printed but what the program prints, and its traceback
    - a traceback begins with the program's own first line
"""

from __future__ import annotations

import importlib.util
import os
import signal
import sys
from collections.abc import Callable, Mapping, Sequence
from importlib.machinery import SourceFileLoader
from types import CodeType, ModuleType, TracebackType

from unbounded.clock import SystemClock
from unbounded.connect.embedded import offer
from unbounded.connect.termination import Terminated, Termination

__all__ = ["find_module", "run_script"]

_INTERRUPTED = 128 + signal.SIGINT


def run_script(
    path: str,
    arguments: Sequence[str],
    conf: Mapping[str, str],
    *,
    package: str | None = None,
) -> int:
    """Run the program in `path`; the exit code of the process.

    Args:
        arguments: what stands in `sys.argv` after the program's name.
        conf: Spark settings that its sessions begin with.
        package: of a module found by name, the package it belongs to.

    Raises:
        SystemExit: the program asked for it.
    """
    main = _main_module(path, package)
    loader = _ProgramLoader("__main__", os.path.abspath(path))
    termination = Termination(offer(conf), SystemClock())
    _take_place(main, path, arguments, is_module=package is not None)
    termination.install()
    return _ended(lambda: loader.exec_module(main), termination)


def find_module(name: str) -> tuple[str, str] | None:
    """The file of a module, or of a package's `__main__`, and its package.

    Looks in the current folder first, as `python -m` does. None if there is no
    module of that name, or it is not Python's source.
    """
    sys.path[0] = os.getcwd()
    try:
        spec = importlib.util.find_spec(name)
        if spec is not None and spec.submodule_search_locations is not None:
            spec = importlib.util.find_spec(f"{name}.__main__")
    except ModuleNotFoundError:
        return None
    if spec is None or not (spec.origin or "").endswith(".py"):
        return None
    assert spec.origin is not None
    return spec.origin, spec.parent or ""


class _ProgramLoader(SourceFileLoader):
    """Loads a file whatever its name, and keeps no compiled copy of it."""

    def get_code(self, fullname: str) -> CodeType:
        data = self.get_data(self.path)
        code: CodeType = self.source_to_code(data, self.path)
        return code


def _main_module(path: str, package: str | None) -> ModuleType:
    main = ModuleType("__main__")
    main.__file__ = os.path.abspath(path)
    main.__package__ = package
    return main


def _take_place(
    main: ModuleType, path: str, arguments: Sequence[str], *, is_module: bool
) -> None:
    """Make the process look to the program as if it alone had been started."""
    sys.modules["__main__"] = main
    sys.argv[:] = [path, *arguments]
    if not is_module and not sys.flags.safe_path:
        sys.path[0] = os.path.dirname(os.path.realpath(path))


def _ended(run: Callable[[], None], termination: Termination) -> int:
    try:
        run()
    except Terminated:
        return termination.finish()
    except SystemExit:
        raise
    except KeyboardInterrupt:
        return _INTERRUPTED
    # What the program let through ends it, whatever it is.
    except BaseException as error:  # noqa: BLE001
        frames = _frames_of_program(error)
        sys.excepthook(type(error), error.with_traceback(frames), frames)
        return 1
    return 0


# --- tracebacks -------------------------------------------------------------


def _frames_of_program(error: BaseException) -> TracebackType | None:
    """The traceback without what called the program.

    An error of PySpark's says all it knows in its text, so it is shown at the
    program's line that met it, without the client's and the engine's below.
    """
    from pyspark.errors import PySparkException

    frames = error.__traceback__
    while frames is not None and _is_above_program(frames):
        frames = frames.tb_next
    if not isinstance(error, PySparkException):
        return frames
    kept = _links(frames)
    while kept and _is_below_program(kept[-1]):
        kept.pop()
    shown: TracebackType | None = None
    for link in reversed(kept):
        shown = TracebackType(shown, link.tb_frame, link.tb_lasti, link.tb_lineno)
    return shown if kept else frames


def _links(frames: TracebackType | None) -> list[TracebackType]:
    links = []
    while frames is not None:
        links.append(frames)
        frames = frames.tb_next
    return links


def _is_above_program(link: TracebackType) -> bool:
    file = link.tb_frame.f_code.co_filename
    return file == __file__ or file.startswith("<frozen importlib")


def _is_below_program(link: TracebackType) -> bool:
    name = str(link.tb_frame.f_globals.get("__name__", ""))
    return name.partition(".")[0] in ("pyspark", "unbounded", "grpc")
