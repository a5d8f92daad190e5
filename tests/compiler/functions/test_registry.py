from __future__ import annotations

import string

import pytest

from unbounded.analyzer import AGGREGATE_NAMES, SCALAR_NAMES
from unbounded.compiler.aggregates import AGGREGATE_TEMPLATES
from unbounded.compiler.functions import SCALAR_TEMPLATES


def test_every_scalar_function_of_the_analyzer_has_a_template() -> None:
    assert set(SCALAR_TEMPLATES) == SCALAR_NAMES


def test_every_aggregate_of_the_analyzer_has_a_template() -> None:
    assert set(AGGREGATE_TEMPLATES) == AGGREGATE_NAMES


@pytest.mark.parametrize(
    "template", [t for t in SCALAR_TEMPLATES.values() if isinstance(t, str)]
)
def test_text_template_names_an_argument_once(template: str) -> None:
    """An argument written twice doubles the text of a nested call."""
    named = [name for _, name, _, _ in string.Formatter().parse(template) if name]
    repeated = {name for name in named if named.count(name) > 1}
    assert not repeated or template in _SHORT_CIRCUITS


# Their second use is of a plain column almost always.
_SHORT_CIRCUITS = {SCALAR_TEMPLATES["chr"]}
