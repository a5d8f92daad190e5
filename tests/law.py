"""Law: the rules of CONTRIBUTING.md that a program can check.

Called by `test_tidy.py`, over the tree and over snippets that break each rule.
A check takes a `Source` and gives one line of text for each breach. What ruff,
mypy and import-linter check is left to them.
"""

from __future__ import annotations

import ast
import io
import re
import string
import tokenize
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

FILE_LINES_MAX = 600
FUNCTION_LINES_MAX = 50
NESTING_MAX = 4

Function = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True)
class Source:
    """A Python file: its path from the repository's root, and its text."""

    path: str
    text: str

    @classmethod
    def load(cls, root: Path, file: Path) -> Source:
        return cls(file.relative_to(root).as_posix(), file.read_text("utf-8"))

    @cached_property
    def tree(self) -> ast.Module:
        return ast.parse(self.text)

    @cached_property
    def nodes(self) -> list[ast.AST]:
        return list(ast.walk(self.tree))

    @cached_property
    def comments(self) -> list[tuple[int, str]]:
        """Line and text of each comment, without its hash."""
        tokens = tokenize.generate_tokens(io.StringIO(self.text).readline)
        return [
            (token.start[0], token.string.lstrip("#").strip())
            for token in tokens
            if token.type == tokenize.COMMENT
        ]

    @property
    def stem(self) -> str:
        return Path(self.path).stem

    def functions(self) -> Iterator[Function]:
        return (node for node in self.nodes if isinstance(node, Function))

    def at(self, node: ast.AST, what: str) -> str:
        return f"{self.path}:{getattr(node, 'lineno', 1)}: {what}"


Check = Callable[[Source], Iterator[str]]

# ── size ─────────────────────────────────────────────────────────────────────


def file_is_short(source: Source) -> Iterator[str]:
    count = source.text.count("\n")
    if count > FILE_LINES_MAX:
        yield f"{source.path}: {count} lines, more than {FILE_LINES_MAX}"


def functions_are_short(source: Source) -> Iterator[str]:
    for function in source.functions():
        assert function.end_lineno is not None
        lines = function.end_lineno - function.lineno + 1
        first = function.body[0]
        if ast.get_docstring(function) is not None:
            assert first.end_lineno is not None
            lines -= first.end_lineno - first.lineno + 1
        if lines > FUNCTION_LINES_MAX:
            yield source.at(function, f"{function.name} has {lines} lines")


_BLOCKS = (
    ast.If,
    ast.For,
    ast.AsyncFor,
    ast.While,
    ast.With,
    ast.AsyncWith,
    ast.Try,
    ast.TryStar,
    ast.Match,
)


def _depth(statements: list[ast.stmt]) -> int:
    return max((_depth_of(statement) for statement in statements), default=0)


def _depth_of(statement: ast.stmt) -> int:
    if not isinstance(statement, _BLOCKS):
        return 0
    branches = [getattr(statement, name, []) for name in ("body", "finalbody")]
    branches += [part.body for part in getattr(statement, "handlers", [])]
    branches += [part.body for part in getattr(statement, "cases", [])]
    orelse: list[ast.stmt] = getattr(statement, "orelse", [])
    # `elif` is an `if` alone in the `else`: beside its `if`, not inside it.
    beside = isinstance(statement, ast.If) and (
        len(orelse) == 1 and isinstance(orelse[0], ast.If)
    )
    inner = max(_depth(branch) for branch in branches)
    if beside:
        return max(1 + inner, _depth(orelse))
    return 1 + max(inner, _depth(orelse))


def nesting_is_shallow(source: Source) -> Iterator[str]:
    for function in source.functions():
        depth = _depth(function.body)
        if depth > NESTING_MAX:
            yield source.at(function, f"{function.name} nests {depth} deep")


# ── words ────────────────────────────────────────────────────────────────────

_HEADLINE = re.compile(r"[A-Z][^\n:]*: \S")


def module_has_headline(source: Source) -> Iterator[str]:
    """`Noun: what it is`; an `__init__` may say it in any one sentence."""
    headline = (ast.get_docstring(source.tree) or "").partition("\n")[0]
    if not headline:
        yield f"{source.path}:1: no module docstring"
    elif source.stem != "__init__" and not _HEADLINE.match(headline):
        yield f"{source.path}:1: the first line is not '<Noun>: <what it is>'"


_BANNED_WORDS = {"impl", "helper", "helpers", "util", "utils", "base", "manager", "v2"}
_BANNED_FILE_WORDS = _BANNED_WORDS | {"part2", "common", "misc", "stuff"}
_BANNED_ABBREVIATIONS = {
    *("ctx", "cfg", "msg", "idx", "tmp", "cnt", "buf", "req", "resp", "mgr", "cb"),
    *("num", "pos", "curr", "prev", "ts", "obj", "fn", "proc"),
}
# Spark's own names, and the module named after one of them.
_SPARKS_NAMES = {"StreamingQueryManager", "query_manager"}


def _words(name: str) -> list[str]:
    spaced = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", name)
    return [word for word in spaced.lower().split("_") if word]


def names_are_whole_words(source: Source) -> Iterator[str]:
    if source.stem not in _SPARKS_NAMES:
        for word in set(_words(source.stem)) & _BANNED_FILE_WORDS:
            yield f"{source.path}:1: a file is not named '{word}'"
    for node in source.nodes:
        if isinstance(node, ast.ClassDef) and node.name not in _SPARKS_NAMES:
            banned = _BANNED_WORDS | _BANNED_ABBREVIATIONS
        elif isinstance(node, Function):
            banned = (_BANNED_WORDS - {"base", "manager"}) | _BANNED_ABBREVIATIONS
        else:
            continue
        for word in sorted(set(_words(node.name)) & banned):
            yield source.at(node, f"{node.name}: no name has '{word}' in it")


def arguments_are_whole_words(source: Source) -> Iterator[str]:
    for function in source.functions():
        arguments = function.args
        for argument in (
            *arguments.posonlyargs,
            *arguments.args,
            *arguments.kwonlyargs,
        ):
            if set(_words(argument.arg)) & _BANNED_ABBREVIATIONS:
                yield source.at(argument, f"'{argument.arg}' is abbreviated")


_NOTE = re.compile(r"\b(TODO|FIXME|XXX|HACK)\b")
_CODE = (
    *(ast.Import, ast.ImportFrom, ast.Return, ast.Raise, ast.Assert, ast.Delete),
    *(ast.FunctionDef, ast.ClassDef, ast.If, ast.For, ast.While, ast.With),
    *(ast.Pass, ast.Break, ast.Continue),
)


def _is_code(text: str) -> bool:
    """Whether a comment is a statement; arithmetic beside a line is not one."""
    body = text + " pass" if text.endswith(":") else text
    try:
        statements = ast.parse(body).body
    except (SyntaxError, ValueError):
        return False
    if len(statements) != 1 or (" " not in text and "(" not in text):
        return False
    statement = statements[0]
    if isinstance(statement, ast.Assign | ast.Expr):
        return isinstance(statement.value, ast.Call)
    return isinstance(statement, _CODE)


def comments_are_prose(source: Source) -> Iterator[str]:
    for line, text in source.comments:
        if _NOTE.search(text):
            yield f"{source.path}:{line}: a note to self"
        elif _is_code(text):
            yield f"{source.path}:{line}: code in a comment"


def init_only_imports(source: Source) -> Iterator[str]:
    if source.stem != "__init__":
        return
    for index, node in enumerate(source.tree.body):
        is_docstring = index == 0 and isinstance(node, ast.Expr)
        is_import = isinstance(node, ast.Import | ast.ImportFrom)
        is_all = isinstance(node, ast.Assign) and (
            [ast.unparse(target) for target in node.targets] == ["__all__"]
        )
        if not (is_docstring or is_import or is_all):
            yield source.at(node, "an __init__ holds imports and __all__ alone")


# ── doors ────────────────────────────────────────────────────────────────────

_CLOCK = ("clock.py", "testing/")
_DISK = ("files.py", "testing/")

# What may be used where, below src/unbounded/. A name that ends in a dot stands
# for all of that module.
DOORS: Mapping[str, tuple[str, ...]] = {
    "duckdb.": ("engine/",),
    "pyspark.": ("connect/", "udf/", "testing/"),
    "grpc.": ("connect/",),
    "sqlglot.": ("parser/",),
    "pandas.": ("udf/",),
    "time.": _CLOCK,
    "datetime.datetime.now": _CLOCK,
    "datetime.datetime.utcnow": _CLOCK,
    "datetime.datetime.today": _CLOCK,
    "datetime.date.today": _CLOCK,
    "random.": ("testing/",),
    "numpy.random.": ("testing/",),
    "open": _DISK,
    "os.open": _DISK,
    "os.fdopen": _DISK,
    "os.fsync": _DISK,
    "os.rename": _DISK,
    "os.replace": _DISK,
    "os.remove": _DISK,
    "os.unlink": _DISK,
    "os.link": _DISK,
    "os.mkdir": _DISK,
    "os.makedirs": _DISK,
    "os.rmdir": _DISK,
    "shutil.": _DISK,
    "tempfile.": (*_DISK, "engine/settings.py", "session/streams.py"),
    "mmap.": _DISK,
    "pyarrow.OSFile": _DISK,
    "pyarrow.memory_map": _DISK,
    "pyarrow.fs.": _DISK,
    "print": (),
    "input": (),
    "eval": (),
    "exec": (),
}
# Ways of `pathlib.Path` to the disk, whatever the object is called.
_PATH_METHODS = {"write_text", "write_bytes", "read_bytes", "unlink", "touch", "rmdir"}


def _origins(source: Source) -> dict[str, str]:
    """What each imported name stands for: `pa` for `pyarrow`, and so on."""
    origins: dict[str, str] = {}
    for node in source.nodes:
        if isinstance(node, ast.Import):
            for alias in node.names:
                bound = alias.asname or alias.name.partition(".")[0]
                origins[bound] = alias.name if alias.asname else bound
        elif isinstance(node, ast.ImportFrom) and node.module:
            for alias in node.names:
                origins[alias.asname or alias.name] = f"{node.module}.{alias.name}"
    return origins


def _uses(source: Source) -> Iterator[tuple[ast.AST, str]]:
    """Every imported or built-in name, by its origin; imports count as uses."""
    origins = _origins(source)
    for node in source.nodes:
        if isinstance(node, ast.Import):
            yield from ((node, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield from ((node, f"{node.module}.{alias.name}") for alias in node.names)
        elif isinstance(node, ast.Attribute | ast.Name):
            head, dot, rest = ast.unparse(node).partition(".")
            if head in origins:
                yield node, origins[head] + dot + rest
            elif isinstance(node, ast.Name) and head in DOORS:
                yield node, head


def _below_package(source: Source) -> str:
    return source.path.removeprefix("src/unbounded/")


def doors_are_kept(source: Source) -> Iterator[str]:
    place = _below_package(source)
    seen: set[tuple[int, str]] = set()
    for node, name in _uses(source):
        for door, rooms in DOORS.items():
            entered = name == door or (
                door.endswith(".") and (name + ".").startswith(door)
            )
            line = getattr(node, "lineno", 1)
            if entered and not place.startswith(rooms) and (line, door) not in seen:
                seen.add((line, door))
                yield source.at(node, f"{door.rstrip('.')} outside its door")
    if place.startswith(_DISK):
        return
    for node in source.nodes:
        if isinstance(node, ast.Attribute) and node.attr in _PATH_METHODS:
            yield source.at(node, f".{node.attr} outside its door")


def new_ids_are_handed_in(source: Source) -> Iterator[str]:
    """`uuid4` may be named, to be handed on; calling it is for tests alone."""
    origins = _origins(source)
    for node in source.nodes:
        if isinstance(node, ast.Call):
            head, dot, rest = ast.unparse(node.func).partition(".")
            name = origins.get(head, head) + dot + rest
            if name in {"uuid.uuid1", "uuid.uuid4"}:
                yield source.at(node, f"{name} is called; take a new_id")


# ── errors ───────────────────────────────────────────────────────────────────

_BROAD = {"Exception", "BaseException"}


def broad_excepts(source: Source) -> list[str]:
    """Handlers that catch everything and keep it; `test_tidy.py` counts them.

    One that ends in a bare `raise` only tidies up on the way.
    """
    found = []
    for node in source.nodes:
        if not isinstance(node, ast.ExceptHandler):
            continue
        last = node.body[-1]
        if isinstance(last, ast.Raise) and last.exc is None:
            continue
        kinds = node.type.elts if isinstance(node.type, ast.Tuple) else [node.type]
        names = {ast.unparse(kind) for kind in kinds if kind is not None}
        if node.type is None or names & _BROAD:
            found.append(source.at(node, "catches everything"))
    return found


ERROR_CLASSES = {
    *("UnboundedError", "AnalysisError", "ParseError", "IllegalArgumentError"),
    *("UnsupportedError", "ExecutionError", "QueryError", "CheckpointError"),
    *("UserFunctionError", "InternalError"),
}
_TAG = re.compile(r"\berror\('([A-Z][A-Z0-9_.]*)\|")


def _parameters_of(
    condition: str, conditions: Mapping[str, Mapping[str, str]]
) -> set[str]:
    names = {condition.partition(".")[0], condition}
    texts = [conditions[name]["message"] for name in names]
    return {
        field
        for text in texts
        for _, field, _, _ in string.Formatter().parse(text)
        if field
    }


def raised(source: Source) -> Iterator[tuple[ast.Call, str]]:
    """Each error made with a condition written out in the call."""
    for node in source.nodes:
        if not isinstance(node, ast.Call) or not node.args:
            continue
        name = ast.unparse(node.func).rpartition(".")[2]
        first = node.args[0]
        if name not in ERROR_CLASSES or not isinstance(first, ast.Constant):
            continue
        if isinstance(first.value, str):
            yield node, first.value


def conditions_are_known(
    source: Source, conditions: Mapping[str, Mapping[str, str]]
) -> Iterator[str]:
    for call, condition in raised(source):
        parent = condition.partition(".")[0]
        if condition not in conditions or parent not in conditions:
            yield source.at(call, f"{condition} is not in error_conditions.json")
            continue
        given = {keyword.arg for keyword in call.keywords}
        if None in given:
            continue
        missing = _parameters_of(condition, conditions) - given
        for name in sorted(missing):
            yield source.at(call, f"{condition} is raised without '{name}'")
    for node in source.nodes:
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            for condition in _TAG.findall(node.value):
                if condition not in conditions:
                    yield source.at(
                        node, f"{condition} is not in error_conditions.json"
                    )


# ── plan nodes and tests ─────────────────────────────────────────────────────


def nodes_are_frozen(source: Source) -> Iterator[str]:
    """Every class of plan/ is a frozen, slotted dataclass with a docstring."""
    for node in source.nodes:
        if not isinstance(node, ast.ClassDef):
            continue
        wanted = "dataclass(frozen=True, slots=True"
        if not any(wanted in ast.unparse(mark) for mark in node.decorator_list):
            yield source.at(node, f"{node.name} is not frozen and slotted")
        if ast.get_docstring(node) is None:
            yield source.at(node, f"{node.name} does not say what rows come out")


_EVASIONS = re.compile(r"pytest\.(skip|xfail|importorskip)|mark\.(skip|skipif|xfail)")


def tests_can_fail(source: Source) -> Iterator[str]:
    """No skips, no sleep, no assertion of nothing, and no test without a claim."""
    for node in source.nodes:
        text = ast.unparse(node) if isinstance(node, ast.Attribute) else ""
        if _EVASIONS.search(text):
            yield source.at(node, f"{text}: a test runs or is not there")
        if text == "time.sleep":
            yield source.at(node, "a test does not sleep")
        if isinstance(node, ast.Assert) and isinstance(node.test, ast.Constant):
            yield source.at(node, "asserts a constant")


def text_names_no_machine(path: str, text: str) -> Iterator[str]:
    """No folder of one machine and no registry host, in any kind of file."""
    pattern = r"""(?<![\w.<>}$/-])/(root|work|farm|Users|tmp/[a-z])\b|pypi\.(org|io)"""
    for number, line in enumerate(text.splitlines(), 1):
        if found := re.search(pattern, line):
            yield f"{path}:{number}: names '{found[0]}'"


CHECKS: tuple[Check, ...] = (
    file_is_short,
    functions_are_short,
    nesting_is_shallow,
    module_has_headline,
    names_are_whole_words,
    arguments_are_whole_words,
    comments_are_prose,
    init_only_imports,
    doors_are_kept,
    new_ids_are_handed_in,
)
TEST_CHECKS: tuple[Check, ...] = (
    file_is_short,
    functions_are_short,
    nesting_is_shallow,
    comments_are_prose,
    tests_can_fail,
)
