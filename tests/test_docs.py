"""Docs: what the pages say is there is there."""

from __future__ import annotations

import ast
import re
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
MAKEFILE = (ROOT / "Makefile").read_text("utf-8")
README = (ROOT / "README.md").read_text("utf-8")
PAGES = sorted(
    [
        *ROOT.glob("*.md"),
        *(ROOT / "docs").rglob("*.md"),
        *(ROOT / "changes").glob("*.md"),
    ]
)

_LINK = re.compile(r"(?<!!)\[[^\]]+\]\(([^)\s]+)\)")
_COMMAND = re.compile(r"(?:^|`|    )make ([a-z-]+)", re.MULTILINE)
_FENCE = re.compile(r"```python\n(.*?)```", re.DOTALL)


def targets() -> set[str]:
    return set(re.findall(r"^([a-z-]+):", MAKEFILE, re.MULTILINE))


def anchors(page: Path) -> set[str]:
    """The fragments that a page's headings answer to."""
    headings = re.findall(r"^#+ (.+)$", page.read_text("utf-8"), re.MULTILINE)
    plain = (re.sub(r"[^\w\- ]", "", heading.lower()) for heading in headings)
    return {heading.replace(" ", "-") for heading in plain}


def broken_links(page: Path, text: str) -> list[str]:
    broken = []
    for link in _LINK.findall(text):
        if link.startswith(("http://", "https://", "mailto:")):
            continue
        path, _, fragment = link.partition("#")
        target = (page.parent / path).resolve() if path else page
        is_missing = not target.exists()
        if is_missing or (fragment and fragment not in anchors(target)):
            broken.append(link)
    return broken


def program_of(text: str) -> str:
    """A program without its docstring and blank lines."""
    body = ast.parse(text).body
    if body and isinstance(body[0], ast.Expr):
        assert body[0].end_lineno is not None
        text = "\n".join(text.splitlines()[body[0].end_lineno :])
    return "\n".join(line for line in text.splitlines() if line.strip())


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_of_a_page_lead_somewhere(page: Path) -> None:
    assert broken_links(page, page.read_text("utf-8")) == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_commands_of_a_page_are_in_the_makefile(page: Path) -> None:
    assert set(_COMMAND.findall(page.read_text("utf-8"))) <= targets()


def test_makefile_has_the_promised_targets() -> None:
    promised = {
        "demo",
        "test",
        "check",
        "fast",
        "bench",
        "test-spark",
        "soak",
        "golden",
    }
    assert promised <= targets()


def test_first_program_of_the_readme_is_the_one_the_demo_runs() -> None:
    program = (ROOT / "examples" / "counts.py").read_text("utf-8")
    first = _FENCE.findall(README)[0]
    assert program_of(first) == program_of(program)
    assert '"examples" / "counts.py"' in (ROOT / "demo" / "__main__.py").read_text(
        "utf-8"
    )


def test_ci_runs_the_test_command_of_the_readme() -> None:
    script = (ROOT / ".ci" / "run").read_text("utf-8")
    assert "make test" in README
    assert re.search(r"^make test$", script, re.MULTILINE)


def test_every_page_of_docs_is_listed_in_the_index() -> None:
    index = (ROOT / "docs" / "README.md").read_text("utf-8")
    listed = {link.partition("#")[0] for link in _LINK.findall(index)}
    pages = (ROOT / "docs").rglob("*.md")
    here = {page.relative_to(ROOT / "docs").as_posix() for page in pages} - {
        "README.md"
    }
    assert here <= listed


def test_every_package_stands_in_architecture() -> None:
    text = (ROOT / "ARCHITECTURE.md").read_text("utf-8")
    package = ROOT / "src" / "unbounded"
    for file in package.iterdir():
        if (file / "__init__.py").exists() and any(
            module.name != "__init__.py" for module in file.glob("*.py")
        ):
            assert f"      {file.name}/" in text, file.name
        elif file.suffix == ".py" and file.stem != "__init__":
            assert file.name in text, file.name


def test_every_dependency_stands_in_architecture() -> None:
    text = (ROOT / "ARCHITECTURE.md").read_text("utf-8")
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    extras = project["optional-dependencies"]
    rows = project["dependencies"] + [
        r for n in extras if n != "dev" for r in extras[n]
    ]
    for row in rows:
        name = re.split(r"[<>=\[ ]", row)[0]
        assert name in text, name


def test_broken_links_are_seen() -> None:
    page = ROOT / "README.md"
    text = (
        "[a](nowhere.md) [b](LICENSE) [c](CONTRIBUTING.md#nothing) [d](https://x.org)"
    )
    assert broken_links(page, text) == ["nowhere.md", "CONTRIBUTING.md#nothing"]
    assert broken_links(page, "[a](CONTRIBUTING.md#the-shape)") == []
