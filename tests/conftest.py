"""Conftest: what every test shares.

Random tests are run by one of three Hypothesis profiles, named by the variable
HYPOTHESIS_PROFILE; a failure prints what runs it again.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

# pyspark ends the process if it is imported where the main module has no file,
# as in a worker of pytest-xdist; it takes that for its own tests.
if not hasattr(sys.modules["__main__"], "__file__"):
    sys.modules["__main__"].__file__ = __file__

# A shell starts what it runs in the background with Ctrl-C ignored, and programs
# that a test starts would inherit that.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

GOLDEN = Path(__file__).parent / "golden"

settings.register_profile(
    "ci",
    deadline=None,
    print_blob=True,
    derandomize=True,
    max_examples=50,
    suppress_health_check=[
        HealthCheck.too_slow,
        HealthCheck.function_scoped_fixture,
    ],
)
settings.register_profile("fast", settings.get_profile("ci"), max_examples=10)
settings.register_profile(
    "soak", settings.get_profile("ci"), max_examples=5000, derandomize=False
)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "ci"))


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--rewrite-golden",
        action="store_true",
        help="write what tests see to tests/golden instead of comparing",
    )


@pytest.fixture
def golden(request: pytest.FixtureRequest) -> Callable[[str, str], None]:
    """Compare a text with the file of that name under tests/golden/.

    `make golden` rewrites the files, and the diff is reviewed.
    """
    rewrite = request.config.getoption("--rewrite-golden")

    def compare(name: str, text: str) -> None:
        file = GOLDEN / name
        if rewrite:
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text, "utf-8")
        assert file.exists(), f"no {name} under tests/golden; run `make golden`"
        assert text == file.read_text("utf-8")

    return compare
