"""User code: the border between the engine and the user's functions.

Whatever a function raises becomes one error with the user's own frames, also
what would end the process: `sys.exit()` in a function ends its query alone. The
engine's own errors, a cancellation above all, pass as they are.
"""

from __future__ import annotations

import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path

from unbounded.errors import UnboundedError, UserFunctionError
from unbounded.udf.task_context import task_context

__all__ = ["CheckCancelled", "user_code"]

CheckCancelled = Callable[[], bool]
"""Whether the work is to stop; asked between batches."""


def _folder(package: str) -> str:
    spec = find_spec(package)
    assert spec is not None
    assert spec.origin is not None
    return str(Path(spec.origin).parent)


# Frames of these say nothing about the user's function. Spark's
# `spark.sql.execution.pyspark.udf.simplifiedTraceback.enabled`.
_HIDDEN = (str(Path(__file__).parent), _folder("pyspark"), "<frozen ")


@contextmanager
def user_code() -> Iterator[None]:
    """Run code of the user's.

    Raises:
        UserFunctionError: it raised, or its value is not what it declared.
    """
    try:
        with task_context({}):
            yield
    except UnboundedError:
        raise
    except BaseException as error:  # noqa: BLE001
        raise UserFunctionError(
            "PYTHON_EXCEPTION", traceback=_traceback_text(error)
        ) from _described(error)


def _traceback_text(error: BaseException) -> str:
    whole = traceback.TracebackException.from_exception(error)
    told: traceback.TracebackException | None = whole
    while told is not None:
        kept = [f for f in told.stack if not f.filename.startswith(_HIDDEN)]
        # An error about a function's value has no frame of the user's: then the
        # place that found it is better than none.
        if kept:
            told.stack = traceback.StackSummary.from_list(kept)
        told = told.__cause__ or told.__context__
    return "".join(whole.format()).rstrip()


def _described(error: BaseException) -> Exception:
    """The error to chain: one that ends threads or processes must not travel."""
    if isinstance(error, Exception):
        return error
    return RuntimeError(f"{type(error).__name__}: {error}")
