"""Tests of when sqlglot is imported."""

from __future__ import annotations

import subprocess
import sys

SIMPLE = """
import sys
from unbounded.parser import (
    parse_data_type, parse_expression, parse_interval, parse_name, parse_schema
)
parse_schema("time TIMESTAMP, action STRING NOT NULL")
parse_data_type("array<int>")
parse_interval("10 minutes")
parse_name("a.`b c`")
for text in ("a", "a.`b c`", "*", "t.*", "5", "-5", "'x'"):
    parse_expression(text)
assert "sqlglot" not in sys.modules
parse_expression("a + 1")
assert "sqlglot" in sys.modules
"""


def test_sqlglot_is_imported_only_when_a_text_needs_it() -> None:
    done = subprocess.run(
        [sys.executable, "-c", SIMPLE], capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 0, done.stderr
