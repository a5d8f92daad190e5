"""Tidy: the law of CONTRIBUTING.md, run over the tree.

Each check also meets a snippet that breaks it, so a check that has gone blind
fails here too.
"""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests import law
from tests.law import Source

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = ROOT / "src" / "unbounded"
CONDITIONS = json.loads((PACKAGE / "error_conditions.json").read_text("utf-8"))

# Tables of data, free of the limit of lines.
TABLES_OF_DATA: frozenset[str] = frozenset()

# Where everything is caught, and how often: the RPC handler, the query thread,
# the maintenance thread, the user's code. A number here may shrink, not grow.
BROAD_EXCEPTS: dict[str, int] = {
    "src/unbounded/connect/foreach.py": 2,
    "src/unbounded/connect/script.py": 1,
    "src/unbounded/connect/server.py": 1,
    "src/unbounded/runtime/maintenance.py": 1,
    "src/unbounded/runtime/streaming_query.py": 2,
    "src/unbounded/udf/user_code.py": 1,
}


def sources_below(*folders: str) -> list[Source]:
    files = [file for folder in folders for file in (ROOT / folder).rglob("*.py")]
    return [Source.load(ROOT, file) for file in sorted(files)]


SRC = sources_below("src")
TESTS = sources_below("tests")
REST = sources_below("bench", "demo", "examples")


def assert_none(breaches: list[str]) -> None:
    assert not breaches, "\n" + "\n".join(breaches)


# ── the tree ─────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("check", law.CHECKS, ids=lambda check: check.__name__)
def test_source_keeps_the_law(check: law.Check) -> None:
    exempt = TABLES_OF_DATA if check is law.file_is_short else frozenset()
    assert_none(
        [line for source in SRC if source.path not in exempt for line in check(source)]
    )


@pytest.mark.parametrize("check", law.TEST_CHECKS, ids=lambda check: check.__name__)
def test_tests_keep_the_law(check: law.Check) -> None:
    rows = [source for source in TESTS if source.stem not in {"law", "test_tidy"}]
    assert_none([line for source in rows for line in check(source)])


@pytest.mark.parametrize(
    "check", [law.file_is_short, law.functions_are_short, law.module_has_headline]
)
def test_programs_beside_the_source_keep_the_law(check: law.Check) -> None:
    assert_none([line for source in REST for line in check(source)])


def test_tests_of_a_package_mirror_its_modules() -> None:
    breaches = []
    for file in sorted((ROOT / "tests").glob("*/**/test_*.py")):
        package = PACKAGE / file.parent.relative_to(ROOT / "tests")
        if not package.is_dir():
            continue
        modules = {module.stem for module in package.glob("*.py")} | {package.name}
        subject = file.stem.removeprefix("test_")
        if not any(subject == m or subject.startswith(f"{m}_") for m in modules):
            breaches.append(
                f"{file.relative_to(ROOT)} tests no module of {package.name}"
            )
    assert_none(breaches)


def test_exempt_tables_are_there_and_long() -> None:
    long = {source.path for source in SRC if list(law.file_is_short(source))}
    assert long >= TABLES_OF_DATA


def test_broad_excepts_only_shrink() -> None:
    found = {s.path: len(law.broad_excepts(s)) for s in SRC if law.broad_excepts(s)}
    lines = [line for source in SRC for line in law.broad_excepts(source)]
    assert found == BROAD_EXCEPTS, "\n" + "\n".join(lines)


def test_every_condition_raised_has_its_text_and_parameters() -> None:
    assert_none(
        [
            line
            for source in SRC
            for line in law.conditions_are_known(source, CONDITIONS)
        ]
    )


def test_conditions_are_sorted_and_whole() -> None:
    text = (PACKAGE / "error_conditions.json").read_text("utf-8")
    names = [name for name, _ in json.loads(text, object_pairs_hook=list)]
    assert names == sorted(set(names))
    for name, entry in CONDITIONS.items():
        assert set(entry) == {"message", "sqlstate"}, name
        assert len(entry["sqlstate"]) == 5, name
        assert entry["message"].strip(), name
        assert name.partition(".")[0] in CONDITIONS, f"{name} has no parent"


def test_every_condition_is_named_in_the_source() -> None:
    text = "\n".join(source.text for source in SRC)
    parents = {name.partition(".")[0] for name in CONDITIONS if "." in name}
    unused = [n for n in CONDITIONS if n not in text and n not in parents]
    assert_none([f"{name} is raised nowhere" for name in unused])


def test_plan_nodes_are_frozen_and_documented() -> None:
    families = ("relations.py", "expressions.py", "commands.py", "tree.py")
    rows = [Source.load(ROOT, PACKAGE / "plan" / name) for name in families]
    assert_none([line for source in rows for line in law.nodes_are_frozen(source)])


def test_no_file_names_one_machine() -> None:
    kinds = {".py", ".md", ".toml", ".json", ".yml", ".txt", ".sql", ""}
    folders = ["src", "tests", "docs", "changes", "bench", "demo", "examples", ".ci"]
    files = [file for name in folders for file in (ROOT / name).rglob("*")]
    files += [file for file in ROOT.iterdir() if file.name != ".git"]
    breaches: list[str] = []
    for file in sorted(files):
        if not file.is_file() or file.suffix not in kinds or "egg-info" in str(file):
            continue
        path = file.relative_to(ROOT).as_posix()
        if path not in {"tests/law.py", "tests/test_tidy.py"}:
            breaches += law.text_names_no_machine(path, file.read_text("utf-8"))
    assert_none(breaches)


# ── the checks themselves ────────────────────────────────────────────────────


def source(text: str, path: str = "src/unbounded/plan/tree.py") -> Source:
    return Source(path, text)


LONG_FUNCTION = "def f():\n" + "    x = 1\n" * law.FUNCTION_LINES_MAX
LONG_DOCSTRING = 'def f():\n    """' + "word\n" * 80 + '    """\n    return 1\n'
DEEP = "def f(x):\n" + "".join(
    "    " * (level + 1) + "if x:\n" for level in range(law.NESTING_MAX + 1)
)
DEEP += "    " * (law.NESTING_MAX + 2) + "return 1\n"
ELIFS = "def f(x):\n    if x == 0:\n        return 0\n" + "".join(
    f"    elif x == {n}:\n        return {n}\n" for n in range(1, 9)
)

BROKEN: list[tuple[law.Check, str, str]] = [
    (law.file_is_short, "x = 1\n" * (law.FILE_LINES_MAX + 1), "plan/tree.py"),
    (law.functions_are_short, LONG_FUNCTION, "plan/tree.py"),
    (law.nesting_is_shallow, DEEP, "plan/tree.py"),
    (law.module_has_headline, "x = 1\n", "plan/tree.py"),
    (law.module_has_headline, '"""Some things about trees."""\n', "plan/tree.py"),
    (law.module_has_headline, "", "plan/__init__.py"),
    (law.names_are_whole_words, "class NodeImpl: ...", "plan/tree.py"),
    (law.names_are_whole_words, "class BaseNode: ...", "plan/tree.py"),
    (law.names_are_whole_words, "class StateManager: ...", "plan/tree.py"),
    (law.names_are_whole_words, "class SourceV2: ...", "plan/tree.py"),
    (law.names_are_whole_words, "def merge_helper(): ...", "plan/tree.py"),
    (law.names_are_whole_words, "x = 1", "plan/utils.py"),
    (law.names_are_whole_words, "x = 1", "plan/relations_part2.py"),
    (law.arguments_are_whole_words, "def f(ctx): ...", "plan/tree.py"),
    (law.comments_are_prose, "# TODO later", "plan/tree.py"),
    (law.comments_are_prose, "# return merge(left)", "plan/tree.py"),
    (law.comments_are_prose, "# state = store.open()", "plan/tree.py"),
    (law.comments_are_prose, "# if ready:", "plan/tree.py"),
    (law.init_only_imports, '"""Plan."""\nx = 1\n', "plan/__init__.py"),
    (law.init_only_imports, "def f(): ...", "plan/__init__.py"),
    (law.doors_are_kept, "import duckdb", "session/session.py"),
    (law.doors_are_kept, "from duckdb import connect", "compiler/compiler.py"),
    (law.doors_are_kept, "import pyspark.sql", "runtime/trigger.py"),
    (law.doors_are_kept, "import grpc", "session/session.py"),
    (law.doors_are_kept, "import time", "runtime/trigger.py"),
    (law.doors_are_kept, "from time import monotonic", "runtime/trigger.py"),
    (
        law.doors_are_kept,
        "import datetime as d\nx = d.datetime.now()",
        "runtime/trigger.py",
    ),
    (
        law.doors_are_kept,
        "from datetime import datetime\nx = datetime.now",
        "runtime/trigger.py",
    ),
    (law.doors_are_kept, "import numpy as np\nnp.random.rand()", "state/slots.py"),
    (law.doors_are_kept, "with open('x') as file: ...", "state/store.py"),
    (law.doors_are_kept, "import os\nos.replace('a', 'b')", "state/store.py"),
    (law.doors_are_kept, "from os import fsync", "state/store.py"),
    (law.doors_are_kept, "import pyarrow as pa\npa.OSFile('x')", "state/store.py"),
    (law.doors_are_kept, "path.write_text('x')", "state/store.py"),
    (law.doors_are_kept, "print('x')", "state/store.py"),
    (law.new_ids_are_handed_in, "import uuid\nx = uuid.uuid4()", "session/session.py"),
    (
        law.new_ids_are_handed_in,
        "from uuid import uuid4\nx = uuid4()",
        "session/session.py",
    ),
    (law.nodes_are_frozen, "class Node:\n    '''Rows.'''", "plan/tree.py"),
    (
        law.nodes_are_frozen,
        "@dataclass(frozen=True, slots=True)\nclass Node:\n    x: int",
        "plan/tree.py",
    ),
    (law.tests_can_fail, "@pytest.mark.skip\ndef test_x(): ...", "test_x.py"),
    (law.tests_can_fail, "def test_x(): pytest.skip('no')", "test_x.py"),
    (law.tests_can_fail, "time.sleep(1)", "test_x.py"),
    (law.tests_can_fail, "assert True", "test_x.py"),
]
KEPT: list[tuple[law.Check, str, str]] = [
    (law.functions_are_short, LONG_DOCSTRING, "plan/tree.py"),
    (law.nesting_is_shallow, ELIFS, "plan/tree.py"),
    (law.module_has_headline, '"""Tree: what nodes share."""\n', "plan/tree.py"),
    (law.names_are_whole_words, "class StreamingQueryManager: ...", "runtime/x.py"),
    (law.names_are_whole_words, "def base_offset(): ...", "runtime/x.py"),
    (law.names_are_whole_words, "x = 1", "runtime/query_manager.py"),
    (law.comments_are_prose, "# 12:10 = 12:20 - delay_ms", "plan/tree.py"),
    (law.comments_are_prose, "# watermark = newest - delay", "plan/tree.py"),
    (law.comments_are_prose, "# DuckDB", "plan/tree.py"),
    (law.init_only_imports, "'''Plan.'''\n__all__ = ['x']\n", "plan/__init__.py"),
    (law.doors_are_kept, "import duckdb", "engine/database.py"),
    (law.doors_are_kept, "import time\ntime.monotonic_ns()", "clock.py"),
    (law.doors_are_kept, "from x import y\ny.open(1)", "state/store.py"),
    (law.doors_are_kept, "self.time.now_ms()", "runtime/trigger.py"),
    (law.doors_are_kept, "time = f()\nx = time.field", "runtime/trigger.py"),
    (law.doors_are_kept, "Database.open(settings)", "session/session.py"),
    (law.new_ids_are_handed_in, "import uuid\nf(uuid.uuid4)", "session/session.py"),
]


@pytest.mark.parametrize("check, text, place", BROKEN)
def test_check_sees_a_breach(check: law.Check, text: str, place: str) -> None:
    assert list(check(source(text, f"src/unbounded/{place}")))


@pytest.mark.parametrize("check, text, place", KEPT)
def test_check_lets_good_code_be(check: law.Check, text: str, place: str) -> None:
    assert_none(list(check(source(text, f"src/unbounded/{place}"))))


def test_broad_excepts_are_seen() -> None:
    text = "\n".join(
        f"try:\n    f()\nexcept{kind}:\n    pass"
        for kind in ("", " Exception", " (OSError, BaseException)", " ValueError")
    )
    assert len(law.broad_excepts(source(text))) == 3
    text = "try:\n    f()\nexcept BaseException:\n    g()\n    raise"
    assert law.broad_excepts(source(text)) == []


def test_condition_checks_see_names_and_parameters() -> None:
    known = {
        "A": {"message": "The {name} is missing.", "sqlstate": "42000"},
        "A.B": {"message": "Use {other}.", "sqlstate": "42000"},
    }
    rows = {
        'raise AnalysisError("Z", name=1)': 1,
        'raise AnalysisError("A", name=1)': 0,
        'raise AnalysisError("A")': 1,
        'raise errors.AnalysisError("A.B")': 2,
        'raise AnalysisError("A.B", name=1, other=2)': 0,
        'raise AnalysisError("A.C", name=1)': 1,
        'raise AnalysisError("A", **parameters)': 0,
        "sql = \"error('Z|3')\"": 1,
        "sql = \"error('A|3')\"": 0,
    }
    for text, breaches in rows.items():
        assert len(list(law.conditions_are_known(source(text), known))) == breaches, (
            text
        )


def test_machine_names_are_seen() -> None:
    bad = ["cd /root/x", 'open("/tmp/x")', "at /work/main", "https://pypi.org/simple"]
    good = ["a/root/b", "tmp/x", "$HOME/work", "https://x.org/work", "/workers"]
    for text in bad:
        assert list(law.text_names_no_machine("x.md", text)), text
    for text in good:
        assert not list(law.text_names_no_machine("x.md", text)), text
